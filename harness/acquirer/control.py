"""What the bench asks: provisioning, causes, snapshots, decisions of the review, the key-loading room."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.errors import ScenarioError
from protocols.text import Text

from . import behaviours, holds, registry, snapshots
from .asks import Args, Refused, Value, bad_argument, text_of
from .boarding import accounts, companies, handover, onboarding, parcels, teams
from .hold_kinds import HOLD_KINDS
from .money import billing, chip_office, contracts, vouchers
from .oversight import appeals, compliance, idle, losses, lots, notices, quality, risk, upgrades, versions
from .provision import provision_from
from .terminals import keys
from .turn import Turn


def provision(turn: Turn, args: Args) -> Value:
    """`{merchant: [...]}` as in a provisioning file."""
    try:
        given = provision_from(args, turn.settings.dialects.keys())
    except ScenarioError as error:
        raise Refused("bad_provision", error.what) from None
    return {"terminals": len(given.terminals), "new": registry.provision(turn, given)}


def issue_tmk(turn: Turn, args: Args) -> Value:
    """`{sn} -> {components: [hex, hex], kcv}`: the key-loading room hands the TMK of a bound device to two custodians.

    Refused for a device that is not bound to an approved application: no key is issued before the approval.
    """
    sn = text_of(turn, args, "sn")
    device = turn.state.devices.get(sn)
    terminal = turn.state.terminals.get(device.terminal) if device else None
    if terminal is None or not terminal.tmk:
        raise Refused(
            "not_bound", Text(f"机具 {sn} 未绑定，不下发主密钥", f"device {sn} is not bound: no master key is issued")
        )
    if teams.waits(turn, "activation", terminal.application):
        raise Refused("queued", Text("激活排队中，不下发主密钥", "its activation is queued: no master key is issued"))
    algorithm = turn.settings.dialects[terminal.dialect].key_algorithm
    return keys.components(turn, bytes.fromhex(terminal.tmk), algorithm)


def snapshot(turn: Turn, args: Args) -> Value:
    """The host's books and registers, also as a trace event."""
    value = snapshots.snapshot(turn.state, turn.now)
    turn.note("snapshot", value)
    return value


def unresolved(turn: Turn, args: Args) -> Value:
    """What settlement left open."""
    return {"unresolved": list(turn.state.unresolved)}


def review(turn: Turn, args: Args) -> Value:
    """A reviewer decides at once."""
    application = onboarding.review(turn, args)
    return {"application": application.number, "state": application.state}


def hold(turn: Turn, args: Args) -> Value:
    """`{kind, subject, facts} -> {case}`: somebody at the provider stops a subject at once."""
    kind, facts = text_of(turn, args, "kind"), args.get("facts", {})
    row = HOLD_KINDS.get(kind)
    if row is None:
        known = ", ".join(HOLD_KINDS)
        raise bad_argument("kind", f"可用: {known}", f"known kinds: {known}")
    if not isinstance(facts, dict) or not set(facts) <= set(row.facts):
        known = ", ".join(row.facts)
        raise bad_argument("facts", f"可用: {known}", f"known facts: {known}")
    return {"case": holds.hold(turn, kind, text_of(turn, args, "subject"), **facts).case}


def release(turn: Turn, args: Args) -> Value:
    """`{case, why}`: a hold ends."""
    case = text_of(turn, args, "case")
    if case not in turn.state.holds.all:
        raise Refused("no_case", Text(f"没有案件 {case}", f"there is no case {case}"))
    holds.release(turn, case, text_of(turn, args, "why", "control"))
    return {"case": case}


CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {
    "provision": provision,
    "issue_tmk": issue_tmk,
    "snapshot": snapshot,
    "unresolved": unresolved,
    "review": review,
    "cause": behaviours.cause,
    "heal": behaviours.heal,
    "hold": hold,
    "release": release,
    **accounts.CONTROL,
    **losses.CONTROL,
    **lots.CONTROL,
    **quality.CONTROL,
    **companies.CONTROL,
    **handover.CONTROL,
    **parcels.CONTROL,
    **idle.CONTROL,
    "merchant": lambda turn, args: {"status": registry.merchant_status(turn, args)},
    **notices.CONTROL,
    **compliance.CONTROL,
    **contracts.CONTROL,
    **upgrades.CONTROL,
    **versions.CONTROL,
    "risk_rules": risk.set_rules,
    **billing.CONTROL,
    **vouchers.CONTROL,
    **appeals.CONTROL,
    **chip_office.CONTROL,
}
