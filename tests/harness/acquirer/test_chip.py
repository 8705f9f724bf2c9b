"""The issuer's side: right cryptograms are taken once, everything else is refused and moves no money."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.acquirer.money.issuers import load_issuers
from harness.acquirer.settings import CardAccount
from harness.machine import Note
from protocols.emv.cryptograms import KeySet
from protocols.unionpay import pin
from protocols.unionpay.message import Message, Value

from .chip_card import ChipCard, f55, objects
from .conftest import PAN, Bench, Pos

VECTORS = Path(__file__).parents[2] / "protocols" / "vectors" / "emv.json"
EXAMPLES: dict[str, Any] = {row["id"]: row for row in json.loads(VECTORS.read_text(encoding="utf-8"))["cryptogram"]}


@pytest.fixture
def bench() -> Bench:
    return Bench.made(issuers=load_issuers("test"))


@pytest.fixture
def card() -> ChipCard:
    return ChipCard(PAN)


def sale(
    pos: Pos, card: ChipCard, amount_fen: int = 100, values: dict[str, str] | None = None, **fields: Any
) -> Message:
    """A contact sale without PIN of this card; `values` are those of F55, `fields` others as f22="072"."""
    chip = card.values(amount_fen) if values is None else values
    return pos.ask("0200", request(pos, card, amount_fen, chip) | {int(n[1:]): v for n, v in fields.items()}, mac=True)


def request(pos: Pos, card: ChipCard, amount_fen: int, values: dict[str, str]) -> dict[int, Value]:
    fields = pos.sale_fields(amount_fen, pan=card.pan)
    return fields | {14: "3012", 23: card.psn.zfill(3), 55: f55(values)}


def decision(bench: Bench) -> dict[str, Any]:
    (note,) = [e for e in bench.effects if isinstance(e, Note) and e.kind == "decision"]
    return dict(note.data)


def told(bench: Bench, what: str) -> dict[str, Any]:
    (note,) = [e for e in bench.effects if isinstance(e, Note) and e.kind == "chip" and e.data["what"] == what]
    return dict(note.data)


def test_the_published_cryptogram_is_accepted_and_its_answer_is_the_published_one() -> None:
    """The worked example's answer is to the code 01: the issuer of this card is asked to be called."""
    example = EXAMPLES["pboc-cvn01-3des"]
    account = CardAccount(balance_fen=10_000, status="01")
    bench = Bench.made(issuers=load_issuers("test"), cards={example["pan"]: account})
    pos = Pos(bench)
    pos.sign_in()
    assert pos.keys is not None
    card = ChipCard(example["pan"])
    block = pin.encrypt("123456", card.pan, pos.keys.pik)
    values = example["tags"] | {"9F10": example["9F10"]}
    reply = sale(pos, card, 1, values, f22="051", f26="06", f52=block, f53="2600000000000000")
    assert (reply.text(39), decision(bench)["cause"]) == ("01", "card_status")
    assert told(bench, "arqc")["ok"] is True
    assert objects(reply.octets(55) or b"") == {"9F36": "0240", "91": example["tag91"]}


def test_the_published_sm4_cryptogram_is_accepted_and_answered(make_bench: Callable[..., Bench]) -> None:
    example = EXAMPLES["pboc-cvn17-sm4"]
    (issuer,) = [one for one in load_issuers("test") if one.name == "posrig-gm"]
    own = replace(issuer, bins=("621498",), keys=KeySet(bytes.fromhex(example["imk_ac"]), bytes(16), bytes(16)))
    bench = make_bench(issuers=(own,))
    pos = Pos(bench)
    pos.sign_in()
    x = example["ac_input"]
    values = {
        "9F26": example["arqc"], "9F27": "80", "9F10": f"07011703{x[-6:]}04", "9F37": x[50:58], "9F36": x[62:66],
        "95": x[28:38], "9A": x[42:48], "9C": x[48:50], "9F02": x[:12], "5F2A": x[38:42], "82": x[58:62],
        "9F1A": x[24:28], "9F03": x[12:24],
    }  # fmt: skip
    fields = pos.sale_fields(1, pan=example["pan"]) | {
        23: "000",
        55: f55(values),
        3: "310000",
        60: f"01{pos.batch}00050",
    }
    del fields[4]
    reply = pos.ask("0200", fields, mac=True)
    assert reply.text(39) == "00"
    assert objects(reply.octets(55) or b"")["91"] == example["arpc"] + example["arc"]
