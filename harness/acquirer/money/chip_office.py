"""What the bench may ask the issuer of chip cards: what is known of each, and to block or unblock one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.text import Text

from ..asks import Args, Refused, Value, text_of
from ..state import State
from ..turn import Turn, shown_card
from .chip import card_of
from .issuers import issuer_of


def rows(state: State) -> list[Value]:
    """`[{pan, issuer, atc, wrong, blocked, scripts: [{id, commands, state}]}]`, `pan` as slips show it."""
    return [
        {
            "pan": card.shown,
            "issuer": card.issuer,
            "atc": card.atc,
            "wrong": card.wrong,
            "blocked": card.blocked,
            "scripts": [{"id": s.id, "commands": s.commands, "state": s.state} for s in card.scripts],
        }
        for card in state.chips.cards.values()
    ]


def cards(turn: Turn, args: Args) -> Value:
    """`{} -> {cards: [...], tc_wrong: {"MID/TID/BATCH/STAN": why}}`."""
    return {"cards": rows(turn.state), "tc_wrong": dict(turn.state.chips.tc_wrong)}


def block_card(turn: Turn, args: Args) -> Value:
    """`{pan, why}`: the issuer refuses the card from now on (62), and tells it to block itself by script.

    `why` empty ends it; a card that has blocked itself stays so.  Raises Refused for a card of no known issuer.
    """
    pan, why = text_of(turn, args, "pan"), text_of(turn, args, "why", "")
    issuer = issuer_of(turn.settings.issuers, pan)
    if issuer is None:
        raise Refused("issuer_unknown", Text("没有该卡的发卡行", "nobody is known who issued this card"))
    name, shown = turn.card_hash(pan), shown_card(pan)
    known = card_of(turn.state, name)
    before = known.blocked if known else ""
    turn.record("chip_changed", card=name, shown=shown, issuer=issuer.name, blocked=why)
    turn.changed("chip", shown, "blocked" if before else "", "blocked" if why else "open", why or "control")
    return {"pan": shown, "blocked": why}


CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {"cards": cards, "block_card": block_card}
