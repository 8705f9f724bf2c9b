"""What must not stand in any file: paths of one machine, hosts of a package index, silent exceptions to the rules."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

from .conftest import Source

# Written so that no pattern finds itself in this file.
FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w.~-])/(?:home|root|Users|work)/\w",
    "a folder beside the checkout": r"\.\./[s]hared",
    "the host of a package index": r"[p]ypi\.org|[p]ythonhosted\.org|registry\.[n]pmjs|deb\.[d]ebian\.org|[i]ndex-url",
}
REASON_LENGTH_MIN = 10
"""Characters; shorter than this no reason explains anything."""

DIRECTIVE = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pyright:\s*ignore)(?:\s*:?\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w\-, ]+\])?"
)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str, our_files: list[Path], repository: Path) -> None:
    pattern = re.compile(FORBIDDEN[what].encode())
    found = {path.relative_to(repository): pattern.search(path.read_bytes()) for path in our_files}
    assert {path: match[0] for path, match in found.items() if match} == {}


def test_this_checkout_is_not_named(our_files: list[Path], repository: Path) -> None:
    places = [str(place).encode() + b"/" for place in (repository, Path.home()) if len(place.parts) > 2]
    assert [path for path in our_files if any(place in path.read_bytes() for place in places)] == []


def unexplained_directives(text: str) -> list[int]:
    """The lines whose noqa or type: ignore has no reason, neither behind it nor on a comment line above."""
    lines = text.splitlines()
    bad = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and DIRECTIVE.search(token.string):
            behind = DIRECTIVE.sub("", token.string).strip("# -:")
            above = lines[token.start[0] - 2].strip() if token.start[0] > 1 else ""
            if len(behind) < REASON_LENGTH_MIN and not (above.startswith("#") and len(above) > REASON_LENGTH_MIN):
                bad.append(token.start[0])
    return bad


def unexplained_skips(tree: ast.Module) -> list[int]:
    """The lines with a skip or xfail, as mark or as call, that gives no reason in words."""
    bad = []
    names = {"skip", "skipif", "xfail"}
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr in names and "pytest" in ast.unparse(node.value)):
            continue
        call = called.get(id(node))
        given = [*call.args, *(word.value for word in call.keywords if word.arg in {"reason", "msg"})] if call else []
        words = [ast.unparse(value) for value in given if isinstance(value, ast.JoinedStr)]
        words += [value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)]
        if not any(len(word) >= REASON_LENGTH_MIN for word in words):
            bad.append(node.lineno)
    return bad


def test_every_exception_to_a_rule_has_its_reason(sources: list[Source]) -> None:
    directed = [source for source in sources if re.search(r"noqa|type:\s*ignore|pyright:", source.text)]
    found = [f"{source.name}:{line}" for source in directed for line in unexplained_directives(source.text)]
    skipping = [source for source in sources if re.search(r"skip|xfail", source.text)]
    found += [f"{source.name}:{line}" for source in skipping for line in unexplained_skips(source.tree)]
    assert found == []


NOQA = "# " + "noqa: F401"
IGNORE = "# " + "type: ignore[attr-defined]"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"import a  {NOQA}\n", [1]),
        (f"import a  {NOQA}  imported for its side effect\n", []),
        (f"x.y = 1  {IGNORE}\n", [1]),
        (f"# the stub lacks this attribute\nx.y = 1  {IGNORE}\n", []),
        ("text = 'no directive in a string: # " + "noqa'\n", []),
    ],
)
def test_a_directive_without_reason_is_found(text: str, lines: list[int]) -> None:
    assert unexplained_directives(text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("@pytest.mark.skip\ndef test(): ...\n", [1]),
        ("pytest.skip('later')\n", [1]),
        ("pytest.skip('this kernel has no pseudo terminals')\n", []),
        ("@pytest.mark.skipif(True, reason='needs a reader')\ndef test(): ...\n", []),
        ("@pytest.mark.xfail(strict=True)\ndef test(): ...\n", [1]),
    ],
)
def test_a_skip_without_reason_is_found(text: str, lines: list[int]) -> None:
    assert unexplained_skips(ast.parse(text)) == lines
