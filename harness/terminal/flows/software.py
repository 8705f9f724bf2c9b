"""Updates of the application: from a service technician's medium at the counter, or from the host, block by block.

Both fill the same slot (`software.install`), so that what broke off goes on where it stopped.  The host's way is
posrig's own profile (`protocols.unionpay.software`).
"""

from __future__ import annotations

from protocols.errors import EncodeError
from protocols.unionpay import software as messages
from protocols.unionpay.message import Value

from ...vendor import FLAWS
from ..desk import Desk
from ..outcome import Outcome, declined, done, no_answer, refused
from ..software import install
from ..software.slots import ROLL_BACK, UPDATE
from ..wants import NoReply, Order, Step
from .common import ask

SOURCES = ("host", "medium", "previous")
BLOCKS_MAX = 1_000
"""Requests for one package; more than that is a host that goes round in circles."""
NO_PACKAGE = ("25", "40")
"""F39 of a host that has no package for this terminal, or knows no such download."""


def update_software(desk: Desk, order: Order) -> Step[Outcome]:
    """`{version, dialect, flaw, source}`: install another application, or the same one again; keys, batch, settings
    and what is pending stay.

    `source` "host": what the provider offers; "medium": the package of `version` (left out: the one that runs) that a
    service technician brings, made for `dialect`, with something wrong with it where `flaw` says so; "previous": back
    to the version that ran before.  Left out: the host's where it asked for one and no version is named, else the
    medium's.  It ends with a restart, which the new version begins with.
    """
    args = order.args
    demanded = install.REQUIREMENT in desk.state.requirements and "version" not in args
    source = str(args.get("source", "host" if demanded else "medium"))
    if source not in SOURCES or str(args.get("flaw", "")) not in ("", *FLAWS):
        return refused(order.op, "bad_request")
    if source == "previous":
        return _previous(desk, order)
    if source == "host":
        return (yield from _from_host(desk, order))
    return _from_medium(desk, order)


def _previous(desk: Desk, order: Order) -> Outcome:
    if desk.state.software.standby.state != "verified":
        return refused(order.op, "no_previous_version")
    desk.save({"kind": "slot_armed", "why": ROLL_BACK})
    desk.restart(ROLL_BACK)
    return done(order.op)


def _from_medium(desk: Desk, order: Order) -> Outcome:
    dialect, version = str(order.args.get("dialect", "")), str(order.args.get("version", desk.version))
    if dialect and dialect not in desk.settings.dialects:
        return refused(order.op, "bad_request")
    flaw = str(order.args.get("flaw", ""))
    try:
        package = desk.settings.medium.package(desk.profile.model, version, dialect=dialect, flaw=flaw)
    except EncodeError:
        return refused(order.op, "bad_request")
    install.begin(desk, version, len(package), messages.identity(package).hex())
    install.write(desk, package[desk.state.software.standby.written :])
    return _restarted(desk, order, install.check(desk))


def _restarted(desk: Desk, order: Order, cause: str) -> Outcome:
    """The image was checked: refused, or the terminal begins anew with it."""
    if cause:
        return refused(order.op, cause)
    desk.restart(UPDATE)
    return done(order.op)


def _from_host(desk: Desk, order: Order) -> Step[Outcome]:
    for _ in range(BLOCKS_MAX):
        slot = desk.state.software.standby
        if slot.is_whole:
            return (yield from _told(desk, order))
        begun = slot.state == "writing"
        offset, known = (slot.written, bytes.fromhex(slot.identity)) if begun else (0, b"")
        asked = messages.BlockRequest(desk.version, offset, known)
        extra: dict[int, Value] = {62: messages.build_block_request(asked)}
        answered = yield from ask(desk, "software_block", extra, stan=False)
        if isinstance(answered, NoReply):
            return no_answer(order.op, answered)
        if answered.code != "00":
            if answered.code in NO_PACKAGE:  # asking for ever would stop the till
                desk.save(install.SERVED)
            return declined(order.op, answered.code)
        block = messages.parse_block(answered.message.octets(62) or b"")
        install.begin(desk, block.offered, block.length, block.identity.hex())
        if block.offset != desk.state.software.standby.written:
            return declined(order.op, "00", "bad_reply")
        install.write(desk, block.octets)
    return declined(order.op, "00", "bad_reply")


def _told(desk: Desk, order: Order) -> Step[Outcome]:
    """Check the image and tell the host how it went; what the host says to that changes nothing."""
    offered = desk.state.software.standby.version
    cause = install.check(desk)
    told = messages.Ended(desk.version, offered, install.RESULT_CODES[cause])
    extra: dict[int, Value] = {62: messages.build_ended(told)}
    yield from ask(desk, "software_end", extra, stan=False)
    return _restarted(desk, order, cause)
