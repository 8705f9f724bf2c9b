"""What holds for every private field: any value is rebuilt unchanged or refused with DecodeError, records survive a
round trip, and an explanation never raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DecodeError, EncodeError
from protocols.tlv import Tlv
from protocols.unionpay.activation import ActivationState, State, build_state
from protocols.unionpay.dialect import CUP, Dialect
from protocols.unionpay.private import f48, f59, f62
from protocols.unionpay.private.f62_download import Download, DownloadList, ListQuery
from protocols.unionpay.private.f62_keys import KeySlot, SignInRequest, WorkingKeys
from protocols.unionpay.private.f62_lists import BinList, BinQuery, Coded, ContactlessList
from protocols.unionpay.private.layout import Context
from protocols.unionpay.private.lookup import STRUCTURES, Value, context_of, explain
from protocols.unionpay.private.subtags import FORMS, Sub, build_subs, parse_subs

DIALECTS = st.sampled_from(
    (
        CUP,
        Dialect(name="chanjet", f62_parameters="chanjet", order_fields=True, sn_field=57),
        Dialect(name="short", sn_length_base="decimal-2"),
    )
)
MTIS = ("0200", "0210", "0220", "0320", "0330", "0500", "0510", "0800", "0810", "0820", "0830", "")
CODES = ("000", "001", "003", "004", "101", "201", "202", "203", "206", "207", "350", "352", "360", "362", "370", "372",
         "373", "380", "382", "390", "394", "999", "")  # fmt: skip
CONTEXTS = st.builds(
    Context, st.sampled_from(MTIS), st.sampled_from(("00", "22", "34", "50", "60", "")), st.sampled_from(CODES)
)
HEADS = (b"", b"A2", b"A2010", b"A3", b"PI0", b"PI010", b"\xef\x01", b"Sequence No", b"SM016", b"TA", b"RQ", b"0", b"1",
         b"100", b"01", b"1160", b"FF8058", b"\xdf\x81\x01", b"CUP")  # fmt: skip
OCTETS = st.builds(lambda head, tail: head + tail, st.sampled_from(HEADS), st.binary(max_size=70))
FORMED = st.sampled_from((24, 40, 50, 60, 61, 75)).flatmap(lambda n: st.binary(min_size=n, max_size=n))
DIGITS = st.text("0123456789", max_size=90) | st.sampled_from((4, 8, 12, 16, 42, 62)).flatmap(
    lambda n: st.text("0123456789", min_size=n, max_size=n)
)
CHARACTERS = st.text(st.characters(codec="latin-1"), max_size=60)


def values_of(field: int) -> st.SearchStrategy[Value]:
    """Values as the field table of a message holds them, well formed and not."""
    if field in (53, 60, 61):
        return DIGITS | CHARACTERS
    if field == 48:
        return DIGITS | CHARACTERS | st.binary(max_size=70) | DIGITS.map(str.encode)
    if field in (44, 54):
        return DIGITS | CHARACTERS
    return OCTETS | FORMED | DIGITS.map(str.encode)


@pytest.mark.parametrize("field", sorted(STRUCTURES))
@given(data=st.data())
def test_any_value_is_rebuilt_or_refused(field: int, data: st.DataObject) -> None:
    value, dialect, context = data.draw(values_of(field)), data.draw(DIALECTS), data.draw(CONTEXTS)
    if field == 48 and isinstance(value, bytes):
        dialect = Dialect(name="cup-cbc", f48_form="ans")
    structure = STRUCTURES[field]
    rows = explain(field, value, context, dialect)
    assert all(path.startswith(str(field)) for path, _, _, _ in rows)
    refusal = None
    try:
        record = structure.parse(value, dialect, context)
    except DecodeError as error:
        refusal = error
        record = None
    if refusal is None:
        assert structure.build(record, dialect) == value
        return
    assert refusal.path.startswith(f"F{field}")
    assert 0 <= refusal.offset <= len(value)
    assert [meaning for *_, meaning in rows] == [refusal.what]


AMOUNTS, COUNTS = st.integers(0, 10**12 - 1), st.integers(0, 999)
TOTALS = st.builds(f48.Totals, AMOUNTS, COUNTS, AMOUNTS, COUNTS, st.sampled_from("0123"))
PANS = st.integers(10**12, 10**19 - 1).map(str)
ENTRIES = st.builds(
    f48.BatchEntry, st.sampled_from(("00", "01")), st.integers(0, 999_999).map("{:06d}".format), PANS, AMOUNTS
)


@given(st.builds(f48.Settlement, TOTALS, TOTALS))
def test_settlement_round_trip(record: f48.Settlement) -> None:
    value = f48.build_f48(record, CUP)
    assert len(value) == 62
    assert f48.parse_f48(value, CUP, Context("0510", "00", "201")) == record


@given(st.lists(ENTRIES, max_size=8).map(tuple))
def test_batch_detail_round_trip(entries: tuple[f48.BatchEntry, ...]) -> None:
    value = f48.build_f48(f48.BatchDetail(entries), CUP)
    assert f48.parse_f48(value, CUP, Context("0320", "00", "201")) == f48.BatchDetail(entries)


@pytest.mark.parametrize(
    "record",
    [
        f48.Settlement(f48.Totals(10**12)),
        f48.Settlement(f48.Totals(-1)),
        f48.Settlement(f48.Totals(0, 1000)),
        f48.BatchDetail((f48.BatchEntry("00", "000001", "1", 1),) * 9),
        f48.BatchDetail((f48.BatchEntry("00", "000001", "1" * 21, 1),)),
        f48.BatchEnd(10000),
    ],
)
def test_settlement_out_of_range(record: f48.F48) -> None:
    with pytest.raises(EncodeError):
        f48.build_f48(record, CUP)


def octets(size: int) -> st.SearchStrategy[bytes]:
    """Exactly `size` octets, the last one not zero, so that no cipher text looks like filler."""
    return st.binary(min_size=size, max_size=size).map(lambda b: b[:-1] + bytes([b[-1] or 1]))


def slot(kind: str, size: int, kcv: int = 4) -> st.SearchStrategy[KeySlot]:
    return st.builds(KeySlot, st.just(kind), octets(size), octets(kcv))


SINGLE_MAK = st.builds(KeySlot, st.just("MAK"), octets(8), octets(4), st.just(bytes(8)))
KEYS = (
    st.tuples(slot("PIK", 8), slot("MAK", 8)).map(WorkingKeys)
    | st.tuples(slot("PIK", 16), slot("MAK", 16) | SINGLE_MAK).map(WorkingKeys)
    | st.tuples(slot("PIK", 16), slot("MAK", 16) | SINGLE_MAK, slot("TDK", 16)).map(WorkingKeys)
    | st.lists(
        st.sampled_from(("TMK", "PIK", "MAK", "TDK")).flatmap(lambda k: slot(k, 16, 8)), min_size=1, max_size=4
    ).map(lambda slots: WorkingKeys(tuple(slots), blocks=True))
)


@given(KEYS)
def test_working_keys_round_trip(record: WorkingKeys) -> None:
    assert f62.parse_f62(f62.build_f62(record, CUP), CUP, Context("0810", "00", "004")) == record


@pytest.mark.parametrize(
    "record",
    [
        WorkingKeys((KeySlot("MAK", bytes(16), bytes(4)), KeySlot("PIK", bytes(16), bytes(4)))),  # order
        WorkingKeys((KeySlot("PIK", bytes(16), bytes(8)), KeySlot("MAK", bytes(8), bytes(4)))),  # 36 octets
        WorkingKeys((KeySlot("PIK", bytes(12), bytes(8)), KeySlot("MAK", bytes(16), bytes(4)))),  # 40, cut elsewhere
        WorkingKeys(()),
        WorkingKeys((), blocks=True),
        WorkingKeys((KeySlot("PIK", bytes(16), bytes(4)),), blocks=True),
        WorkingKeys((KeySlot("PIK", bytes(16), bytes(8)),) * 5, blocks=True),
        SignInRequest("315", "1"),
        SignInRequest("3150", "序列号"),
        SignInRequest("3150", "1" * 96),
        ListQuery(100),
        BinQuery(1000),
        BinList("1"),
        BinList("9", 1),
        ContactlessList((Coded("FF80", b"1"),)),
    ],
)
def test_f62_out_of_range(record: f62.F62) -> None:
    with pytest.raises(EncodeError):
        f62.build_f62(record, CUP)


@given(st.text(st.characters(codec="latin-1"), min_size=4, max_size=4), st.text("0123456789ABC-", max_size=95))
def test_sign_in_request_round_trip(licence: str, serial: str) -> None:
    record = SignInRequest(licence, serial)
    assert f62.parse_f62(f62.build_f62(record, CUP), CUP, Context("0800", "00", "001")) == record


ITEMS = st.lists(st.builds(Tlv, st.sampled_from((0x9F06, 0x9F22, 0xDF02, 0x84)), st.binary(max_size=140)), max_size=6)


@given(ITEMS.map(tuple), st.sampled_from("012"))
def test_download_round_trip(items: tuple[Tlv, ...], more: str) -> None:
    listed = DownloadList(more, items)
    assert f62.parse_f62(f62.build_f62(listed, CUP), CUP, Context("0830", "00", "372")) == listed
    assert sum(len(group) for group in listed.records()) == len(items)
    one = Download("1", items)
    assert f62.parse_f62(f62.build_f62(one, CUP), CUP, Context("0810", "00", "370")) == one


@pytest.mark.parametrize("name", sorted(FORMS))
@given(data=st.data())
def test_subtags_round_trip(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    tag = st.text("0123456789ABCDEF", min_size=2, max_size=2)
    if name == "bcd-1":
        tag = st.text("0123456789ABCDEF", min_size=4, max_size=4)
    subs = st.builds(Sub, tag, st.binary(max_size=min(form.most, 120)))
    items = tuple(data.draw(st.lists(subs, max_size=5)))
    assert parse_subs(build_subs(items, form, "F59"), form, "F59") == items


@pytest.mark.parametrize(("name", "most"), [("decimal-2", 99), ("decimal-3", 999), ("hex-2", 255), ("binary", 255)])
def test_subtags_say_how_long_they_can_be(name: str, most: int) -> None:
    assert len(build_subs([Sub("05", bytes(most))], FORMS[name], "F59")) > most
    with pytest.raises(EncodeError):
        build_subs([Sub("05", bytes(most + 1))], FORMS[name], "F59")


def test_explanation_names_what_is_inside() -> None:
    """The rows that a face shows, for three fields whose meaning rests on the context."""
    fields: dict[int, Value] = {60: "00000006201"}
    context = context_of("0510", fields, CUP)
    assert context == Context("0510", "00", "201")
    rows = explain(48, "0" * 30 + "2" + "0" * 30 + "1", context, CUP)
    assert [(p, v, m.zh) for p, _, v, m in rows if m] == [("48.1.5", "2", "对账不平"), ("48.2.5", "1", "对账平")]
    state = build_state(ActivationState(State.LOST), CUP)
    ((path, name, value, meaning),) = explain(62, state, Context("0810", "00", "101"), CUP)
    assert (path, name.zh, value) == ("62.DF8101", "状态", "lost")
    assert meaning == State.LOST.text
    device = f59.device_usage(f59.DeviceInfo("04", "SN1"))
    rows = explain(59, f59.build_f59(f59.F59((device,)), CUP), Context(), CUP)
    assert [(p, v) for p, _, v, _ in rows] == [("59.A2.01", "04"), ("59.A2.02", "SN1")]
    assert explain(56, "成功".encode("gbk"), Context(), CUP)[0][2] == "成功"
    assert explain(11, "000001", Context(), CUP) == []


def test_explanation_of_a_broken_value_says_why() -> None:
    ((path, _, value, meaning),) = explain(55, bytes.fromhex("9F3602"), Context(), CUP)
    assert (path, value) == ("55", "9F3602")
    assert meaning is not None and "2" in meaning.en


def test_context_without_a_readable_f60() -> None:
    assert context_of("0800", {60: "12345"}, CUP) == Context("0800")
    assert context_of("0800", {}, CUP) == Context("0800")
