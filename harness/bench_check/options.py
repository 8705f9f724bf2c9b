"""The command line and the settings file of `bench-check`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from protocols.errors import ScenarioError
from protocols.text import Lang, Text

from .option_words import ROWS
from .parser import BadLine, parser_of
from .settings import Settings

SETTINGS_FILE = "bench-check.toml"
FEN_MAX = 99_999_999_99
"""Field 4 has twelve digits; a test sale has no need of them."""
UNKNOWN = Text("没有选项 {word}{near}", "there is no option {word}{near}")
NEAREST = Text("；最接近的是 {near}", "; the nearest is {near}")
NO_NUMBER = Text(
    "{option} 要一个 {low} 到 {high} 的整数，不是 {said}", "{option} takes a number {low} to {high}, not {said}"
)
NO_AMOUNT = Text("{option} 要一个金额，如 0.01，不是 {said}", "{option} takes an amount as 0.01, not {said}")
BAD_FILE = Text("设置文件 {path}：{why}", "settings file {path}: {why}")
FILE_CURE = Text(
    "键名见 docs/bench-check.md；--config 另指一个文件",
    "docs/bench-check.md lists the keys; --config names another file",
)
NO_KEY = Text("没有键 {key}；最接近的是 {near}", "there is no key {key}; the nearest is {near}")
WRONG_KIND = Text("{key} 的值 {said} 不对，应为 {wanted}", "{key} cannot be {said}; it takes {wanted}")
NO_NAME = Text("{option} 没有 {said}；有 {known}", "{option} does not know {said}; there are {known}")
OF_MODE = Text("{option} 要和 {mode} 一起用", "{option} goes with {mode}")
REPEATS_MAX = 10_000
BAUD_MAX = 4_000_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done.  `mode`: visit, drill, round, history, evidence, page, list, questions."""

    mode: str
    settings: Settings
    plain: bool = False
    yes: bool = False
    answers: Path | None = None
    json_to: str = ""
    """A file, or - for standard output; "" for none."""
    record: Path | None = None
    no_record: bool = False
    pdf: bool = False
    data: Path | None = None
    resume: bool | None = None
    """True: go on with an interrupted visit, False: begin anew, None: ask."""
    subject: str = ""
    """Of the mode: the lesson, the file, the serial number, the code."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Further options of the mode."""


def wish_of(words: Sequence[str], lang: Lang) -> Wish:
    """What a command line asks for.  Raises ScenarioError for one that is wrong, and for a bad settings file."""
    found, unknown = parser_of(lang).parse_known_args(list(words))
    if unknown:
        raise BadLine(_unknown(unknown[0]))
    told = {name: value for name, value in vars(found).items() if value not in (None, False)}
    mode, subject = _mode(told)
    for name, modes in OF_MODES.items():
        if name in told and mode not in modes:
            raise BadLine(OF_MODE.format(option=_option(name), mode=_option(modes[0])))
    settings = _settings(told, lang)
    answers = Path(told["answers"]) if "answers" in told else None
    return Wish(
        mode, settings, "plain" in told, "yes" in told, answers, told.get("json_to", ""),
        Path(told["record"]) if "record" in told else None, "no_record" in told, "pdf" in told,
        Path(told["data"]) if "data" in told else None, _resume(told), subject,
        {name: told[name] for name in EXTRA if name in told},
    )  # fmt: skip


MODES = ("help", "drill", "round", "history", "evidence", "page", "list", "questions")
EXTRA = ("sheet", "export", "import_from", "skip_entry", "entry", "seed", "level", "scores", "page", "version")
"""What belongs to one mode alone."""
OF_MODES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("sheet", "export", "import_from", "skip_entry", "entry"), ("round",)),
    **dict.fromkeys(("level", "seed", "scores"), ("drill",)),
}
"""Options by the modes in which they mean anything: without it another thing would be done than was asked for."""


def _mode(told: dict[str, Any]) -> tuple[str, str]:
    for mode in MODES:
        if mode in told:
            return mode, "" if told[mode] is True else str(told[mode])
    return "visit", ""


def _resume(told: dict[str, Any]) -> bool | None:
    return True if "resume" in told else False if "new" in told else None


def _option(name: str) -> str:
    return next(row.options[0] for rows in ROWS.values() for row in rows if row.dest == name)


def _unknown(word: str) -> Text:
    from difflib import get_close_matches

    options = [option for rows in ROWS.values() for row in rows for option in row.options]
    close = get_close_matches(word, options, 1)
    if not close:
        return UNKNOWN.format(word=word, near="")
    near = NEAREST.format(near=close[0])
    return Text(UNKNOWN.zh.format(word=word, near=near.zh), UNKNOWN.en.format(word=word, near=near.en))


