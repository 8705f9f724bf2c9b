"""Lost records: noticed by count and checksums, put right from a backup and the host's list; nothing twice."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.unionpay.message import Message

from .scripted import BATCH, CARD, MID, TID, Bench, PowerCut, ready_settings

PIN = "123456"


def sold(*amounts: int) -> Bench:
    bench = Bench(ready_settings())
    bench.get_ready()
    for amount in amounts:
        assert bench.sell(amount)["status"] == "done"
    return bench


def lose(bench: Bench, behaviour: str = "storage_wiped", **settings: Any) -> None:
    assert bench.ask("control", "cause", behaviour=behaviour, **settings).ok
    bench.boot()


def listed(*rows: tuple[str, str, int], last: int = 0, **changes: Any) -> dict[str, Any]:
    """The host's list, as the portal tells it: kind and amount by trace number."""
    postings = [
        {"stan": stan, "kind": kind, "amount_fen": fen, "card": "621214*********0012", "rrn": stan.rjust(12, "0")}
        | {
            "auth": "654321",
            "date": "1121",
            "time": "101112",
            "original": "",
            "original_batch": "",
            "status": "approved",
        }
        for stan, kind, fen in rows
    ]
    told = {"mid": MID, "tid": TID, "batch": BATCH, "settled": False, "last_stan": last, "postings": postings}
    return {**told, **changes}


def stans(bench: Bench) -> list[str]:
    return [entry["stan"] for entry in bench.snapshot["entries"]]


# how it is noticed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["batch", "all"])
def test_a_wiped_storage_is_noticed_at_the_start_and_nothing_is_sold(what: str) -> None:
    bench = sold(100, 200)
    lose(bench, what=what)
    (part,) = [note.data for note in bench.notes if note.kind == "part" and note.data["part"] == "storage"]
    assert (part["what"], part["ok"], part["count"]) == ("checksum", False, 2)
    before = len(bench.sent)
    assert bench.sell(300)["cause"] == "storage_fault"
    assert len(bench.sent) == before, "no frame leaves"
    local = bench.do("local_status")["local"]
    assert local["storage"] == {"ok": False, "lost": 2}
    assert local["version"] == "1.0.0"
    assert bench.do("self_test")["parts"] == ["storage"]


def test_a_sound_storage_says_nothing() -> None:
    bench = sold(100, 200)
    bench.do("void", stan=stans(bench)[0])
    bench.boot()
    assert bench.do("settle")["balanced"]
    bench.boot()
    assert not [note for note in bench.notes if note.kind == "part" and note.data["part"] == "storage"]


@given(st.integers(1, 4))
def test_each_damaged_record_is_found(records: int) -> None:
    bench = sold(100, 200, 300)
    lose(bench, "storage_corrupted", records=records)
    assert len(stans(bench)) == 3 - min(records, 3)
    assert bench.do("local_status")["local"]["storage"]["lost"] == min(records, 3)


def test_a_settlement_finds_damage_without_a_restart_and_uploads_what_is_sound() -> None:
    bench = sold(100, 200)
    bench.ask("control", "cause", behaviour="storage_corrupted")

    def unbalanced(request: Message, reply: Message) -> Message:
        totals = str(reply.get(48))
        return reply.replacing({48: totals[:30] + "2" + totals[31:]}) if request.mti == "0500" else reply

    bench.host.change = unbalanced
    bench.do("settle")
    (totals,) = [message for message in bench.host.seen if message.mti == "0500"]
    assert str(totals.get(48))[:15] == "000000000100" + "001"
    detail = next(message for message in bench.host.seen if message.mti == "0320")
    assert str(detail.get(48))[:2] == "01"


# restore ---------------------------------------------------------------------------------------------------------


