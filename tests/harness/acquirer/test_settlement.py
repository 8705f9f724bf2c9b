"""Settlement: F48 tells the result, the batch moves once, the upload names what is missing.  Source: Chanjet POS
V2.0, F48.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from protocols.unionpay.message import Message
    from tests.harness.acquirer.conftest import Bench, Pos


def codes(reply: Message) -> tuple[str, str]:
    text = reply.text(48) or ""
    return text[30], text[61]


def test_balanced(bench: Bench, pos: Pos) -> None:
    sale = pos.sale(700)
    pos.sale(300)
    pos.void(sale, 700)
    reply = pos.settle((1000, 2), (700, 1))
    assert reply.mti == "0510"
    assert reply.bitmap.hex().upper() == "003A000008C18010"  # captured from an acquirer, without F39
    assert codes(reply) == ("1", "1")
    (row,) = [b for b in bench.ask("control", "snapshot")["batches"] if b["settled"]]
    told = (row["batch"], row["debit_fen"], row["debit_count"], row["credit_fen"], row["credit_count"])
    assert told == ("000001", 1000, 2, 700, 1)


def test_reversed_sales_do_not_count(pos: Pos) -> None:
    fields = pos.sale_fields(700)
    pos.ask("0200", fields, mac=True)
    pos.reverse(fields)
    assert codes(pos.settle((0, 0))) == ("1", "1")


def test_unbalanced_gives_the_hosts_totals(pos: Pos) -> None:
    pos.sale(700)
    reply = pos.settle((600, 1))
    assert codes(reply) == ("2", "1")
    assert (reply.text(48) or "")[:30] == "000000000700001000000000000000"


def test_a_repeated_settlement_moves_the_batch_once(bench: Bench, pos: Pos) -> None:
    pos.sale(700)
    first = pos.settle((700, 1))
    again = pos.settle((700, 1))
    assert again.text(48) == first.text(48)
    (terminal, _) = bench.ask("portal", "status", mid=pos.mid)["terminals"]
    assert terminal["batch"] == "000002"
    assert pos.sign_in().text(60) == "00000002003"


def test_the_old_batch_is_77_and_the_next_one_goes_without_sign_in(pos: Pos) -> None:
    pos.settle((0, 0))
    assert pos.sale(100).text(39) == "77"
    pos.batch = "000002"
    assert pos.sale(100).text(39) == "00"


def test_upload_finds_what_the_terminal_does_not_have(bench: Bench, pos: Pos) -> None:
    kept, lost = pos.sale(700), pos.sale(300)
    pos.settle((700, 1))
    entry = f"00{kept.text(11)}{'6212142000000000012':0>20}{700:012d}"
    detail = pos.ask("0320", {11: pos.next_stan(), 48: "01" + entry, 60: f"00{pos.batch}201"})
    assert detail.text(39) == "00"
    end = pos.ask("0320", {11: pos.next_stan(), 48: "0001", 60: f"00{pos.batch}202"})
    assert end.text(39) == "00"
    (item,) = bench.ask("control", "unresolved")["unresolved"]
    assert (item["stan"], item["amount_fen"]) == (lost.text(11), 300)
    again = pos.ask("0320", {11: pos.next_stan(), 48: "0001", 60: f"00{pos.batch}202"})
    assert again.text(39) == "00"
    assert len(bench.ask("control", "unresolved")["unresolved"]) == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_void_cancels_out_unless_the_terminal_does_not_know_of_it(bench: Bench, pos: Pos, known: bool) -> None:
    """Terminals upload neither a voided sale nor its void (PAX); one that missed the void uploads the sale."""
    voided, lost = pos.sale(700), pos.sale(300)
    undone = pos.void(voided, 700)
    pos.settle((700, 1), (700, 1) if known else (0, 0))
    if not known:
        entry = f"00{voided.text(11)}{'6212142000000000012':0>20}{700:012d}"
        pos.ask("0320", {11: pos.next_stan(), 48: "01" + entry, 60: f"00{pos.batch}201"})
    pos.ask("0320", {11: pos.next_stan(), 48: f"{int(not known):04d}", 60: f"00{pos.batch}202"})
    listed = [item["stan"] for item in bench.ask("control", "unresolved")["unresolved"]]
    assert listed == ([lost.text(11)] if known else [lost.text(11), undone.text(11)])


def test_chip_upload_and_balanced_end(pos: Pos) -> None:
    sale = pos.sale(700)
    pos.settle((700, 1))
    fields = {2: "6212142000000000012", 4: f"{700:012d}", 11: sale.text(11) or "", 22: "052", 23: "001"}
    reply = pos.ask("0320", {**fields, 60: f"00{pos.batch}20350", 62: b"610000000000000700156"})
    assert (reply.mti, reply.text(39)) == ("0330", "00")
    assert pos.ask("0320", {11: pos.next_stan(), 48: "0001", 60: f"00{pos.batch}207"}).text(39) == "00"


def test_upload_without_settlement_is_refused(pos: Pos) -> None:
    assert pos.ask("0320", {11: pos.next_stan(), 48: "0000", 60: f"00{pos.batch}207"}).text(39) == "12"


def test_settlement_needs_a_session(bench: Bench, pos: Pos) -> None:
    pos.ask("0820", {11: pos.next_stan(), 60: f"00{pos.batch}002"})
    reply = pos.settle((0, 0))
    assert reply.text(39) == "77"