def _settings(told: dict[str, Any], lang: Lang) -> Settings:
    """The settings file under what the command line says."""
    settings = replace(_from_file(told.get("config")), lang=lang)
    if "baud" in told:  # RATE or RATE-8N1, as `posrig drive`
        rate, _, bits = str(told["baud"]).partition("-")
        settings = replace(settings, baud=_number("--baud", rate, 1, BAUD_MAX), bits=bits or settings.bits)
    plain = ("port", "protocol", "bits", "transport", "host_address", "service", "host", "portal", "listen", "reader")
    given: dict[str, Any] = {name: told[name] for name in (*plain, "sn", "technician", "merchant") if name in told}
    given |= {name: Path(told[name]) for name in ("token_file", "local_host", "data") if name in told}
    given |= {name: True for name in ("tls", "settle") if name in told}
    given |= {name: _names(told[name]) for name in ("only", "skip", "quirks") if name in told}
    if "no_reader" in told:
        given["with_reader"] = False
    if "repeats" in told:
        given["repeats"] = _number("--repeats", told["repeats"], 1, REPEATS_MAX)
    if "test_sale" in told:
        given["test_sale_fen"] = _fen("--test-sale", told["test_sale"])
    settings = replace(settings, **given)
    _look_up_names(settings, str(told.get("lang", lang)))
    return settings


def _look_up_names(settings: Settings, lang: str) -> None:
    """What is misspelled would leave out every check, or find no terminal; the command line and the settings file name
    it alike.  Raises BadLine."""
    _look_up("--lang", (lang,), ("zh", "en"))
    if settings.protocol:
        from protocols.registers import REGISTER_PROTOCOLS

        _look_up("--protocol", (settings.protocol,), REGISTER_PROTOCOLS)
    if settings.only or settings.skip:
        from .checks import CHECKS
        from .model import GROUPS

        known = (*GROUPS, *(check.id for check in CHECKS))
        _look_up("--only", settings.only, known)
        _look_up("--skip", settings.skip, known)


def _look_up(option: str, said: Iterable[str], known: Iterable[str]) -> None:
    from difflib import get_close_matches

    names = list(known)
    for name in said:
        if name not in names:
            close = ", ".join(get_close_matches(name, names, 1) or names)
            raise BadLine(NO_NAME.format(option=option, said=repr(name), known=close))


def _names(said: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for one in said for name in one.split(",") if name)


def _number(option: str, said: str, low: int, high: int) -> int:
    if not (said.isascii() and said.isdecimal()) or not low <= int(said[:20]) <= high:
        raise BadLine(NO_NUMBER.format(option=option, low=low, high=high, said=repr(said)))
    return int(said)


def _fen(option: str, said: str) -> int:
    whole, point, part = said.partition(".")
    digits = f"{whole}{part:0<2}"
    good = digits.isascii() and digits.isdecimal() and len(part) <= 2 and bool(part) is bool(point) and whole
    if not good or not 0 < int(digits[:20]) <= FEN_MAX:
        raise BadLine(NO_AMOUNT.format(option=option, said=repr(said)))
    return int(digits)


def _from_file(named: str | None) -> Settings:
    """The settings file, the user's own where none is named; where there is none the defaults.  Raises
    ScenarioError."""
    if named is None:
        path = own_folder("config") / SETTINGS_FILE
        if not path.is_file():
            return Settings()
    else:
        path = Path(named)
    import tomllib

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ScenarioError(BAD_FILE.format(path=path, why=str(error)), FILE_CURE) from error
    return Settings(**{key: _value(path, key, value) for key, value in data.items()})


def _value(path: Path, key: str, value: Any) -> Any:
    from difflib import get_close_matches

    kinds = {one.name: str(one.type) for one in fields(Settings)}
    kinds.pop("lang")
    if key not in kinds:
        near = ", ".join(get_close_matches(key, kinds, 1) or sorted(kinds))
        raise _bad(path, NO_KEY.format(key=key, near=near))
    kind = kinds[key]
    if kind == "str" and isinstance(value, str):
        return value
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind in ("int", "int | None") and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if kind.startswith("tuple") and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if kind == "Path | None" and isinstance(value, str):
        return path.parent / value
    if kind.startswith("Mapping") and isinstance(value, dict):
        return value
    raise _bad(path, WRONG_KIND.format(key=key, said=repr(value)[:60], wanted=kind))


def _bad(path: Path, why: Text) -> ScenarioError:
    return ScenarioError(
        Text(BAD_FILE.zh.format(path=path, why=why.zh), BAD_FILE.en.format(path=path, why=why.en)), FILE_CURE
    )


def own_folder(kind: str) -> Path:
    """The user's folder for `config` or `data`."""
    import platformdirs

    found = platformdirs.user_config_dir if kind == "config" else platformdirs.user_data_dir
    return Path(found("posrig", appauthor=False))


def data_folder(named: Path | None) -> Path:
    """Where the bench check keeps what must last: `--data`, or a folder of its own in the user's."""
    return named or own_folder("data") / "bench-check"