def test_a_complete_backup_ends_the_fault_and_the_books_are_what_they_were() -> None:
    bench = sold(100, 200)
    bench.do("void", stan=stans(bench)[0])
    before, medium = bench.snapshot, bench.do("backup")["medium"]
    lose(bench)
    assert stans(bench) == []
    outcome = bench.do("restore", medium=medium)
    assert (outcome["status"], outcome["entries"], outcome["missing"]) == ("done", 3, 0)
    assert bench.snapshot["entries"] == before["entries"]
    assert bench.sell(300)["status"] == "done"
    bench.boot()
    assert bench.do("local_status")["local"]["storage"]["ok"]


def test_an_incomplete_backup_leaves_the_fault() -> None:
    bench = sold(100)
    medium = bench.do("backup")["medium"]
    bench.sell(200)
    lose(bench)
    assert bench.do("restore", medium=medium)["missing"] == 1
    assert bench.sell(300)["cause"] == "storage_fault"


def test_restoring_twice_or_without_a_loss_changes_nothing() -> None:
    bench = sold(100)
    medium = bench.do("backup")["medium"]
    bench.sell(200)
    before = bench.snapshot
    for _ in range(2):
        assert bench.do("restore", medium=medium)["entries"] == 0
    assert bench.snapshot == before, "what is newer than the backup stays"


def test_what_a_terminal_must_not_take() -> None:
    bench, other = sold(100), sold()
    old = bench.do("backup")["medium"]
    other.settings.serial = "SN-OTHER"
    foreign = other.do("backup")["medium"]
    bench.ask("control", "settings", clear_backup=True)
    clear = bench.do("backup")["medium"]
    assert CARD.pan.encode() in b64decode(clear), "the leak that it is"
    assert bench.do("restore", medium=clear)["cause"] == "backup_clear"
    assert bench.do("restore", medium=foreign)["cause"] == "backup_foreign"
    assert bench.do("restore", medium=old[:-4])["cause"] == "backup_damaged"
    assert bench.do("restore")["cause"] == "backup_damaged"
    bench.do("settle")
    assert bench.do("restore", medium=old)["cause"] == "not_signed_in"
    bench.host.change = lambda request, reply: (
        reply.replacing({60: "00000043003"}) if str(request.get(60))[8:11] == "003" else reply
    )
    bench.do("sign_in")
    assert bench.do("restore", medium=old)["cause"] == "backup_old"


# the host's list -------------------------------------------------------------------------------------------------


def test_the_list_supplies_what_is_missing_and_the_trace_number_goes_on() -> None:
    bench = sold(100, 200)
    first, second = stans(bench)
    lose(bench, what="all")
    bench.get_ready()
    told = listed((first, "sale", 100), (second, "sale", 200), last=int(second) + 3)
    outcome = bench.do("host_list", listed=told)
    assert (outcome["supplied"], outcome["supplied_fen"], outcome["unknown"]) == (2, 300, 0)
    assert (outcome["only_here"], outcome["different"], outcome["difference_fen"]) == ([], [], 0)
    assert bench.snapshot["next_stan"] == int(second) + 4, "declined and reversed ones are behind us, too"
    assert bench.sell(300)["status"] == "done"
    slips = len(bench.slips())
    assert bench.do("reprint", stan=first)["status"] == "done"
    lines = [line["en"] for line in bench.slips()[slips].data["lines"]]
    assert "From the host's list" in lines and "Card 621214*********0012" in lines
    assert bench.do("settle")["debit_fen"] == 600


def test_a_list_may_come_twice() -> None:
    bench = sold(100)
    told = listed((stans(bench)[0], "sale", 100), ("000900", "sale", 500))
    assert bench.do("host_list", listed=told)["supplied"] == 1
    before = bench.snapshot
    assert bench.do("host_list", listed=told)["supplied"] == 0
    assert bench.snapshot == before


def test_what_nobody_knows_is_told() -> None:
    bench = sold(100, 200)
    lose(bench)
    outcome = bench.do("host_list", listed=listed(("000900", "sale", 500)))
    assert (outcome["supplied"], outcome["unknown"], outcome["difference_fen"]) == (1, 1, 0)
    assert bench.sell(300)["status"] == "done", "people have decided"


