"""Further merchant accounts on one terminal (商户二): asked for like a merchant, decided like one, sold through the
device that is already there.

MID and TID are reserved when the application is begun, and listed in the parameter download from then on: so the menu
needs no second visit, and who chooses an account that is not open gets the reason from the host.  (posrig's choice;
platforms hand out the numbers at 录入, before the review.)  An account shares device, serial number and master key with
the terminal's own; sign-in, batch, trace numbers, totals and ledger account are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from protocols.errors import EncodeError
from protocols.text import Text
from protocols.unionpay.private.f62_lists import build_account

from ..asks import Args, Refused, Value, text_of
from ..books.accounts import FurtherAccount
from ..books.applications import Application
from ..money.ledger import merchant_account
from ..registry import new_numbers
from ..state import State, Terminal
from ..turn import Turn
from ..wire import Request

ACCOUNTS_MAX = 4
"""Beside the terminal's own: so many items of 65 octets fit into one F62 beside the parameters."""
UNSUPPORTED = "no_multi_merchant"
"""The behaviour of a provider without the function."""


class Standing(NamedTuple):
    """Why an account may not be used: F39, and words."""

    code: str
    text: Text


STANDINGS: Mapping[str, Standing] = {
    "account_unsupported": Standing("40", Text("服务商不支持多商户", "the provider has no multi-merchant function")),
    "account_draft": Standing("D6", Text("该商户申请未完成", "the application for this account is a draft")),
    "account_in_review": Standing("D6", Text("该商户审核中", "this account is under review")),
    "account_refused": Standing("03", Text("该商户审核未通过", "this account was refused")),
    "account_withdrawn": Standing("03", Text("该商户申请已撤回", "the application for this account was withdrawn")),
    "account_not_enabled": Standing("58", Text("终端未开通该商户", "this account is not enabled on the terminal")),
}
"""03, D6: as for a merchant in the same stage; 58: the terminal may not; 40: the function is not supported."""

BY_STATE: Mapping[str, str] = {
    "draft": "account_draft",
    "expired": "account_draft",
    "in_review": "account_in_review",
    "incomplete": "account_in_review",
    "rejected": "account_refused",
    "withdrawn": "account_withdrawn",
}
"""State of the application to standing."""


def standing(state: State, account: FurtherAccount) -> str:
    """A name of `STANDINGS`, or "open"."""
    if UNSUPPORTED in state.behaviours:
        return "account_unsupported"
    asked = BY_STATE.get(state.applications[account.application].state)
    return asked or ("open" if account.enabled else "account_not_enabled")


def refusal(turn: Turn, key: str) -> tuple[str, str, Text] | None:
    """Code, cause and words of a request of the account `MID/TID` that is not open; None for any other terminal."""
    account = turn.state.accounts.all.get(key)
    cause = standing(turn.state, account) if account else "open"
    if account is None or cause == "open":
        return None
    code, text = STANDINGS[cause]
    reason = turn.state.applications[account.application].reason
    return code, cause, Text(f"{text.zh}: {reason}", f"{text.en}: {reason}") if reason else text


def winds_up(turn: Turn, request: Request) -> bool:
    """An account that was in use may reverse and settle, and sign in for that, after it was switched off: no money may
    be locked in.
    """
    terminal = request.terminal
    if terminal is None or request.kind is None or request.kind.family == "financial":
        return False
    return terminal.session != "never" or terminal.key in turn.state.ledger.by_terminal


def main_terminal(turn: Turn, args: Args) -> Terminal | None:
    """The terminal that `account_of` (a serial number) names, None where the application asks for none.

    Raises Refused: no such device, not activated, no function, or no room.
    """
    sn = text_of(turn, args, "account_of", "")
    if not sn:
        return None
    device = turn.state.devices.get(sn)
    terminal = turn.state.terminals.get(device.terminal) if device else None
    if UNSUPPORTED in turn.state.behaviours:
        raise Refused("account_unsupported", STANDINGS["account_unsupported"].text)
    if terminal is None or not terminal.activated:
        what = Text(f"机具 {sn} 没有已激活的商户", f"device {sn} has no activated merchant")
        raise Refused("not_activated", what)
    if len(turn.state.accounts.of(terminal.key)) >= ACCOUNTS_MAX:
        raise Refused("accounts_full", Text("该终端商户数已满", "the terminal has no room for another account"))
    return terminal


def device_of(state: State, application: str) -> str:
    """Serial number of the device that a further account is asked for on, "" where it is no such application."""
    account = state.accounts.further(application)
    return state.terminals[account.main].sn if account else ""


def reserve(turn: Turn, application: Application, main: Terminal) -> None:
    """An application for a further account is begun: its numbers are set aside, and the terminal is to hear of them."""
    mid, tid = new_numbers(turn)
    turn.record("account_reserved", mid=mid, tid=tid, main=main.key, application=application.number)
    if "parameters" not in main.needs:
        turn.record("terminal_changed", terminal=main.key, needs=[*main.needs, "parameters"])


