"""What a report says of ZVT messages, in both languages."""

from __future__ import annotations

from harness.reports import words, zvt_words
from protocols.zvt.commands import NAMES, STATUS_INFORMATION
from protocols.zvt.explain import trace_fields
from protocols.zvt.message import ZvtMessage, parse


def test_every_command_has_a_title_in_both_languages() -> None:
    for name in NAMES.values():
        assert zvt_words.title(name.en) == name
    assert words.kind_title("intermediate status", "").zh == "中间状态"
    assert words.kind_title("positive answer", "").zh == "肯定应答"
    # PA00P015 chapter 10: 6B, the terminal is not registered.
    assert (
        words.kind_title("negative answer 6B", "").en == "negative answer 6B: function deactivated (PT not registered)"
    )
    assert zvt_words.title("sale") is None


def test_values_have_names_and_codes_their_meaning() -> None:
    # bezahl-online, capture: aborted by key or time-out.
    msg = parse(bytes.fromhex("040f07276c2929001006"))
    told = {path: (name.en, value, said and said.en) for path, name, value, said in _rows("status information", msg)}
    assert told["bmp27"] == ("result code", "6C", "abort by time-out or abort key")
    assert told["bmp29"] == ("terminal id", "29001006", None)
    shown = parse(bytes.fromhex("04ff1e0a01061a241807164269747465204b617274652065696e737465636b656e"))
    told = {path: (name.en, value, said and said.en) for path, name, value, said in _rows("intermediate status", shown)}
    assert told["status"] == ("status", "0A", "insert card")
    assert told["tlv/24/07"] == ("text line", "Bitte Karte einstecken", None)


def test_a_refund_of_another_protocol_is_not_taken_for_one() -> None:
    assert zvt_words.rows("refund", {"9F01": "04", "9F02": "000000000100"}) is None
    assert zvt_words.rows("refund", {"bmp04": "000000000100"}) is not None
    assert zvt_words.CONTROLS["status information"] == STATUS_INFORMATION


def _rows(kind: str, msg: ZvtMessage) -> list[zvt_words.Row]:
    found = zvt_words.rows(kind, trace_fields(msg))
    assert found is not None
    return list(found)
