"""Inspection rounds: lists as people make them, what is next, whose a result is, the sheet, hand-over and back."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench_check.model import Answer, Question
from harness.bench_check.options import Wish
from harness.bench_check.rounds.handover import guarded, import_round, read_handover
from harness.bench_check.rounds.progress import Progress, merge, open_round, record, result_of, skipped
from harness.bench_check.rounds.run import run_round, visit_wish
from harness.bench_check.rounds.sheet import sheet_of
from harness.bench_check.rounds.terminals import ENTRIES_MAX, RoundEntry, date_of, parse_list
from harness.bench_check.settings import Settings
from harness.stores.rounds import RoundStore
from harness.stores.visits import VisitStore
from protocols.errors import ScenarioError

from .records import failed_record, good_record

LIST = """序列号,商户,地址,终端号,商户号,联系人,电话,期限
N1,甲店,东街1号,10000001,M1,张三,13800000000,2026-11-20
N2,乙店,西街2号,10000002,M2,李四,,2026-12-01
N3,丙店,,,,,,
"""
NOON = "2026-11-22T12:00:00+08:00"


def entries(text: str) -> tuple[RoundEntry, ...]:
    return parse_list(text.encode(), "round.csv").entries


# Lists --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_is_read_however_it_was_saved(code: str, separator: str, end: str) -> None:
    octets = LIST.replace(",", separator).replace("\n", end).encode(code)
    first, second, third = parse_list(octets, "round.csv").entries
    assert first == RoundEntry(
        1, "N1", "甲店", "东街1号", "10000001", "M1", "张三", "13800000000", "2026-11-20", "", ""
    )
    assert (second.key, third.key, third.due) == ("sn N2", "sn N3", "")


@pytest.mark.parametrize(
    "header",
    [
        "sn,merchant,tid", "Serial Number;Merchant Name;Terminal ID", "S/N\tShop\tTID", "机身号,商户名称,终端编号",
        '"Serial No. *","Merchant (name)","TID"', "序列号（SN）,商户,终端号", "sep=;\nSN;商户;终端号",
    ],
)  # fmt: skip
def test_columns_are_known_by_the_names_that_people_give_them(header: str) -> None:
    line = header.splitlines()[-1]
    separator = next(one for one in ";\t," if one in line)
    (one,) = entries(f"{header}\nN1{separator}甲店{separator}7\n")
    assert (one.sn, one.merchant, one.tid) == ("N1", "甲店", "7")


def test_quotes_blank_lines_and_unknown_columns() -> None:
    found = parse_list(b'sn,colour,address\n\nN1,red,"1, ""Main"" St\nback door"\n,,\nN2,blue,x\n', "r.csv")
    assert [(one.number, one.address) for one in found.entries] == [(1, '1, "Main" St back door'), (2, "x")]
    assert "colour" in found.notes[0].en


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sn,tid\nN1,1\nN1,2\n", "line 3, column 1 (sn): N1 was on line 2 already"),
        ("tid,mid\n1,M\n1,M\n", "line 3, column 1 (tid): 1 was on line 2 already"),
        ('sn,note\nN1,"a\nb"\nN1,\n', "line 4, column 1 (sn): N1 was on line 2 already"),
        ("商户,序列号\n甲,8.98E+14\n", "line 2, column 2 (序列号): 8.98E+14 is a number that Excel has rounded"),
        ("sn,due\nN1,3/4/26\n", "line 2, column 2 (due): '3/4/26' is no date"),
        ("sn,due\nN1,2026-02-30\n", "line 2, column 2 (due): '2026-02-30' is no date"),
        ("sn,merchant\n,甲\n", "line 2: there is neither a serial number nor a terminal number"),
        ("merchant,address\n甲,x\n", "no column has serial numbers"),
        ("sn,序列号\nN1,N1\n", "line 1, column 2 (序列号): two columns are Serial number"),
        ("sn\n", "it has no terminal"),
        ("", "no column has serial numbers"),
        ('sn,note\nN1,"a\n', "line 2: the quotes are wrong"),
        (f"sn,note\nN1,{'x' * 201}\n", "line 2, column 2 (note): it has more than 200 characters"),
        ("sn\n" + "".join(f"N{n}\n" for n in range(ENTRIES_MAX + 1)), f"more than {ENTRIES_MAX} terminals"),
    ],
)
def test_what_is_wrong_with_a_list_is_told_by_its_place(text: str, words: str) -> None:
    with pytest.raises(ScenarioError) as told:
        entries(text)
    assert words in told.value.what.en


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "Excel workbook"),
        (b"sn\n\xff\xff\xff\n", "neither UTF-8 nor GBK"),
        (b"sn\nN\x001\n", "neither UTF-8 nor GBK"),
        (b"x" * (4 * 1024 * 1024 + 1), "more than 4194304 octets"),
    ],
)
def test_what_is_no_list_is_told(octets: bytes, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        parse_list(octets, "round.csv")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-30", "2026-11-30"), ("2026/1/5", "2026-01-05"), ("2026年11月3日", "2026-11-03"),
        ("20261103", "2026-11-03"), ("2026.1.5", "2026-01-05"), ("2026-11-30 00:00:00", "2026-11-30"),
        ("30/11/2026", None), ("2026-13-01", None), ("soon", None),
    ],
)  # fmt: skip
def test_dates(said: str, meant: str | None) -> None:
    assert date_of(said) == meant


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ("sn,due\n" + text).encode()))
def test_any_octets_are_a_list_or_an_error_with_words(octets: bytes) -> None:
    try:
        found = parse_list(octets, "round.csv").entries
    except ScenarioError:
        return
    assert len({one.key for one in found}) == len(found)


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20).filter(
    lambda cell: not cell.startswith("'")
)
"""An apostrophe at the beginning is what a spreadsheet needs."""


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.text('NX0123456789=+-@;,"终', min_size=1, max_size=20), CELLS),
        min_size=1,
        max_size=5,
        unique_by=lambda one: one[0],
    )
)
def test_what_is_exported_is_read_again(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["sn", "note"], *([guarded(one) for one in row] for row in rows)])
    text = out.getvalue()
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)
    found = parse_list(text.encode("utf-8-sig"), "round.csv").entries
    assert [(one.sn, one.note) for one in found] == rows


# How far it has come ------------------------------------------------------------------------------------------------


def opened(root: Path, text: str = LIST, name: str = "巡检.csv") -> Progress:
    return open_round(RoundStore(root), parse_list(text.encode(), name), root / name)


def result(status: str, at: str = NOON, due: str = "") -> dict[str, Any]:
    return {**skipped(RoundEntry(1, "N1", due=due), "", at, "张工"), "status": status}


def test_a_new_round_is_open_and_what_is_late_is_told(tmp_path: Path) -> None:
    progress = opened(tmp_path)
    count = progress.count(NOON)
    assert (count["all"], count["open"], count["overdue"]) == (3, 3, 1)
    assert progress.next() == progress.entries[0]


def test_results_are_kept_and_the_order_of_the_list_says_what_is_next(tmp_path: Path) -> None:
    progress, store = opened(tmp_path), RoundStore(tmp_path)
    progress = record(store, progress, progress.entries[0], result("failed", due="2026-11-20"))
    again = opened(tmp_path)
    assert again.status(again.entries[0]) == "failed"
    assert again.next() == again.entries[1]
    assert again.next(after=2) == again.entries[2]
    progress = record(store, progress, progress.entries[1], result("incomplete", due="2026-12-01"))
    progress = record(store, progress, progress.entries[2], result("skipped"))
    assert progress.next() == progress.entries[1], "what is not complete comes again"


def test_a_changed_list_goes_on_and_a_new_date_opens_a_terminal_again(tmp_path: Path) -> None:
    progress, store = opened(tmp_path), RoundStore(tmp_path)
    for entry in progress.entries:
        progress = record(store, progress, entry, result("passed", due=entry.due))
    changed = "序列号,期限\nN3,\nN1,2026-12-20\nN4,\n"
    again = opened(tmp_path, changed)
    assert {one.sn: again.status(one) for one in again.entries} == {"N3": "passed", "N1": "open", "N4": "open"}
    back = opened(tmp_path)
    assert [back.status(one) for one in back.entries] == ["passed"] * 3


def test_a_file_of_another_name_is_another_round(tmp_path: Path) -> None:
    progress, store = opened(tmp_path), RoundStore(tmp_path)
    record(store, progress, progress.entries[2], result("passed"))
    assert opened(tmp_path, name="巡检12月.csv").count(NOON)["open"] == 3
    assert open_round(store, parse_list(LIST.encode(), "巡检.csv"), tmp_path / "elsewhere" / "巡检.csv").count(NOON)[
        "passed"
    ]


@pytest.mark.parametrize(("said", "number"), [("2", 2), ("N3", 3), ("10000001", 1)])
def test_a_terminal_is_named_by_number_or_serial_or_terminal_number(tmp_path: Path, said: str, number: int) -> None:
    assert opened(tmp_path).find(said).number == number


@pytest.mark.parametrize("said", ["4", "", "N", "0"])
def test_a_terminal_that_is_not_listed_is_told(tmp_path: Path, said: str) -> None:
    with pytest.raises(ScenarioError, match="not in the list"):
        opened(tmp_path).find(said)


@pytest.mark.parametrize(
    ("facts", "number"),
    [
        ({"sn": "N2"}, 2),
        ({"tid": "10000002", "mid": "M2"}, 2),
        ({"tid": "10000002"}, 2),
        ({"tid": "10000002", "mid": "M1"}, None),
        ({"sn": "N9", "tid": "10000002"}, None),
        ({"sn": "N9"}, None),
        ({}, None),
    ],
)
def test_a_terminal_is_recognised_at_the_cable(tmp_path: Path, facts: dict[str, str], number: int | None) -> None:
    seen = opened(tmp_path).seen(facts)
    assert (seen.number if seen else None) == number


# Visiting -----------------------------------------------------------------------------------------------------------


class Says:
    """A technician with answers ready, who stops when they are used up."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.usual: list[str] = []

    def ask(self, question: Question) -> Answer:
        self.usual.append(question.usual)
        return (self._answers.pop(0),) if self._answers else None


