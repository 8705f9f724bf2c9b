"""The book of chip cards (see `money.chip`): counters, wrong cryptograms, blocks, and what became of issuer scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SCRIPTS_MAX = 16
"""Scripts that are remembered of a card; each is accounted for at the card's next transaction at the latest."""
TC_WRONG_MAX = 1000
"""Uploaded cryptograms that did not verify; a bench looks at the newest."""


@dataclass
class SentScript:
    """One issuer script.  `id` (9F18) 8 hex digits; `commands` their names; `atc`, `trace` of the transaction.

    `state`: sent, done, failed, not_performed; `result`: what the terminal told of it (5 octets of DF31), hex.
    """

    id: str
    commands: list[str]
    atc: int
    trace: str
    state: str = "sent"
    result: str = ""


@dataclass
class ChipCard:
    """One chip card of an issuer whose keys the host has.

    `shown`: first six and last four digits.  `atc`: the highest counter with a right cryptogram, `ac` that cryptogram,
    `again`: it may come once more, since only the PIN was wrong.  `wrong`: wrong cryptograms in a row.  `blocked`: why,
    "" when it is not.
    """

    card: str
    shown: str
    issuer: str
    atc: int = -1
    ac: str = ""
    again: bool = False
    wrong: int = 0
    blocked: str = ""
    scripts: list[SentScript] = field(default_factory=list)


@dataclass
class ChipBook:
    """`cards` by `turn.card_hash`; `tc_wrong`: `MID/TID/BATCH/STAN` of uploads whose cryptogram is wrong, to why."""

    cards: dict[str, ChipCard] = field(default_factory=dict)
    scripts: int = 0
    """How many scripts were issued: the next one's number is its id."""
    tc_wrong: dict[str, str] = field(default_factory=dict)


def _chip_seen(book: ChipBook, data: dict[str, Any]) -> None:
    one = _card(book, data)
    one.atc, one.ac, one.again, one.wrong = data["atc"], data["ac"], False, 0


def _chip_wrong(book: ChipBook, data: dict[str, Any]) -> None:
    _card(book, data).wrong += 1


def _card(book: ChipBook, data: Mapping[str, Any]) -> ChipCard:
    return book.cards.setdefault(data["card"], ChipCard(data["card"], data["shown"], data["issuer"]))


def _chip_changed(book: ChipBook, data: dict[str, Any]) -> None:
    one = _card(book, data)
    for name in ("again", "blocked"):
        setattr(one, name, data.get(name, getattr(one, name)))


def _script_sent(book: ChipBook, data: dict[str, Any]) -> None:
    one = _card(book, data)
    one.scripts.append(SentScript(data["id"], data["commands"], data["atc"], data["trace"]))
    del one.scripts[:-SCRIPTS_MAX]
    book.scripts += 1


def _script_result(book: ChipBook, data: dict[str, Any]) -> None:
    one = book.cards[data["card"]]
    for script in one.scripts:
        if script.id == data["id"]:
            script.state, script.result = data["state"], data["result"]
    one.blocked = data["blocked"]


def _tc_wrong(book: ChipBook, data: dict[str, Any]) -> None:
    book.tc_wrong[data["trace"]] = data["why"]
    if len(book.tc_wrong) > TC_WRONG_MAX:
        del book.tc_wrong[next(iter(book.tc_wrong))]


FOLD: Mapping[str, Callable[[ChipBook, dict[str, Any]], None]] = {
    "chip_seen": _chip_seen,
    "chip_wrong": _chip_wrong,
    "chip_changed": _chip_changed,
    "script_sent": _script_sent,
    "script_result": _script_result,
    "tc_wrong": _tc_wrong,
}
