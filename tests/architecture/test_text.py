"""Whatever an operator reads exists in both languages, and says the same in both."""

from __future__ import annotations

import ast
import gc
import importlib
import json
import pkgutil
import re
import string
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import harness
import protocols
from protocols.text import Text

if TYPE_CHECKING:
    from .conftest import Source

CHINESE = re.compile(r"[\u3400-\u9fff]")
PROSE = re.compile(r"\b[a-z]{4,}\b.*\b[a-z]{3,}\b")
"""Two words in lower case: not just a name or a code, which may be the same in both languages."""


def placeholders(phrase: str) -> set[str]:
    """The names that `format` will look for."""
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def faults(zh: str, en: str) -> list[str]:
    """What is wrong with a phrase, in words."""
    found = []
    if not zh.strip() or not en.strip():
        found.append("one half is empty")
    if CHINESE.search(en):
        found.append("the English half has Chinese in it")
    if PROSE.search(re.sub(r"{[^}]*}", "", en)) and not CHINESE.search(zh):
        found.append("the Chinese half has no Chinese in it")
    return found


def import_everything() -> int:
    """Imports every module of both packages, so that their tables exist; returns how many there are."""
    names = [
        module.name
        for package in (protocols, harness)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not module.name.endswith("__main__")
    ]
    for name in names:
        importlib.import_module(name)
    return len(names)


def texts_of_tables() -> None:
    """Write the faults of all texts that importing every module makes, as JSON."""
    import_everything()
    texts = [thing for thing in gc.get_objects() if isinstance(thing, Text)]
    found = [(text.zh, text.en, bad) for text in texts if (bad := faults(text.zh, text.en))]
    sys.stdout.write(json.dumps({"count": len(texts), "faults": found}))


def test_every_text_that_modules_hold_has_both_halves() -> None:
    """In a process of its own: what other tests have made is no table (a peer's words may be in one language)."""
    run = [sys.executable, "-c", f"import runpy; runpy.run_path({__file__!r})['texts_of_tables']()"]
    told = json.loads(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
    assert told["count"] > 50, "the tables of response codes alone hold more"
    assert told["faults"] == []


def literal_texts(tree: ast.Module) -> list[tuple[int, str, str]]:
    """(line, zh, en) of every `Text("...", "...")` that is written out in a source."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
            given = dict(zip(("zh", "en"), node.args, strict=False))
            given |= {word.arg: word.value for word in node.keywords if word.arg}
            halves = [given.get("zh"), given.get("en")]
            if all(isinstance(half, ast.Constant) and isinstance(half.value, str) for half in halves):
                zh, en = (ast.literal_eval(half) for half in halves if half is not None)
                found.append((node.lineno, zh, en))
    return found


def test_every_text_that_is_written_out_has_both_halves_and_the_same_placeholders(sources: list[Source]) -> None:
    found: list[tuple[str, Any]] = []
    counted = 0
    for source in sources:
        if source.in_packages and source.may_use("Text"):
            for line, zh, en in literal_texts(source.tree):
                counted += 1
                where = f"{source.name}:{line}"
                found += [(where, fault) for fault in faults(zh, en)]
                if placeholders(zh) != placeholders(en):
                    found.append((where, placeholders(zh) ^ placeholders(en)))
    assert counted > 50
    assert found == []


CONDITIONS = {"where", "expect"}
"""Keys of a scenario's step that look for words and say none: one language is enough."""


def halves_missing(value: object, path: str) -> list[str]:
    """Every table in TOML data that has one of the keys zh and en, but not the other; conditions are no texts."""
    if isinstance(value, dict):
        here = [path] if ("zh" in value) != ("en" in value) else []
        inner = [(key, item) for key, item in value.items() if key not in CONDITIONS]
        return here + [bad for key, item in inner for bad in halves_missing(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [bad for index, item in enumerate(value) for bad in halves_missing(item, f"{path}[{index}]")]
    return []


def test_fixture_data_has_both_halves(repository: Path) -> None:
    files = sorted((repository / "fixtures").rglob("*.toml"))
    assert files
    data = {path.name: tomllib.loads(path.read_text(encoding="utf-8")) for path in files}
    assert [bad for name, table in data.items() for bad in halves_missing(table, name)] == []


def test_a_gap_is_found() -> None:
    assert faults("", "sign in first")
    assert faults("sign in first", "sign in first")
    assert faults("请先签到", "请 sign in")
    assert faults("请先签到", "sign in first") == []
    assert faults("TPDU", "TPDU") == []
    assert halves_missing({"steps": [{"zh": "请先签到"}]}, "file") == ["file.steps[0]"]
    words = {"where": {"zh": "请先签到"}, "note": {"zh": "签到"}}
    assert halves_missing({"steps": [words]}, "file") == ["file.steps[0].note"]