class Visits:
    """Visits that end as told, by serial number at the cable."""

    def __init__(self, *found: tuple[str, Mapping[str, Any]]) -> None:
        self._found = list(found)
        self.meant: list[str | None] = []

    def __call__(self, entry: RoundEntry | None) -> Mapping[str, Any]:
        self.meant.append(entry.sn if entry else None)
        sn, document = self._found.pop(0)
        number = len(self.meant)
        return {**document, "id": f"20261122T02320{number}Z-0000", "facts": {"sn": sn} if sn else {}}


def a_wish(root: Path, text: str = LIST, **extra: Any) -> Wish:
    path = root / "巡检.csv"
    path.write_text(text, encoding="utf-8")
    settings = Settings(lang="en", technician="张工")
    return Wish("round", settings, data=root / "data", subject=str(path), extra=extra)


def statuses(wish: Wish) -> list[str]:
    store = RoundStore(Path(str(wish.data)))
    progress = open_round(store, parse_list(Path(wish.subject).read_bytes(), "巡检.csv"), Path(wish.subject))
    return [progress.status(one) for one in progress.entries]


def terminal_failed() -> dict[str, Any]:
    document = failed_record()
    return {**document, "conclusion": {**document["conclusion"], "status": 1}}


def test_a_round_from_its_first_terminal_to_its_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wish, says = a_wish(tmp_path), Says("1", "2=closed", "N3")
    visits = Visits(("N1", good_record()), ("N3", terminal_failed()))
    assert run_round(wish, visits, says) == 1
    assert (visits.meant, says.usual) == (["N1", "N3"], ["1", "2", "3"])
    assert statuses(wish) == ["passed", "skipped", "failed"]
    out = capsys.readouterr().out
    assert "3 terminals: open 3, overdue 1" in out
    assert "Recorded: N1 甲店: passed" in out
    assert out.endswith("All terminals of this round are done\n")


