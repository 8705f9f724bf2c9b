"""Sign-in (签到), sign-off, echo: working keys, batch number, clock."""

from __future__ import annotations

from dataclasses import replace

from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.dialect import KeyLayout
from protocols.unionpay.header import Requirement
from protocols.unionpay.keys import WorkingKeys, wrap_working_keys
from protocols.unionpay.private.f60 import build_f60
from protocols.unionpay.private.f62_keys import MARK, parse_sign_in_request

from ..oversight import compliance, upgrades
from ..replies import Outcome
from ..state import Terminal
from ..turn import Turn
from ..wire import Request
from .keys import new_key

SM4_CODES = compliance.SM4_CODES
SM4_DIALECT = "sm4"
SINGLE_DES_CODE = "001"
BLOCKS: KeyLayout = "blocks25"
TRACK_KEY_CODES = frozenset({"004", "006"})
NEEDS = {
    "capks": Requirement.DOWNLOAD_PUBLIC_KEYS,
    "aids": Requirement.DOWNLOAD_AIDS,
    "parameters": Requirement.DOWNLOAD_PARAMETERS,
    "status": Requirement.UPLOAD_STATUS,
}
"""What a terminal still has to do, most urgent first (BestPay POSP host: 4, else 5, else the rest)."""


def requirement_of(turn: Turn, request: Request) -> Requirement:
    """Processing requirement for the header of a reply."""
    if request.terminal is None:
        return Requirement.NONE
    return next((code for need, code in NEEDS.items() if need in request.terminal.needs), Requirement.NONE)


def new_working_keys(turn: Turn, request: Request) -> tuple[WorkingKeys, tuple[KeyLayout, ...]]:
    """Fresh keys of the lengths that F60.3 asks for, and the layout that F62 gets: the first of the dialect that
    has those keys.
    """
    layouts = request.dialect.key_layouts
    algorithm = request.dialect.key_algorithm
    wide_mak = layouts[0] in ("pik16-mak16", "pik16-mak16-tdk16", BLOCKS)
    with_tdk = request.net_code in TRACK_KEY_CODES
    layout: KeyLayout = "pik16-mak16" if wide_mak else "pik16-mak8z"
    if with_tdk:
        layout = "pik16-mak16-tdk16" if wide_mak else "pik16-mak8z-tdk16"
    single = request.net_code == SINGLE_DES_CODE
    if single:
        layout = "pik8-mak8"
    if layouts[0] == BLOCKS:
        layout = BLOCKS
    keys = WorkingKeys(
        pik=new_key(turn, "PIK", 8 if single else 16, algorithm),
        mak=new_key(turn, "MAK", 16 if wide_mak and not single else 8, algorithm),
        tdk=new_key(turn, "TDK", 16, algorithm) if with_tdk else None,
    )
    return keys, (layout,)


def sign_in(turn: Turn, request: Request) -> Outcome:
    """New working keys under the terminal's TMK, the host's batch number and clock."""
    terminal = request.terminal
    assert terminal is not None
    sm4 = request.net_code in SM4_CODES
    if sm4 != (request.dialect.key_algorithm == "sm4") and not (sm4 and compliance.algorithm_allowed(turn, "sm4")):
        text = Text("不支持该密钥算法", "this key algorithm is not supported")
        return Outcome("40", "algorithm_unsupported", text, "algorithm")
    if sm4 and not compliance.model_has(turn, terminal.sn, "sm4"):
        text = Text("该机型没有此密钥算法", "this model does not have this key algorithm")
        return Outcome("40", "model_lacks_algorithm", text, "algorithm")
    if request.net_code == SINGLE_DES_CODE and BLOCKS in request.dialect.key_layouts:
        text = Text("密钥块只有双倍长密钥", "the key blocks hold keys of double length only")
        return Outcome("40", "algorithm_unsupported", text, "algorithm")
    if not terminal.tmk:
        return Outcome("A7", "no_tmk", Text("主密钥未下发", "no master key was issued"), "TMK")
    if _foreign_device(turn, request):
        return Outcome(
            "97", "sn_bound_elsewhere", Text("机具与终端号不符", "the device is bound to another terminal"), "SN"
        )
    if sm4 and request.dialect.key_algorithm != "sm4":
        request = _changed_to_sm4(turn, request)
    keys, layouts = new_working_keys(turn, request)
    wrapped = wrap_working_keys(keys, bytes.fromhex(terminal.tmk), layouts, request.dialect.key_algorithm)
    before, own = terminal.session, _names_its_batch(request, terminal)
    batch = request.f60.batch if own else terminal.batch
    turn.record(
        "signed_in",
        terminal=terminal.key,
        pik=keys.pik.hex(),
        mak=keys.mak.hex(),
        at_us=turn.now,
        batch=batch,
        own_batch=own,
    )
    turn.changed("session", terminal.key, before, "in", "sign_in")
    upgrades.signed_in(turn, terminal)
    f60 = build_f60(replace(request.f60, batch=batch), request.dialect)
    return Outcome(fields={60: f60, 62: wrapped}, requirement=requirement_of(turn, request))


def _changed_to_sm4(turn: Turn, request: Request) -> Request:
    """A terminal that changes to the algorithm that a rule asks for speaks the dialect that has it from now on.

    posrig's choice: the 16 octets of its master key become an SM4 key; a provider would inject a new one.
    """
    assert request.terminal is not None
    turn.record("terminal_changed", terminal=request.terminal.key, dialect=SM4_DIALECT)
    return replace(request, dialect=turn.settings.dialects[SM4_DIALECT])


def _names_its_batch(request: Request, terminal: Terminal) -> bool:
    """The dialect leaves the batch number to the terminal, and it names one of its own that is not closed."""
    named = request.f60.batch
    if not request.dialect.batch_from_terminal or not named.isdigit() or int(named) == 0:
        return False
    return named not in terminal.settled and (terminal.own_batch or named != terminal.batch)


def _foreign_device(turn: Turn, request: Request) -> bool:
    """The serial number in F62 belongs to a device that is bound elsewhere, lost or stolen; unknown ones are let
    pass.
    """
    value = request.message.octets(62) or b""
    if not value.startswith(MARK):
        return False
    try:
        serial = parse_sign_in_request(value).serial
    except DecodeError:
        return False
    device = turn.state.devices.get(serial)
    assert request.terminal is not None
    return device is not None and (
        device.status in ("lost", "stolen") or device.terminal not in ("", request.terminal.key, request.terminal.main)
    )


def sign_off(turn: Turn, request: Request) -> Outcome:
    """The session ends; the next transaction is refused 77 until a new sign-in."""
    assert request.terminal is not None
    turn.record("signed_off", terminal=request.terminal.key, at_us=turn.now)
    turn.changed("session", request.terminal.key, "in", "off", "sign_off")
    return Outcome()


def echo(turn: Turn, request: Request) -> Outcome:
    """回响测试: the line works and the terminal is known."""
    return Outcome()


def accept(turn: Turn, request: Request) -> Outcome:
    """Taken note of, nothing kept: script result, e-signature."""
    return Outcome()
