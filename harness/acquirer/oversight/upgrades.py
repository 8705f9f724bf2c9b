"""Versions of the host itself, and what an upgrade may leave out of step with the terminals.

    mac_key, pin_key   the working keys that the host checks with are not those of the last sign-in: A0, 99
    reply_mac          it checks with the old MAC key and signs with another one: F64 of the reply is wrong
    session            every session is forgotten: 77
    parameters         terminals run with parameters that the host no longer knows: 03 or 97, or header requirement 1, 5
    request_layout     requests of applications before `minimum` are not understood any more: 30
    reply_layout       replies to them are in a layout that they cannot read

Keys and session are right again with the next sign-in, parameters with their download, layouts with a new application.
The signatures are those of the documents' botched upgrade (升级不当); that the new layout has F60 as text is posrig's
choice, after the dialects that send it so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from protocols.ciphers import Algorithm
from protocols.text import Text
from protocols.unionpay.header import Requirement

from ..asks import Args, Value, bad_argument, text_of
from ..replies import Outcome
from ..state import Terminal
from ..terminals.keys import new_key, odd_parity
from ..turn import Turn
from ..wire import Request
from . import notices

BREAKS: Mapping[str, Text] = {
    "mac_key": Text("MAC 密钥不同步", "the MAC key is out of step"),
    "pin_key": Text("PIN 密钥不同步", "the PIN key is out of step"),
    "reply_mac": Text("应答 MAC 密钥不同步", "the MAC key of replies is out of step"),
    "session": Text("签到状态丢失", "sessions are lost"),
    "parameters": Text("终端参数不同步", "the terminals' parameters are out of step"),
    "request_layout": Text("请求报文格式变更", "the layout of requests has changed"),
    "reply_layout": Text("应答报文格式变更", "the layout of replies has changed"),
}
SIGN_IN_CURES = ("mac_key", "pin_key", "reply_mac", "session")
CODES = ("03", "97", "")
"""What terminals with old parameters are answered; "": only the header asks for the download."""
LAYOUTS = frozenset({"financial", "reversal"})
"""Families of messages whose layout an upgrade changes."""


def upgrade(turn: Turn, args: Args) -> Value:
    """`{version, breaks: [...], code, minimum}`: the host's new version runs from now on.  Raises Refused.

    `code`: see `CODES`.  `minimum`: the first application version that knows the new layout.
    """
    version, breaks = text_of(turn, args, "version"), args.get("breaks", [])
    if not isinstance(breaks, list) or not all(item in BREAKS for item in breaks):
        raise bad_argument("breaks", f"可用: {', '.join(BREAKS)}", f"known: {', '.join(BREAKS)}")
    code, minimum = text_of(turn, args, "code", "97"), text_of(turn, args, "minimum", "")
    if code not in CODES:
        raise bad_argument("code", "应为 03、97 或空", "must be 03, 97 or empty")
    if bool(minimum) != bool({"request_layout", "reply_layout"} & set(breaks)):
        raise bad_argument("minimum", "报文格式变更时给出", "is given where a layout changes, and only there")
    running = [terminal for terminal in turn.state.terminals.values() if terminal.activated]
    afflicted = {what: [terminal.key for terminal in running] for what in breaks}
    settings = {"code": code, "minimum": minimum}
    turn.changed("host_version", "host", turn.state.upgrades.version, version, "upgrade")
    turn.record("upgraded", version=version, settings=settings, afflicted={k: v for k, v in afflicted.items() if v})
    for terminal in running:
        _change(turn, terminal, breaks)
    facts = {"version": version}
    announced = notices.announce(turn, {"kind": "upgrade", "facts": facts})
    notices.call_off(turn, {"notice": announced.number})
    return {"version": version, "terminals": len(running)}


def _change(turn: Turn, terminal: Terminal, breaks: list[str]) -> None:
    algorithm = turn.settings.dialects[terminal.dialect].key_algorithm
    changes: dict[str, object] = {}
    if "mac_key" in breaks and terminal.mak:
        changes["mak"] = new_key(turn, "MAK", len(terminal.mak) // 2, algorithm).hex()
    if "pin_key" in breaks and terminal.pik:
        changes["pik"] = new_key(turn, "PIK", len(terminal.pik) // 2, algorithm).hex()
    if "session" in breaks and terminal.session == "in":
        changes["session"] = "never"
    if "parameters" in breaks:
        changes["needs"] = sorted({*terminal.needs, "parameters", "aids"})
    if changes:
        turn.record("terminal_changed", terminal=terminal.key, **changes)


def concerns(turn: Turn, what: str, terminal: Terminal | None) -> bool:
    """Whether that is out of step with this terminal."""
    return terminal is not None and terminal.key in turn.state.upgrades.afflicted.get(what, ())


def signed_in(turn: Turn, terminal: Terminal) -> None:
    """New keys and a new session: both ends have the same again."""
    cured = [what for what in SIGN_IN_CURES if concerns(turn, what, terminal)]
    if cured:
        turn.record("upgrade_cured", terminal=terminal.key, what=cured)


def downloaded(turn: Turn, terminal: Terminal) -> None:
    """The terminal has the new parameters and AIDs."""
    if concerns(turn, "parameters", terminal) and not {"parameters", "aids"} & set(terminal.needs):
        turn.record("upgrade_cured", terminal=terminal.key, what=["parameters"])


def old_parameters(turn: Turn, request: Request) -> str:
    """F39 for a terminal that runs with the old parameters; "" when it may go on."""
    return str(turn.state.upgrades.settings["code"]) if concerns(turn, "parameters", request.terminal) else ""


def not_understood(turn: Turn, request: Request, what: str) -> bool:
    """Whether this terminal's application is too old for the new layout of requests, or of replies."""
    if request.kind is None or request.kind.family not in LAYOUTS or not concerns(turn, what, request.terminal):
        return False
    assert request.terminal is not None
    device = turn.state.devices.get(request.terminal.sn)
    return _number(device.version if device else "") < _number(turn.state.upgrades.settings["minimum"])


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def adjust(turn: Turn, request: Request, outcome: Outcome) -> None:
    """What an upgrade changes in a decided answer: the key it is signed with, what its header asks for."""
    terminal = request.terminal
    if terminal is None:
        return
    if concerns(turn, "reply_mac", terminal) and request.name != "sign_in" and terminal.mak:
        algorithm = turn.settings.dialects[terminal.dialect].key_algorithm
        outcome.mak = _other_key(bytes.fromhex(terminal.mak), algorithm).hex()
    if concerns(turn, "parameters", terminal) and request.kind is not None and request.kind.family == "financial":
        wanted = "parameters" in terminal.needs
        outcome.requirement = Requirement.DOWNLOAD_PARAMETERS if wanted else Requirement.DOWNLOAD_AIDS


def _other_key(key: bytes, algorithm: Algorithm) -> bytes:
    """Not this key, and the same one every time."""
    other = bytes(octet ^ 0x5A for octet in key)
    return other if algorithm == "sm4" else odd_parity(other)


def reply_form(turn: Turn, request: Request) -> Request:
    """The request as its reply is built for: in the new layout, F60 is text."""
    if not not_understood(turn, request, "reply_layout"):
        return request
    if request.dialect.f60_form == "n":
        return replace(request, dialect=replace(request.dialect, f60_form="ans"))
    return replace(request, dialect=replace(request.dialect, f60_form="n"))


CONTROL = {"upgrade": upgrade}
