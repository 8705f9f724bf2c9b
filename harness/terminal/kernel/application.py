"""The application begins: GET PROCESSING OPTIONS, then its records (EMV Book 3 clauses 10.1 and 10.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from protocols.emv import commands
from protocols.emv import status_words as sw
from protocols.emv.afl import SFI_EMV_MAX, AflEntry, RecordAt, records_of
from protocols.emv.dol import DolEntry, fill_dol, parse_dol
from protocols.emv.gpo import ProcessingOptions, parse_gpo
from protocols.emv.records import parse_record, signed_octets
from protocols.emv.tree import Node
from protocols.errors import DecodeError

from ..wants import Step
from .session import Ended, Session, command

RECORDS_MAX = 128
"""Records that are read of one card; real ones have a dozen (posrig's choice)."""
MANDATORY: Mapping[int, str] = {0x5F24: "5F24", 0x5A: "5A", 0x8C: "8C", 0x8D: "8D"}
"""EMV Book 3 clause 7.2: without these the transaction ends."""
DOL_OCTETS_MAX = 252
"""What a command has room for."""
PAN_DIGITS = range(8, 20)
OF_ANSWERS = (0x82, 0x84, 0x94, 0x9F10, 0x9F26, 0x9F27, 0x9F36, 0x9F4B)
"""What comes with the selection, with the processing options, or with a cryptogram.  A record that has it is not
believed, nor a contact card that has a cryptogram before it was asked for one."""
TRACK2_DIGITS_MAX = 37
"""Separator and all (ISO/IEC 7813)."""


def options(session: Session) -> Step[ProcessingOptions | None]:
    """The answer to GET PROCESSING OPTIONS; None where the card wants another application (6985).

    Raises Ended where it answers anything else, or nothing that can be read.
    """
    values = filled(session, 0x9F38)
    answer = yield from command(session, commands.get_processing_options(values))
    if answer.sw == sw.CONDITIONS_NOT_SATISFIED:
        session.note("application", ok=False, why="conditions")
        return None
    if not answer.ok:
        session.note("application", ok=False, why="status", detail=f"GPO {answer.sw:04X}")
        raise Ended("card_error", why=f"GPO {answer.sw:04X}")
    try:
        told = parse_gpo(answer.data)
    except DecodeError as error:
        raise _unreadable(session, "GPO", error) from None
    for item in told.items:
        if session.terms.how == "tap" or item.tag not in OF_ANSWERS:
            session.take(item.tag, item.value)
    session.data[0x82] = told.aip
    session.sent = values
    return told


def records(session: Session, afl: Iterable[AflEntry]) -> Step[None]:
    """Read all records into the session.  Raises Ended for one that cannot be read, and for an object that comes
    twice."""
    for number, at in enumerate(records_of(afl)):
        if number == RECORDS_MAX:
            raise Ended("card_error", why="too many records")
        answer = yield from command(session, commands.read_record(at.sfi, at.record))
        if not answer.ok:
            session.note("application", ok=False, why="status", detail=f"{at.sfi}/{at.record} {answer.sw:04X}")
            raise Ended("card_error", why=f"record {at.sfi}/{at.record} {answer.sw:04X}")
        try:
            _record(session, at, answer.data)
        except DecodeError as error:
            raise _unreadable(session, f"record {at.sfi}/{at.record}", error) from None


def complete(session: Session, mandatory: Iterable[int] = MANDATORY) -> None:
    """What must be there is there, and says the same everywhere.  Raises Ended."""
    missing = [f"{tag:X}" for tag in mandatory if not session.data.get(tag)]
    pan, track2 = session.pan, session.track2
    wrong = not pan.isdigit() or len(pan) not in PAN_DIGITS
    if track2:  # it goes to the host as field 35
        of_track, _, rest = track2.partition("D")
        wrong = wrong or of_track != pan or not rest.isdigit() or len(track2) > TRACK2_DIGITS_MAX
    dated = session.data.get(0x5F24, bytes(3)).hex()
    if missing or wrong or len(dated) != 6 or not dated.isdigit():
        why = "data_missing" if missing else "inconsistent"
        session.note("application", ok=False, why=why, detail=" ".join(missing))
        raise Ended("card_data_missing", why=why)
    aip = session.data.get(0x82, b"").hex().upper()
    session.note("application", ok=True, aip=aip, records=len(session.oda_records))


def filled(session: Session, tag: int) -> bytes:
    """The values that the data object list `tag` of the card asks for; none where the card has no such list.

    Raises Ended for a list that cannot be read, or one that asks for more than a command holds.
    """
    values = fill_dol(entries(session, tag), session.told())
    if len(values) > DOL_OCTETS_MAX:
        raise Ended("card_error", why=f"{tag:X} asks for too much")
    return values


def entries(session: Session, tag: int) -> tuple[DolEntry, ...]:
    """A data object list of the card, empty where it has none.  Raises Ended."""
    try:
        return parse_dol(session.data.get(tag, b""), f"{tag:X}")
    except DecodeError as error:
        raise _unreadable(session, f"{tag:X}", error) from None


def _record(session: Session, at: RecordAt, data: bytes) -> None:
    """Files above 20 are the issuer's own; those above 10 need be no template, only then no authentication holds."""
    if at.signed:
        try:
            session.oda_records.append(signed_octets(at.sfi, data))
        except DecodeError:
            session.oda_sound = False
    if at.sfi > SFI_EMV_MAX:
        return
    for node in _primitive(parse_record(data)):
        if node.tag in session.read:
            session.note("application", ok=False, why="duplicate", detail=f"{node.tag:X}")
            raise Ended("card_error", why=f"{node.tag:X} twice")
        session.read.add(node.tag)
        if node.tag not in OF_ANSWERS:
            session.take(node.tag, node.value)


def _primitive(nodes: Iterable[Node]) -> Iterable[Node]:
    return (node for node in nodes if not node.constructed)


def _unreadable(session: Session, what: str, error: DecodeError) -> Ended:
    session.note("application", ok=False, why="unreadable", detail=what)
    return Ended("card_error", why=what)
