"""Download of an application package: 60.3 = 366 hands it out block by block, 367 says how it ended.

posrig's own profile (`protocols.unionpay.software`).  25 where there is no package for the terminal.
"""

from __future__ import annotations

from protocols.errors import DecodeError
from protocols.unionpay import software as messages

from ..oversight import versions
from ..replies import Outcome, refuse
from ..turn import Turn
from ..wire import Request


def block(turn: Turn, request: Request) -> Outcome:
    """366: the octets from the offset on, from 0 where the terminal has octets of another package."""
    assert request.terminal is not None
    try:
        asked = messages.parse_block_request(request.message.octets(62) or b"")
    except DecodeError as error:
        return refuse("30", "format_error", "F62", "域 62 错", error.what.en)
    device = turn.state.devices.get(request.terminal.sn)
    found = versions.package_for(turn, device) if device is not None else None
    if found is None:
        return refuse("25", "no_package", "software", "没有可下载的应用", "there is no package for this terminal")
    version, package = found
    name = messages.identity(package)
    at = asked.offset if asked.identity == name and asked.offset < len(package) else 0
    octets = package[at : at + messages.BLOCK_OCTETS_MAX]
    return Outcome(fields={62: messages.build_block(messages.Block(version, len(package), name, at, octets))})


def ended(turn: Turn, request: Request) -> Outcome:
    """367: noted down for the portal's status query."""
    assert request.terminal is not None
    try:
        told = messages.parse_ended(request.message.octets(62) or b"")
    except DecodeError as error:
        return refuse("30", "format_error", "F62", "域 62 错", error.what.en)
    turn.record("update_told", sn=request.terminal.sn, version=told.offered, result=told.result)
    turn.changed("update", request.terminal.sn, told.running, told.offered, told.result)
    return Outcome()