def test_the_next_visit_begins_where_the_last_one_stopped(tmp_path: Path) -> None:
    wish = a_wish(tmp_path)
    run_round(wish, Visits(("N1", good_record())), Says("1"))
    says = Says("q")
    run_round(wish, Visits(), says)
    assert says.usual == ["2"]


@pytest.mark.parametrize(
    ("answer", "seen", "expected", "words"),
    [
        ("0", "N2", ["open", "passed", "open"], "Recorded: N2 乙店"),
        ("n1", "N1", ["passed", "open", "open"], "Recorded: N1"),
        ("0", "N9", ["open", "open", "open"], "Terminal N9 is not in the list"),
        ("1", "N2", ["open", "open", "open"], "is N2 乙店 and not N1 甲店, which stays open"),
        ("1", "N2", ["open", "open", "open"], "choose 2"),
        ("1", "N9", ["open", "open", "open"], "is N9 and not N1 甲店"),
        ("1", "", ["passed", "open", "open"], "Recorded: N1"),
    ],
)
def test_a_result_is_the_terminals_that_was_at_the_cable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str, seen: str, expected: list[str], words: str
) -> None:
    wish = a_wish(tmp_path)
    run_round(wish, Visits((seen, good_record())), Says(answer))
    assert statuses(wish) == expected
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("sn", ["N1", ""])
def test_a_terminal_number_that_is_anothers_outweighs_the_serial_number_of_the_list(
    tmp_path: Path, sn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = a_wish(tmp_path)
    run_round(wish, lambda entry: {**good_record(), "facts": {"sn": sn, "tid": "10000002"}}, Says("1"))
    assert statuses(wish) == ["open", "open", "open"]
    assert "is N2 乙店 and not N1" in capsys.readouterr().out


def test_the_benchs_own_fault_leaves_the_terminal_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wish = a_wish(tmp_path)
    assert run_round(wish, Visits(("", failed_record())), Says("1")) == 3
    assert statuses(wish) == ["open"] * 3
    assert "was not judged" in capsys.readouterr().out


def test_nobody_there_makes_one_visit_and_no_more(tmp_path: Path) -> None:
    wish = a_wish(tmp_path)
    unattended = Wish(wish.mode, wish.settings, yes=True, data=wish.data, subject=wish.subject)
    visits = Visits(("N1", good_record()))
    run_round(unattended, visits, Says("1", "2", "3"))
    assert visits.meant == ["N1"]


def test_wrong_answers_are_told_and_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_round(a_wish(tmp_path), Visits(), Says(*["77", "3="] * 9))
    assert capsys.readouterr().out.count("is not in the list") == 3


def test_options_for_one_terminal(tmp_path: Path) -> None:
    visits = Visits(("N2", terminal_failed()))
    assert run_round(a_wish(tmp_path, entry="N2"), visits, Says()) == 1
    wish = a_wish(tmp_path, skip_entry="3=停业")
    assert run_round(wish, Visits(), Says()) == 0
    assert statuses(wish) == ["open", "failed", "skipped"]


def test_the_list_says_what_a_visit_is_told() -> None:
    wish = Wish("round", Settings(port="COM5", sn="X"), json_to="-", subject="f", extra={"entry": "1"})
    found = visit_wish(wish, RoundEntry(1, "N1", "甲店", port="COM9"))
    assert (found.settings.sn, found.settings.merchant, found.settings.port) == ("N1", "甲店", "COM5")
    assert (found.json_to, found.extra, found.mode) == ("", {}, "visit")
    assert visit_wish(Wish("round", Settings()), RoundEntry(1, "N1", port="COM9")).settings.port == "COM9"


def test_a_round_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wish = a_wish(tmp_path, skip_entry="1=closed")
    run_round(Wish(wish.mode, wish.settings, json_to="-", data=wish.data, subject=wish.subject, extra=wish.extra))
    told = capsys.readouterr()
    assert json.loads(told.out)["count"]["skipped"] == 1
    assert "Left out: N1" in told.err


# Sheet, hand-over and back ------------------------------------------------------------------------------------------


def done(root: Path, text: str = LIST) -> tuple[Wish, VisitStore]:
    """A round with a passed, a failed and an open terminal, its records in the history."""
    wish = a_wish(root, text)
    store = VisitStore(Path(str(wish.data)))
    documents = {}

    def visit_one(entry: RoundEntry | None) -> Mapping[str, Any]:
        assert entry is not None
        document = good_record() if entry.number == 1 else terminal_failed()
        document = {**document, "id": f"20261122T02320{entry.number}Z-0000",
                    "facts": {**document["facts"], "sn": entry.sn, "tid": entry.tid, "mid": entry.mid}}  # fmt: skip
        documents[entry.sn] = store.keep(document["id"], document)
        return document

    run_round(wish, visit_one, Says("1", "2"))
    return wish, store


def test_the_sheet_shows_each_terminal_and_escapes_what_others_wrote(tmp_path: Path) -> None:
    hostile = LIST.replace("甲店", "<script>alert(1)</script>")
    wish, _ = done(tmp_path, hostile)
    run_round(Wish(wish.mode, wish.settings, data=wish.data, subject=wish.subject, extra={"sheet": True}))
    page = (tmp_path / "巡检-sheet.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<tr>") == 4
    assert "A4 landscape" in page and "http" not in page.replace("http-equiv", "")
    assert "✓ passed" in page and "✗ failed" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_round_at_the_same_time_is_the_same_sheet(tmp_path: Path, lang: Any) -> None:
    progress = opened(tmp_path)
    assert sheet_of(progress, NOON, lang) == sheet_of(opened(tmp_path), NOON, lang)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    root = tmp_path_factory.mktemp("made")
    wish, _ = done(root)
    target = root / "out.zip"
    run_round(Wish(wish.mode, wish.settings, data=wish.data, subject=wish.subject, extra={"export": str(target)}))
    return target.read_bytes()


@pytest.fixture
def handed_over(made: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "out.zip"
    path.write_bytes(made)
    return path


def test_a_hand_over_holds_all_and_proves_it(handed_over: Path) -> None:
    files = read_handover(handed_over)
    assert sorted(name.partition("/")[0] for name in files) == [
        "list.csv", "pages", "pages", "records", "records", "results.csv", "round.json", "sheet.html",
    ]  # fmt: skip
    assert files["results.csv"].startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(files["results.csv"].decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["Serial number", "N1", "N2", "N3"]
    assert [row[11] for row in rows] == ["Result", "passed", "failed", "open"]
    assert files["list.csv"].decode() == LIST


@pytest.mark.parametrize("cell", ["=1+1", "+86138", "-1", "@SUM(A1)", "\t=1", "898000000000001"])
def test_no_cell_is_computed_or_rounded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


def test_another_technician_goes_on(tmp_path: Path, handed_over: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "two").mkdir()
    there = tmp_path / "two" / "巡检.csv"
    wish = Wish("round", Settings(lang="en"), data=tmp_path / "two" / "data", subject=str(there),
                extra={"import_from": str(handed_over)})  # fmt: skip
    assert run_round(wish) == 0
    assert there.read_text(encoding="utf-8") == LIST
    assert "2 results taken over" in capsys.readouterr().out
    assert statuses(wish) == ["passed", "failed", "open"]
    assert VisitStore(tmp_path / "two" / "data").visits("N2")[0]["id"] == "20261122T023202Z-0000"
    assert run_round(wish) == 0
    assert "0 results taken over; of 2 those here count" in capsys.readouterr().out


OLD, NEW = "2026-11-22T12:00:00+08:00", "2026-11-22T05:00:00+00:00"
"""NEW is an hour later."""


@pytest.mark.parametrize(
    ("mine", "theirs", "counts"),
    [
        (result("passed", OLD), result("failed", NEW), "failed"),
        (result("passed", NEW), result("failed", OLD), "passed"),
        (result("passed", OLD), result("skipped", NEW), "passed"),
        (result("incomplete", NEW), result("failed", OLD), "failed"),
        (result("passed", OLD), result("failed", OLD), "passed"),
        (result("passed", "rubbish"), result("failed", OLD), "failed"),
    ],
)
def test_of_two_results_one_counts_by_the_rule(mine: Any, theirs: Any, counts: str) -> None:
    assert merge({"k": mine}, {"k": theirs})["k"]["status"] == counts


RESULTS = st.builds(result, st.sampled_from(["passed", "failed", "incomplete", "skipped"]), st.sampled_from([OLD, NEW]))


@given(st.dictionaries(st.sampled_from("abc"), RESULTS), st.dictionaries(st.sampled_from("abc"), RESULTS))
def test_merging_loses_no_terminal_and_twice_is_once(mine: Any, theirs: Any) -> None:
    merged = merge(mine, theirs)
    assert merged.keys() == mine.keys() | theirs.keys()
    assert merge(merged, theirs) == merged
    assert all(merged[key] in (mine.get(key), theirs.get(key)) for key in merged)


def rewritten(archive: Path, **changed: bytes | None) -> Path:
    with zipfile.ZipFile(archive) as old:
        files = {name: old.read(name) for name in old.namelist()}
    named = {"state": "round.json", "manifest": "manifest.json", "list": "list.csv"}
    for name, content in changed.items():
        if content is None:
            files.pop(named[name])
        else:
            files[named[name]] = content
    with zipfile.ZipFile(archive, "w") as new:
        for name, content in files.items():
            new.writestr(name, content)
    return archive


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"state": b"{}"}, "round.json was changed or damaged"),
        ({"list": None}, "it lacks list.csv"),
        ({"manifest": None}, "it lacks manifest.json"),
        ({"manifest": b'{"schema": "posrig-handover/1", "files": {}}'}, "it lacks round.json"),
        ({"manifest": b'{"schema": "posrig-handover/9", "files": {}}'}, "it lacks round.json"),
        ({"manifest": b'{"schema": "posrig-handover/1", "files": {"../x": {"octets": 1}}}'}, "it lacks ../x"),
        ({"manifest": b'{"schema": "posrig-handover/1", "files": {"x": {"octets": 9999999999}}}'}, "too big"),
        ({"manifest": b"[]"}, "no intact hand-over"),
    ],
)
def test_a_hand_over_that_was_changed_is_refused_as_a_whole(handed_over: Path, changed: Any, words: str) -> None:
    with pytest.raises(ScenarioError) as told:
        read_handover(rewritten(handed_over, **changed))
    assert words in told.value.what.en