def test_another_amount_and_what_only_the_terminal_has_are_told_and_left_alone() -> None:
    bench = sold(100, 200)
    first, second = stans(bench)
    outcome = bench.do("host_list", listed=listed((first, "sale", 150)))
    assert (outcome["only_here"], outcome["different"], outcome["difference_fen"]) == ([second], [first], 150 - 300)
    assert [entry["amount_fen"] for entry in bench.snapshot["entries"]] == [100, 200]


def test_a_void_in_the_list_ends_its_original() -> None:
    bench = sold(100)
    sale = stans(bench)[0]
    told = listed((sale, "sale", 100), ("000900", "void", 100))
    told["postings"][1]["original"] = sale
    outcome = bench.do("host_list", listed=told)
    assert (outcome["supplied"], outcome["difference_fen"]) == (1, 0)
    assert [entry["status"] for entry in bench.snapshot["entries"]] == ["voided", "approved"]


def test_a_supplied_sale_cannot_be_voided_without_its_card_but_refunded_with_it() -> None:
    bench = sold()
    bench.do("host_list", listed=listed(("000900", "sale", 500)))
    assert bench.do("void", stan="000900")["cause"] == "no_card_data"
    bench.ask("person", "present", card="debit", how="swipe")
    assert bench.do("refund", stan="000900", batch=BATCH)["status"] == "done"
    assert bench.host.seen[-1].text(2) == CARD.pan


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"tid": "99999999"}, "list_foreign"),
        ({"mid": "000000000000001"}, "list_foreign"),
        ({"batch": "000041"}, "list_old"),
        ({"settled": True}, "list_old"),
        ({"batch": 42}, "bad_request"),
        ({"last_stan": True}, "bad_request"),
        ({"last_stan": 1_000_000}, "bad_request"),
        ({"postings": "none"}, "bad_request"),
        ({"postings": [{}]}, "bad_request"),
        ({"postings": [{**listed(("000001", "sale", 1))["postings"][0], "kind": "unheard of"}]}, "bad_request"),
        ({"postings": [{**listed(("000001", "sale", 1))["postings"][0], "amount_fen": -1}]}, "bad_request"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(change: dict[str, Any], cause: str) -> None:
    bench = sold(100)
    before = bench.snapshot
    assert bench.do("host_list", listed=listed(**change))["cause"] == cause
    assert bench.snapshot == before


@pytest.mark.parametrize("booked", [True, False])
def test_a_reversal_that_the_storage_lost_goes_to_people_where_the_host_booked(booked: bool) -> None:
    bench = sold(100)
    first = stans(bench)[0]
    bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    assert bench.sell(200)["status"] == "unknown"
    lost = bench.snapshot["pending_reversal"]["stan"]
    bench.host.change = None
    lose(bench, what="all")
    assert bench.snapshot["pending_reversal"] is None
    bench.get_ready()
    rows = [(first, "sale", 100), *([(lost, "sale", 200)] if booked else [])]
    outcome = bench.do("host_list", listed=listed(*rows, last=int(lost if booked else first)))
    assert (outcome["supplied"], outcome["unknown"]) == (1, 0)
    items = [(item["stan"], item["amount_fen"], item["reason"]) for item in bench.snapshot["unresolved"]]
    assert items == ([(lost, 200, "lost")] if booked else [])
    assert [note.data["stan"] for note in bench.slips() if note.data["kind"] == "unresolved"] == [lost] * booked
    assert stans(bench) == [first], "the customer was never told that it was paid"
    assert int(bench.sell(300)["stan"]) > int(lost)


def test_an_advice_that_the_storage_lost_goes_to_people_where_the_host_never_had_it() -> None:
    bench = sold(100)
    first = stans(bench)[0]
    bench.host.change = lambda request, reply: None if request.mti == "0220" else reply
    bench.ask("person", "present", card="debit", how="swipe")
    assert bench.do("completion_advice", auth="654321", date="1121", amount_fen=500)["status"] == "unknown"
    lost = bench.snapshot["pending_advice"]["stan"]
    bench.host.change = None
    lose(bench, what="all")
    bench.get_ready()
    outcome = bench.do("host_list", listed=listed((first, "sale", 100), last=int(first)))
    assert (outcome["supplied"], outcome["unknown"]) == (1, 1)
    assert [item["stan"] for item in bench.snapshot["unresolved"]] == [lost]
    assert int(bench.sell(300)["stan"]) > int(lost), "it left the terminal once, and may reach the host yet"


def test_nothing_is_put_into_a_batch_that_is_being_settled() -> None:
    bench = sold(100)
    medium, told = bench.do("backup")["medium"], listed((stans(bench)[0], "sale", 100))
    bench.host.change = lambda request, reply: None if request.mti == "0320" else reply
    assert bench.do("settle")["status"] == "no_answer"
    assert bench.do("restore", medium=medium)["cause"] == "batch_upload_pending"
    assert bench.do("host_list", listed=told)["cause"] == "batch_upload_pending"


@pytest.mark.parametrize("effects", range(12))
def test_a_power_cut_while_the_books_are_put_right(effects: int) -> None:
    """Whatever was carried out by then, the same list puts right what is left, and hands over nothing twice."""
    bench = sold(100)
    first = stans(bench)[0]
    bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    bench.sell(200)
    pending = bench.snapshot["pending_reversal"]["stan"]
    bench.host.change = None
    lose(bench, what="all")
    bench.get_ready()
    told = listed((first, "sale", 100), (pending, "sale", 200), last=int(pending))
    bench.cut_after = effects
    try:
        bench.do("host_list", listed=told)
    except PowerCut:
        bench.boot()
    bench.cut_after = None
    outcome = bench.do("host_list", listed=told)
    assert (outcome["difference_fen"], outcome["unknown"]) == (200, 0), "what people have to settle is no entry"
    assert (stans(bench), [item["stan"] for item in bench.snapshot["unresolved"]]) == ([first], [pending])
    assert bench.sell(300)["status"] == "done"


# all of it -------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["batch", "all"]))
def test_backup_and_list_together_bring_the_books_back_to_the_fen(before: int, after: int, what: str) -> None:
    bench = sold(*(100 + n for n in range(before)))
    medium = bench.do("backup")["medium"]
    for n in range(after):
        bench.sell(1_000 + n)
    entries = [(entry["stan"], entry["amount_fen"]) for entry in bench.snapshot["entries"]]
    told = listed(*((stan, "sale", fen) for stan, fen in entries), last=int(entries[-1][0]) if entries else 0)
    lose(bench, what=what)
    if what == "all":
        bench.get_ready()
    assert bench.do("restore", medium=medium)["entries"] == before
    outcome = bench.do("host_list", listed=told)
    assert (outcome["supplied"], outcome["difference_fen"], outcome["unknown"]) == (after, 0, 0)
    assert [(entry["stan"], entry["amount_fen"]) for entry in bench.snapshot["entries"]] == entries
    sold_again = bench.sell(5)
    assert sold_again["stan"] not in [stan for stan, _ in entries]
    assert len(bench.host.ledger) == len(entries) + 1
    assert json.dumps(bench.snapshot)


def test_a_record_from_before_has_no_checksum_in_it() -> None:
    """Entries that an earlier version persisted lack the two new fields; they are sound when they are read."""
    bench = sold(100)
    for record in bench.records:
        if record["kind"] == "entry":
            for name in ("check", "supplied"):
                del record["entry"][name]
    bench.boot()
    assert stans(bench) and bench.do("local_status")["local"]["storage"]["ok"]
    assert asdict(bench.terminal.desk.state.entries[0])["check"]
