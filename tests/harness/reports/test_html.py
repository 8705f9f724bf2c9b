"""The page: well formed, alone in the world, complete in both languages, and it shows what the recording holds."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from harness.reports import page_words, words
from harness.reports.html import render, write_report
from harness.trace import Trace, read_trace
from protocols.errors import LocalError
from protocols.text import Text
from tests.harness.reports.worlds import Script, row, run_of

VOID = {"meta", "link", "input", "br", "hr", "img", "path", "circle", "line", "use"}
PAGE_OCTETS_MAX = 3 * 1024 * 1024


class Page(HTMLParser):
    """Checks the nesting, and collects what tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.items: list[tuple[str, str]] = []
        self.langs: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._text: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs), f"an attribute twice in {tag}: {attrs}"
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given[name] for name in ("href", "src", "action", "data", "poster", "srcset") if name in given]
        if tag == "li" and given.get("class", "").startswith("it "):
            self.items.append((given["class"], given.get("id", "")))
        if tag == "i" and "lang" in given:
            self.langs.append((given["lang"], ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open and self.open[-1] == tag, f"</{tag}> inside {self.open}"
            self.open.pop()

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside not in ("style", "script"):
            self.words.append(data)
        if inside == "i" and self.langs:
            lang, text = self.langs[-1]
            self.langs[-1] = (lang, text + data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def lost_request() -> Script:
    """Two echoes of which the second is lost, with a fault, a display, a slip and a portal question."""
    script = Script()
    script.put("bench", "case", {"name": "one", "title": {"zh": "第一例", "en": "first case"}})
    answer = {"application": "A000001", "state": "in_review"}
    script.put("host", "portal", {"action": "progress", "request": {"application": "A000001"}, "answer": answer})
    script.at = 3 * 86_400_000
    script.leaves("000001")
    script.comes("000001")
    script.leaves("000002")
    script.put("bench", "fault", {"path": "host", "fault": "drop", "stream": "upstream", "frame": 2, "struck": 1})
    script.put("terminal", "display", {"zh": "主机无应答", "en": "No answer from the host"})
    lines = [{"zh": "商户存根", "en": "Merchant copy"}]
    slip = {"kind": "sale", "stan": "000009", "batch": "000001", "amount_fen": 1234, "copy": "", "lines": lines}
    script.put("terminal", "slip", slip)
    script.put("bench", "crash", {"party": "terminal", "effects": 12})
    return script


VERDICTS: tuple[dict[str, Any], ...] = (
    {"judge": "I1", "ok": True, "what": {"zh": "一致", "en": "they agree"}, "stans": [], "events": []},
    {"judge": "I4", "ok": False, "what": {"zh": "发出了交易", "en": "it left"}, "stans": ["000002"], "events": [7]},
    {"judge": "I6", "ok": None, "what": {"zh": "没有结算", "en": "nothing was settled"}, "stans": [], "events": []},
)
DIAGNOSIS: dict[str, Any] = {
    "seen_by": "all",
    "first": "F5",
    "next_test": {"zh": "再做一笔", "en": "Do one more sale"},
    "ranking": [
        {
            "row": "F5",
            "title": {"zh": "丢失", "en": "A message was lost"},
            "level": 3,
            "actor": {"zh": "操作员", "en": "the operator"},
            "action": {"zh": "重做", "en": "repeat the sale"},
            "for": [{"symptom": "no_answer", "text": {"zh": "无应答", "en": "no reply came"}, "events": [7, 99]}],
            "against": [{"symptom": "x", "text": {"zh": "有应答", "en": "a reply came"}, "events": [5]}],
        }
    ],
}


def page_of(trace: Trace, **changes: object) -> Page:
    return Page(render(run_of(row(trace, **changes))))


def test_the_page_is_well_formed_and_its_ids_are_unique() -> None:
    failures = (Text("出了错", "it went wrong"),)
    page = page_of(lost_request().trace, verdicts=VERDICTS, diagnosis=DIAGNOSIS, ok=False, failures=failures)
    assert len(page.ids) == len(set(page.ids))


def test_it_asks_nobody_for_anything() -> None:
    text = render(run_of(row(lost_request().trace, verdicts=VERDICTS, diagnosis=DIAGNOSIS)))
    beside = ("data:,", "F5.trace.jsonl")
    outside = [link for link in Page(text).links if not link.startswith("#") and link not in beside]
    assert outside == []
    assert not re.search(r"https?:|//[a-z]|@import|url\(|fetch\(|XMLHttp", text.replace("</", ""))


def test_links_inside_the_page_lead_somewhere() -> None:
    page = page_of(lost_request().trace, verdicts=VERDICTS, diagnosis=DIAGNOSIS)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_every_phrase_has_both_languages() -> None:
    page = page_of(lost_request().trace, verdicts=VERDICTS, diagnosis=DIAGNOSIS, ok=False)
    langs = [lang for lang, _ in page.langs]
    assert langs == ["zh", "en"] * (len(langs) // 2) and len(langs) > 60
    assert all(text.strip() for _, text in page.langs)
    for lang, text in page.langs:
        assert lang == "zh" or not re.search(r"[\u4e00-\u9fff]", text), text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_opens_in_the_language_that_was_asked_for(lang: str) -> None:
    text = render(run_of(row(lost_request().trace)), "zh" if lang == "zh" else "en")
    checked = re.findall(r'value="(zh|en)" checked', text)
    assert checked == [lang] and f'data-lang="{lang}"' in text


def test_a_lost_message_ends_in_the_link_with_a_cross() -> None:
    text = render(run_of(row(lost_request().trace)))
    arrived, lost = re.findall(r'<li class="it arrow manage[^>]*>.*?</svg>', text, re.S)
    assert "struck" not in arrived and 'x2="87.5%"' in arrived and "#hx" not in arrived
    assert "struck" in lost and '<use href="#hx" x="62.5%"' in lost and "丢失" in lost
    assert 'x2="87.5%"' not in lost


def test_faults_crashes_displays_slips_and_portal_stand_in_the_diagram() -> None:
    page = page_of(lost_request().trace)
    kinds = [" ".join(name.split()[1:3]) for name, _ in page.items]
    assert kinds.count("mark fault") == 2
    for kind in ("note display", "note slip", "arrow portal", "case"):
        assert kind in kinds
    for phrase in ("3 d later", "3 天之后", "No answer from the host", "frame dropped", "power lost", "Merchant copy"):
        assert phrase in page.text


def test_messages_unfold_into_fields_with_names_and_octets() -> None:
    text = page_of(lost_request().trace).text
    for phrase in ("受卡方系统跟踪号", "system trace audit number", "回响测试", "echo test", "898110054000001"):
        assert phrase in text
    assert "0820" + "0020000000C00010" in text.replace(" ", "")


def test_every_verdict_is_shown_with_its_stans() -> None:
    page = page_of(lost_request().trace, verdicts=VERDICTS, diagnosis=DIAGNOSIS)
    assert all(phrase in page.text for phrase in ("✓ 不变式 I1 invariant I1", "✗ 不变式 I4", "– 不变式 I6"))
    assert "STAN 000002" in page.text and "not judged" in page.text and "nothing was settled" in page.text


def test_evidence_links_to_its_event_and_says_when_it_is_not_drawn() -> None:
    script = lost_request()
    sent = next(e.seq for e in script.trace.events if e.data.get("fields", {}).get("11") == "000002")
    evidence = [{"symptom": "s", "text": {"zh": "甲", "en": "a"}, "events": [sent, 999]}]
    ranking = [{**DIAGNOSIS["ranking"][0], "for": evidence}]
    text = render(run_of(row(script.trace, diagnosis={**DIAGNOSIS, "ranking": ranking})))
    assert f'href="#F5-e{sent}"' in text and f'id="F5-e{sent}"' in text
    assert "#F5-e999" not in text and "#999" in text


def test_rungs_explained_rows_and_what_one_side_cannot_see_are_told() -> None:
    rung = {"rung": 8, "zh": "检查网络", "en": "look at the network"}
    first = {**DIAGNOSIS["ranking"][0], "ladder": [rung], "shown": True}
    rest = {**first, "row": "H11", "title": {"zh": "灾害", "en": "A disaster"}, "level": 1, "shown": False}
    text = render(run_of(row(Script().trace, diagnosis={**DIAGNOSIS, "ranking": [first, rest]})))
    assert "look at the network" in text and "A disaster" not in text
    assert re.search(r"with no evidence of their own</i>.*: </i>H11", text)
    hidden = [{"row": "B1", "title": {"zh": "邮寄延误", "en": "The parcel is late"}}]
    text = render(run_of(row(Script().trace, diagnosis={**DIAGNOSIS, "ranking": [], "hidden": hidden})))
    assert "The parcel is late" in text and "cannot exclude" in text


def test_what_parties_say_is_text_and_never_markup() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
    script = Script()
    script.put("terminal", "display", {"zh": evil, "en": evil})
    script.put("bench", "case", {"name": evil, "title": {"zh": evil, "en": evil + "2"}})
    script.message("terminal", "host", "out", "0820", evil, {"11": evil, evil: evil}, evil)
    script.put("host", "portal", {"action": evil, "request": {evil: evil}, "answer": {"state": evil}})
    changes = {"title": Text(evil, evil + "2"), "failures": (Text(evil, evil),), "replay": evil}
    text = render(run_of(row(script.trace, **changes)))
    assert text.count("<script>") == 1 and "<img" not in text
    assert evil in Page(text).text


def test_the_same_run_gives_the_same_octets_whatever_it_took() -> None:
    pages = {render(run_of(row(lost_request().trace, verdicts=VERDICTS, wall_seconds=wall))) for wall in (0.1, 9.9)}
    assert len(pages) == 1


def test_wall_time_is_shown_where_time_is_real() -> None:
    run = run_of(row(lost_request().trace, wall_seconds=12.34), bench="emulated")
    assert "12.3" in Page(render(run)).text


def _long(rounds: int) -> Trace:
    """Echoes and displays, no two rounds alike, with one loss in the middle."""
    script = Script()
    for number in range(1, rounds + 1):
        script.at += 1_000
        script.leaves(f"{number:06d}")
        if number != rounds // 2:
            script.comes(f"{number:06d}")
        script.put("terminal", "display", {"zh": f"第 {number} 次", "en": f"Number {number}"})
    return script.trace


def test_a_long_recording_stays_a_page_and_keeps_what_went_wrong() -> None:
    trace = _long(2_500)
    text = render(run_of(row(trace)))
    assert len(text.encode()) < PAGE_OCTETS_MAX
    page = Page(text)
    assert "000001" in page.text and "002500" in page.text
    assert sum("struck" in name for name, _ in page.items) == 1
    assert re.search(r"省略 \d+ 行", page.text)
    said = re.search(r"(\d+) 已画事件 events drawn · (\d+) 未画事件", page.text)
    assert said is not None and 0 < int(said[1]) < len(trace.events)
    assert int(said[1]) + int(said[2]) == len(trace.events)


def test_many_rows_share_the_page() -> None:
    trace = _long(300)
    rows = [row(trace, id=f"R{n}") for n in range(20)]
    text = render(run_of(*rows))
    assert len(text.encode()) < 4 * PAGE_OCTETS_MAX
    assert len([name for name, _ in Page(text).items if "arrow" in name]) >= 20 * 100


def test_repetitions_are_folded_and_can_be_unfolded() -> None:
    script = Script()
    for number in range(1, 31):
        script.leaves(f"{number:06d}")
        script.comes(f"{number:06d}")
        script.put("terminal", "display", {"zh": "下载中", "en": "Downloading"})
    page = page_of(script.trace)
    assert "the same 2 line(s), 29 times more" in page.text
    assert [name for name, _ in page.items if "fold" in name] == ["it fold"]
    assert "000030" in page.text


def test_the_folder_gets_the_page_and_every_event(tmp_path: Path) -> None:
    trace = _long(300)
    path = write_report(tmp_path / "new" / "out", run_of(row(trace), row(_long(3), id="C1")), "en")
    assert sorted(p.name for p in path.parent.iterdir()) == ["C1.trace.jsonl", "F5.trace.jsonl", "index.html"]
    assert list(read_trace(path.parent / "F5.trace.jsonl").events) == list(trace.events)
    Page(path.read_text("utf-8"))


@pytest.mark.parametrize("bad", ["../x", "a/b", "", ".", "a b", "x" * 65])
def test_a_row_id_that_is_no_file_name_is_refused(bad: str, tmp_path: Path) -> None:
    with pytest.raises(LocalError):
        write_report(tmp_path / "out", run_of(row(Script().trace, id=bad)))
    assert not (tmp_path / "out").exists()


def test_a_run_without_rows_and_a_row_without_events() -> None:
    assert "No row was run" in Page(render(run_of())).text
    page_of(Script().trace)


def test_words_say_something_in_both_languages() -> None:
    tables = [v for v in vars(words).values() if isinstance(v, dict)] + [vars(page_words)]
    texts = [t for table in tables for t in table.values() if isinstance(t, Text)]
    assert len(texts) > 150
    for text in texts:
        assert not re.search(r"[\u4e00-\u9fff]", text.en), text