@pytest.mark.parametrize("cut", [0, 10, 500, -30])
def test_a_hand_over_that_was_cut_is_refused(handed_over: Path, cut: int) -> None:
    handed_over.write_bytes(handed_over.read_bytes()[:cut])
    with pytest.raises(ScenarioError, match="no intact hand-over"):
        read_handover(handed_over)


def test_a_hand_over_of_another_round_is_refused(tmp_path: Path, handed_over: Path) -> None:
    progress = opened(tmp_path, "sn\nX1\n", "other.csv")
    with pytest.raises(ScenarioError, match="none of its terminals is in the list other"):
        import_round(handed_over, progress, RoundStore(tmp_path), VisitStore(tmp_path))


def test_a_damaged_state_is_told_with_the_way_out(tmp_path: Path) -> None:
    progress = opened(tmp_path)
    (tmp_path / "rounds" / f"{progress.id}.json").write_text("{")
    from harness.stores.errors import StoreError

    with pytest.raises(StoreError, match="still in the history"):
        opened(tmp_path)


def test_what_a_round_keeps_of_a_record() -> None:
    kept = result_of(failed_record(), RoundEntry(1, "N1", due="2026-11-20"))
    assert (kept["status"], kept["due"], kept["sn"]) == ("failed", "2026-11-20", "N900-2026A17")
    assert kept["faults"] and set(kept["faults"][0]) == {"zh", "en"}