def open_account(turn: Turn, application: Application, account: FurtherAccount) -> None:
    """The approval: merchant and terminal record, and the terminal may use it, unless somebody forgot that."""
    main = turn.state.terminals[account.main]
    turn.record("merchant", mid=account.mid, name=_name(turn.state, account))
    turn.record(
        "terminal",
        mid=account.mid,
        tid=account.tid,
        sn=main.sn,
        dialect=main.dialect,
        batch=f"{turn.settings.first_batch:06d}",
        application=application.number,
        tmk=main.tmk,
        activated=main.activated,
        main=main.key,
    )
    if "enabling_forgotten" not in turn.state.behaviours:
        enable(turn, {"mid": account.mid})


def _name(state: State, account: FurtherAccount) -> str:
    return str(state.applications[account.application].merchant.get("name") or account.mid)


def _named(turn: Turn, args: Args) -> FurtherAccount:
    mid = text_of(turn, args, "mid")
    found = next((one for one in turn.state.accounts.all.values() if one.mid == mid), None)
    if found is None:
        raise Refused("no_account", Text(f"没有附加商户 {mid}", f"there is no further account {mid}"))
    return found


def enable(turn: Turn, args: Args) -> Value:
    """`{mid, enabled}`: the provider lets the terminal use an account, or no longer."""
    account = _named(turn, args)
    enabled = args.get("enabled", True) is True
    old = standing(turn.state, account)
    turn.record("account_enabled", account=account.key, enabled=enabled)
    turn.changed("account", account.key, old, standing(turn.state, account), "enable")
    return {"mid": account.mid, "enabled": enabled}


def items(turn: Turn, main: Terminal) -> list[bytes]:
    """What the parameter download of a terminal says of its further accounts; withdrawn ones are gone from it."""
    listed = []
    for account in turn.state.accounts.of(main.key):
        if turn.state.applications[account.application].state != "withdrawn":
            try:
                listed.append(build_account(account.mid, account.tid, _name(turn.state, account)))
            except EncodeError:  # numbers of another form than terminals have: nothing that F62 could say
                continue
    return listed


def rows(turn: Turn, main: Terminal) -> list[Value]:
    """Further accounts of a terminal as the portal shows them."""
    return [_row(turn, account) for account in turn.state.accounts.of(main.key)]


def _row(turn: Turn, account: FurtherAccount) -> Value:
    application = turn.state.applications[account.application]
    draft = turn.state.drafts.all.get(application.number)
    return {
        "mid": account.mid,
        "tid": account.tid,
        "name": _name(turn.state, account),
        "application": account.application,
        "state": application.state,
        "standing": standing(turn.state, account),
        "reason": application.reason,
        "last_step": draft.done[-1] if draft and draft.done else "",
    }


def account(turn: Turn, args: Args) -> Value:
    """`{application}`: the further account that this application asks for.  Raises Refused."""
    number = text_of(turn, args, "application")
    found = turn.state.accounts.further(number)
    if found is None:
        raise Refused("no_account", Text(f"进件 {number} 不是附加商户", f"{number} asks for no further account"))
    return _row(turn, found)


def statement(turn: Turn, args: Args) -> Value:
    """`{sn} -> {accounts: [{mid, tid, name, sales, sales_fen, refunds, refunds_fen, payable_fen}]}`: by account.

    Nothing finer exists: a sale carries MID and TID, and no channel.
    """
    sn = text_of(turn, args, "sn")
    device = turn.state.devices.get(sn)
    if device is None or not device.terminal:
        raise Refused("not_bound", Text(f"机具 {sn} 未绑定", f"device {sn} is not bound"))
    keys = [device.terminal, *turn.state.accounts.on.get(device.terminal, ())]
    return {"sn": sn, "accounts": [_takings(turn, turn.state.terminals[k]) for k in keys if k in turn.state.terminals]}


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"account": account, "statement": statement}
CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {"enable_account": enable}


def _takings(turn: Turn, terminal: Terminal) -> Value:
    ledger = turn.state.ledger
    kept = [p for p in ledger.of_terminal(terminal.mid, terminal.tid) if not p.reversed and not p.voided]
    sales = [p.amount_fen for p in kept if p.side == "debit"]
    refunds = [p.amount_fen for p in kept if p.operation == "refund"]
    return {
        "mid": terminal.mid,
        "tid": terminal.tid,
        "name": turn.state.merchants[terminal.mid].name,
        "sales": len(sales),
        "sales_fen": sum(sales),
        "refunds": len(refunds),
        "refunds_fen": sum(refunds),
        "payable_fen": ledger.accounts.get(merchant_account(terminal.mid), 0),
    }
