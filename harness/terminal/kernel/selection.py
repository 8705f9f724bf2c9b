"""Which of the card's applications is used (EMV Book 1 clause 12): PSE, PPSE or the terminal's list of AIDs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from protocols.emv import commands
from protocols.emv import status_words as sw
from protocols.emv.records import parse_record
from protocols.emv.tree import Node, find, parse_tree
from protocols.errors import DecodeError

from ..texts import CHOOSE_APPLICATION
from ..wants import GaveUp, Keys, Prompt, Step
from .parameters import Application
from .session import Ended, Session, command

PSE_RECORDS_MAX = 32
"""Records of a directory that are read, and names that begin with one AID: a card whose list never ends gets no further
(posrig's choice)."""
CANDIDATES_MAX = 32
ENTRY = 0x61
DIRECTORY_SFI = range(1, 11)
CHOICES_MAX = 3
"""So often somebody may press a number that is not on the list."""
CONFIRM, PRIORITY = 0x80, 0x0F
LABEL_OCTETS_MAX = 16
"""Of 50 and 9F12 (EMV Book 3 annex A); it is shown in one line."""
LOWEST = 16
"""Sorts behind every priority that a card can give."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An application that card and terminal have.  `priority` 1 (first) to 15, `LOWEST` for none; `confirm`: not
    without the cardholder; `label` is shown."""

    name: bytes
    application: Application
    label: str
    priority: int = LOWEST
    confirm: bool = False


def candidates(session: Session, taken: Iterable[Application]) -> Step[list[Candidate]]:
    """All applications in the order in which they come into question.  Raises Ended where there is none."""
    applications = tuple(taken)
    if session.terms.how == "tap":
        found = yield from _from_ppse(session, applications)
        blocked = False
    else:
        found = yield from _from_pse(session, applications)
        blocked = False
        if not found:
            found, blocked = yield from _from_list(session, applications)
    if not found:
        session.note("selected", ok=False, why="application_blocked" if blocked else "no_application")
        session.blocked = blocked
        raise none_left(session)
    once = {one.name: one for one in reversed(found)}
    return sorted((one for one in found if once[one.name] is one), key=lambda one: one.priority)[:CANDIDATES_MAX]


def select(session: Session, listed: list[Candidate]) -> Step[Candidate | None]:
    """Choose and select; those that the card refuses leave the list, None when none is left.

    A candidate that is used leaves it, too, so that the card may still refuse it later (GPO 6985).
    """
    while listed:
        chosen = yield from _choose(session, listed)
        listed.remove(chosen)
        answer = yield from command(session, commands.select(chosen.name))
        session.blocked = session.blocked or answer.sw == sw.SELECTED_FILE_INVALIDATED
        fci = _fci(answer.data) if answer.ok else None
        if fci is not None and find(fci, 0x84) == chosen.name:
            _take(session, fci, chosen)
            return chosen
    return None


def _take(session: Session, fci: tuple[Node, ...], chosen: Candidate) -> None:
    for tag in (0x50, 0x87, 0x9F38, 0x5F2D, 0x9F11, 0x9F12, 0x9F4D):
        value = find(fci, tag)
        if value is not None:
            session.take(tag, value)
        else:
            session.data.pop(tag, None)
    application = chosen.application
    session.application, session.label = application, chosen.label
    session.data[0x84] = chosen.name
    session.data[0x9F06] = application.aid
    session.data[0x9F09] = application.version
    session.data[0x9F1B] = min(application.floor_limit_fen, 0xFFFFFFFF).to_bytes(4, "big")
    session.note("selected", ok=True, aid=chosen.name.hex().upper(), label=chosen.label)


def _choose(session: Session, listed: list[Candidate]) -> Step[Candidate]:
    """The cardholder chooses where there is more than one, or the card wants to be asked; ENTER alone is the first.

    Contactless nobody is asked: the card lies there for half a second.
    """
    before = next((one for one in listed if one.name == session.terms.chosen), None)
    if before is not None or session.terms.how == "tap" or (len(listed) == 1 and not listed[0].confirm):
        return before or listed[0]
    shown = CHOOSE_APPLICATION.format(rows="；".join(f"{at} {one.label}" for at, one in enumerate(listed, 1)))
    for _ in range(CHOICES_MAX):
        typed: Keys | GaveUp = yield Prompt("keys", shown, choice=True)
        if isinstance(typed, GaveUp):
            raise Ended(typed.why)
        if not typed.typed:
            return listed[0]
        if typed.typed.isdigit() and len(typed.typed) <= 2 and 1 <= int(typed.typed) <= len(listed):
            return listed[int(typed.typed) - 1]
    raise Ended("cancelled")


def _from_pse(session: Session, taken: tuple[Application, ...]) -> Step[list[Candidate]]:
    """The card's own directory; nothing where it has none, or one that cannot be read.  Raises Ended: card blocked."""
    answer = yield from command(session, commands.select(commands.PSE))
    if answer.sw == sw.FUNCTION_NOT_SUPPORTED:
        raise _blocked(session)
    fci = _fci(answer.data) if answer.ok else None
    sfi = find(fci, 0x88) if fci else None
    if not sfi or len(sfi) != 1 or sfi[0] not in DIRECTORY_SFI:
        return []
    found: list[Candidate] = []
    for record in range(1, PSE_RECORDS_MAX + 1):
        answer = yield from command(session, commands.read_record(sfi[0], record))
        if answer.sw == sw.RECORD_NOT_FOUND:
            return found
        if not answer.ok:
            return []
        try:
            found += _matching(parse_record(answer.data), taken)
        except DecodeError:
            return []
    return found


def _from_ppse(session: Session, taken: tuple[Application, ...]) -> Step[list[Candidate]]:
    answer = yield from command(session, commands.select(commands.PPSE))
    if answer.sw == sw.FUNCTION_NOT_SUPPORTED:
        raise _blocked(session)
    fci = _fci(answer.data) if answer.ok else None
    issuer_own = _opened(fci, 0xBF0C) if fci else None
    return list(_matching(issuer_own, taken)) if issuer_own else []


def _from_list(session: Session, taken: tuple[Application, ...]) -> Step[tuple[list[Candidate], bool]]:
    """Each AID of the terminal is tried; also: whether one that fits is blocked.  Raises Ended: card blocked."""
    found: list[Candidate] = []
    blocked = False
    for at, application in enumerate(taken):
        for again in range(PSE_RECORDS_MAX):
            answer = yield from command(session, commands.select(application.aid, next_one=again > 0))
            if answer.sw == sw.FUNCTION_NOT_SUPPORTED and at == again == 0:
                raise _blocked(session)
            fci = _fci(answer.data) if answer.ok or answer.sw == sw.SELECTED_FILE_INVALIDATED else None
            name = find(fci, 0x84) if fci else None
            if answer.sw == sw.SELECTED_FILE_INVALIDATED and name is None:
                blocked = True  # a card that says no more than that
            if fci is None or name is None or not name.startswith(application.aid):
                break
            if application.takes(name) and not answer.ok:
                blocked = True
            elif application.takes(name) and all(one.name != name for one in found):
                found.append(_candidate(fci, name, application))
            if name == application.aid:
                break  # it was meant exactly, and no other begins so
    return found, blocked


def _matching(nodes: Iterable[Node], taken: tuple[Application, ...]) -> Iterator[Candidate]:
    """The entries of a directory that the terminal takes; of several AIDs that fit, the longest."""
    for entry in nodes:
        name = find(entry.children, 0x4F) if entry.tag == ENTRY else None
        fits = [one for one in taken if name is not None and one.takes(name)]
        if name is not None and fits:
            yield _candidate(entry.children, name, max(fits, key=lambda one: len(one.aid)))


def _candidate(nodes: tuple[Node, ...], name: bytes, application: Application) -> Candidate:
    indicator = (find(nodes, 0x87) or b"\0")[:1] or b"\0"
    label = _readable(find(nodes, 0x9F12)) or _readable(find(nodes, 0x50)) or name.hex().upper()
    return Candidate(name, application, label, indicator[0] & PRIORITY or LOWEST, bool(indicator[0] & CONFIRM))


def _readable(value: bytes | None) -> str:
    """A label in ASCII, which every code table of ISO 8859 has; "" for another one (EMV Book 1: then 50 is shown)."""
    text = (value or b"")[:LABEL_OCTETS_MAX].decode("ascii", "replace").strip()
    return text if text.isascii() and text.isprintable() else ""


def _fci(data: bytes) -> tuple[Node, ...] | None:
    """What stands in template 6F; None where there is none."""
    try:
        nodes = parse_tree(data, "FCI")
    except DecodeError:
        return None
    return nodes[0].children if len(nodes) == 1 and nodes[0].tag == 0x6F else None


def _opened(nodes: tuple[Node, ...], template: int) -> tuple[Node, ...] | None:
    for node in nodes:
        if node.tag == template:
            return node.children
        deeper = _opened(node.children, template)
        if deeper is not None:
            return deeper
    return None


def none_left(session: Session) -> Ended:
    """There is none that card and terminal both have, or one that its issuer has blocked."""
    if session.blocked:
        return Ended("application_blocked")
    return Ended("no_application", instead="insert" if session.terms.how == "tap" else "swipe")


def _blocked(session: Session) -> Ended:
    session.note("selected", ok=False, why="card_blocked")
    return Ended("card_blocked")
