"""What the issuer sends back to its card: authentication (91) and scripts (71, 72) (EMV Book 3 clauses 10.9, 10.10)."""

from __future__ import annotations

from collections.abc import Iterable

from protocols.emv import commands
from protocols.emv.apdu import parse_command
from protocols.emv.flags import Aip, Tsi, Tvr
from protocols.emv.scripts import BEFORE_AC, Script, ScriptResult, scripts_in
from protocols.emv.status_words import category
from protocols.errors import PosrigError
from protocols.tlv import Tlv, find_tlv, parse_tlv

from ..wants import Step
from .session import Ended, Gone, Session, command

AUTHENTICATION = 0x91
AUTHENTICATION_OCTETS = range(8, 17)
SCRIPTS_MAX = 8
"""Scripts of one reply; F55 has no room for more than a few."""


def told(octets: bytes) -> tuple[tuple[Tlv, ...], tuple[Script, ...]]:
    """The issuer's objects and scripts in field 55 of a reply.  What cannot be read is not there: an
    approval stands all the same."""
    try:
        items = parse_tlv(octets, "F55")
    except PosrigError:
        return (), ()
    scripts: list[Script] = []
    for item in items:
        try:
            scripts += scripts_in((item,))
        except PosrigError:
            scripts.append(Script(item.tag, ()))
    return items, tuple(scripts[:SCRIPTS_MAX])


def authenticate(session: Session, items: Iterable[Tlv]) -> Step[None]:
    """Hand 91 to the card: by EXTERNAL AUTHENTICATE where it has that, else with CDOL2.  Raises Gone."""
    value = find_tlv(items, AUTHENTICATION)
    session.data.pop(AUTHENTICATION, None)
    if value is None:
        return
    session.data[AUTHENTICATION] = value
    if Aip.ISSUER_AUTHENTICATION not in session.aip:
        return
    if len(value) not in AUTHENTICATION_OCTETS:
        session.tvr |= Tvr.ISSUER_AUTHENTICATION_FAILED
        session.note("issuer_authentication", ok=False, why="length")
        return
    answer = yield from command(session, commands.external_authenticate(value))
    session.tsi |= Tsi.ISSUER_AUTHENTICATION
    if not answer.ok:
        session.tvr |= Tvr.ISSUER_AUTHENTICATION_FAILED
    session.note("issuer_authentication", ok=answer.ok, why="" if answer.ok else "status", detail=f"{answer.sw:04X}")


def run_scripts(session: Session, scripts: Iterable[Script], tag: int) -> Step[None]:
    """Carry out the scripts of template `tag` and add their results to the session.  A card that is gone leaves those
    that are still to come undone."""
    for script in scripts:
        if script.tag != tag:
            continue
        result = yield from _script(session, script)
        session.tsi |= Tsi.SCRIPT_PROCESSING
        if result.outcome != "done":
            before = tag == BEFORE_AC
            session.tvr |= Tvr.SCRIPT_FAILED_BEFORE_FINAL_AC if before else Tvr.SCRIPT_FAILED_AFTER_FINAL_AC
        session.scripts += result.build()
        facts = {"why": result.outcome, "command": result.command, "template": f"{tag:X}"}
        session.note("script", ok=result.outcome == "done", **facts)


def _script(session: Session, script: Script) -> Step[ScriptResult]:
    """Command after command until one fails; warnings (62, 63) are no failure (EMV Book 3 clause 10.10)."""
    if not script.commands:
        return ScriptResult("not_performed", 0, script.identifier)
    for number, octets in enumerate(script.commands, 1):
        try:
            asked = parse_command(octets)
        except PosrigError:
            return ScriptResult("failed", number, script.identifier)
        try:
            answer = yield from command(session, asked)
        except (Gone, Ended):
            if number == 1:
                return ScriptResult("not_performed", 0, script.identifier)
            return ScriptResult("failed", number, script.identifier)
        if category(answer.sw) not in ("ok", "warning"):
            return ScriptResult("failed", number, script.identifier)
    return ScriptResult("done", 0, script.identifier)
