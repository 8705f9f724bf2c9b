"""Activation, keys and parameters against emulated terminals in every state, with what their provider's portal says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.standing import StandingTerminal
from harness.bench.terminal_start import Start
from harness.bench_check.checks.activation import check_activation
from harness.bench_check.checks.keys import check_keys
from harness.bench_check.checks.parameters import check_parameters
from harness.bench_check.local_host import LocalHost
from harness.bench_check.model import Finding, failed
from harness.bench_check.portal import ask_portal
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
from harness.diagnosis import diagnose
from protocols.text import Text

from .counter import Person, fault_words, visit_of
from .test_ladder import ITEMS, MID, SHOP, SN


class Control:
    """The control interface of a terminal in this process."""

    def __init__(self, terminal: StandingTerminal) -> None:
        self._terminal = terminal

    def ask(
        self, who: str, name: str, args: Mapping[str, Any] | None = None, timeout_s: float | None = None
    ) -> tuple[bool, Mapping[str, Any]]:
        return True, self._terminal.ask(who, name, **(args or {}))


class Served(Visit):
    """A visit to a terminal with a control interface."""

    control: Any = None

    def service(self) -> Any:
        return self.control


@contextmanager
def standing(folder: Path, protocol: str = "mispos-b", **start: Any) -> Iterator[StandingTerminal]:
    shop = folder / "shop.toml"
    shop.write_text(SHOP, encoding="utf-8")
    given = {"terminal_file": shop, "card": "debit", **start}
    with StandingTerminal(Start(serial="", tcp="127.0.0.1:0", register=RegisterSpec(protocol), **given)) as one:
        yield one


@contextmanager
def at_host(folder: Path, known: str = SHOP, protocol: str = "mispos-b", **start: Any) -> Iterator[StandingTerminal]:
    """A terminal whose host knows `known`."""
    (folder / "known.toml").write_text(known, encoding="utf-8")
    with (
        LocalHost(folder / "known.toml", "127.0.0.1:0", folder / "books") as host,
        standing(folder, protocol, host=host.address, **start) as terminal,
    ):
        yield terminal


def visit_to(
    terminal: StandingTerminal, protocol: str = "mispos-b", person: Person | None = None, control: bool = False,
    **settings: Any,
) -> Visit:  # fmt: skip
    facts = {"port": terminal.port, "protocol": protocol, "line": "", "transport": "serial"}
    visit = Served(Settings(**settings), person or Person(), lambda text: None, facts)
    visit.control = Control(terminal) if control else None
    return visit


@contextmanager
def portal(answers: Mapping[str, Any], status: int = 200) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A portal that gives these answers by action; its address, and what it was asked."""
    asked: list[tuple[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            action = self.path.rpartition("/")[2]
            asked.append((action, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            raw = answers[action] if isinstance(answers[action], bytes) else json.dumps(answers[action]).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *words: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(finding: Finding) -> tuple[str, str]:
    if finding.fault:
        fault_words(finding)  # every placeholder is filled
    return finding.verdict, finding.fault


# the cable alone


@pytest.mark.parametrize("protocol", ["mispos-b", "zvt"])
def test_a_terminal_that_works_has_every_step(tmp_path: Path, protocol: str) -> None:
    with standing(tmp_path, protocol, ready=True) as terminal, (visit := visit_to(terminal, protocol)).stack:
        assert told(check_activation(visit)) == ("pass", "")
        finding = check_keys(visit)
        assert told(finding) == ("pass", "") and [one.id for one in finding.figures] == ["sign_in_time"]
        operations = [event.data["op"] for event in visit.events if event.kind == "operation"]
        assert operations.count("sign_in") == 2  # begin and end: one sign-in serves both checks


@pytest.mark.parametrize("protocol", ["mispos-a", "transbank"])
def test_a_terminal_that_was_never_activated(tmp_path: Path, protocol: str) -> None:
    with standing(tmp_path, protocol, at="connected", terminal_file=None) as terminal:
        visit = visit_to(terminal, protocol)
        with visit.stack:
            finding = check_activation(visit)
            assert told(finding) == ("fail", "not_activated")
            assert visit.facts["first_missing"] == "activated" and finding.detail["steps"]["activated"] == "missing"
            assert diagnose(visit.events, "register").first == "C1"


def test_a_key_that_is_missing_is_one_that_was_lost_where_it_was_there_before(tmp_path: Path) -> None:
    with standing(tmp_path, at="activated") as terminal, (visit := visit_to(terminal)).stack:
        assert told(check_activation(visit)) == ("fail", "key_missing")
    earlier = {"started": "2026-10-01T09:00:00+08:00", "checks": [{"id": "keys", "verdict": "pass"}]}
    with standing(tmp_path, at="activated") as terminal, (visit := visit_to(terminal)).stack:
        visit.facts["sn"], visit.earlier_of = SN, lambda sn: [earlier]
        finding = check_activation(visit)
        assert told(finding) == ("fail", "key_lost") and "2026-10-01" in fault_words(finding).zh


def test_another_master_key_than_the_host_s(tmp_path: Path) -> None:
    other = SHOP.replace("159D86", "259D86")
    with at_host(tmp_path, other, at="keyed") as terminal, (visit := visit_to(terminal)).stack:
        assert told(check_activation(visit)) == ("fail", "key_wrong")
        assert visit.facts["first_missing"] == "master_key"


def test_a_host_that_does_not_know_the_terminal(tmp_path: Path) -> None:
    other = SHOP.replace("52010009", "52010010")
    with at_host(tmp_path, other, at="keyed") as terminal, (visit := visit_to(terminal)).stack:
        assert told(check_activation(visit)) == ("fail", "not_registered")


def test_a_line_that_is_down_is_told_once(tmp_path: Path) -> None:
    with standing(tmp_path, at="keyed") as terminal, (visit := visit_to(terminal)).stack:
        assert told(check_activation(visit)) == ("fail", "host_unreachable")
        visit.findings["network_terminal"] = failed("network_terminal", "terminal_line", Text("断", "down"))
        assert check_activation(visit).fault == "terminal_line"


def test_a_tampered_terminal_is_not_signed_in_again_and_again(tmp_path: Path) -> None:
    with standing(tmp_path, ready=True, faults=("tamper",)) as terminal, (visit := visit_to(terminal)).stack:
        assert told(check_activation(visit)) == ("fail", "tampered")


# no register interface for it: a person


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, ("not_possible", "")),
        ("ready", ("pass", "")),
        ("activate", ("fail", "not_activated")),
        ("suspended", ("fail", "suspended")),
        ("other", ("not_possible", "")),
    ],
)
def test_where_nothing_can_be_asked_a_person_is(answer: str | None, expected: tuple[str, str]) -> None:
    person = Person({} if answer is None else {"activation.shown": (answer,)})
    assert told(check_activation(visit_of(person))) == expected
    assert [question.id for question in person.asked] == ["activation.shown"]


def test_nobody_is_asked_what_the_cable_has_told(tmp_path: Path) -> None:
    person = Person({"activation.shown": ("ready",)})
    with standing(tmp_path, at="activated") as terminal, (visit := visit_to(terminal, person=person)).stack:
        check_activation(visit)
        assert person.asked == []


# the control interface


@pytest.mark.parametrize(
    ("at", "fault"),
    [("unboxed", "self_test_missing"), ("self_tested", "not_connected"), ("connected", "not_activated")],
)
def test_the_control_interface_knows_the_step(tmp_path: Path, at: str, fault: str) -> None:
    with standing(tmp_path, at=at, terminal_file=None) as terminal, (visit := visit_to(terminal, control=True)).stack:
        finding = check_activation(visit)
        assert told(finding) == ("fail", fault) and visit.facts["life_cycle"] == at


def test_what_was_not_downloaded_is_named_and_downloaded_where_somebody_agrees(tmp_path: Path) -> None:
    with at_host(tmp_path, at="keyed") as terminal:
        with (visit := visit_to(terminal, control=True)).stack:
            assert told(check_activation(visit)) == ("fail", "no_parameters")
            assert told(check_parameters(visit)) == ("fail", "no_parameters")  # nobody agreed
        person = Person({"parameters.download": ("yes",)})
        with (visit := visit_to(terminal, control=True, person=person)).stack:
            assert told(check_parameters(visit)) == ("fail", "no_aids")  # mispos has no download of those
            for op in ("download_aids", "download_public_keys"):
                terminal.ask("person", "operate", op=op)
            assert [told(check(visit))[0] for check in (check_activation, check_parameters)] == ["pass", "pass"]


def test_fewer_keys_than_the_shop_should_have(tmp_path: Path) -> None:
    person = Person({"parameters.aids": ("3",), "parameters.public_keys": ("40",)})
    with standing(tmp_path, ready=True) as terminal:
        visit = visit_to(terminal, control=True, person=person, expected={"aids": 10, "public_keys": 40})
        with visit.stack:
            finding = check_parameters(visit)
            assert told(finding) == ("fail", "too_few_parameters")
            assert [(one.id, one.value, one.good) for one in finding.figures] == [
                ("aids", 3, False), ("public_keys", 40, True),
            ]  # fmt: skip


# the portal


def test_a_review_is_asked_for_and_noted_for_the_diagnosis(tmp_path: Path) -> None:
    shop = tmp_path / "shop.toml"
    shop.write_text(SHOP, encoding="utf-8")
    with LocalHost(shop, "127.0.0.1:0", tmp_path / "books") as host:
        merchant = {"name": "Noodle house", "licence": "TEST-LICENCE-0001"}
        number = host.ask("portal", "apply", merchant=merchant, model="CT-100", items=ITEMS, sn="SN7")["application"]
        answers = {
            "status": {**host.ask("portal", "status", sn="SN7"), "activation_code": "123456789012"},
            "progress": {**host.ask("portal", "progress", application=number), "late": True},
        }
    with standing(tmp_path, at="connected", terminal_file=None) as terminal, portal(answers) as (address, asked):
        visit = visit_to(terminal, portal=address, sn="SN7")
        with visit.stack:
            finding = check_activation(visit)
            assert told(finding) == ("fail", "review_pending")
            assert asked == [("status", {"sn": "SN7"}), ("progress", {"application": number})]
            assert "A1" in [one.cause.row for one in diagnose(visit.events, "register").ranking]
            assert "123456789012" not in json.dumps([visit.facts, visit.noted])


def test_a_hold_at_the_portal_stops_a_terminal_that_signs_in(tmp_path: Path) -> None:
    hold = {"kind": "fees_owed", "case": "C000001", "sum_fen": 9900}
    status = {"sn": SN, "status": "bound", "terminals": [{"tid": "1", "mid": MID, "activated": True, "holds": [hold]}]}
    with (
        standing(tmp_path, ready=True) as terminal,
        portal({"status": status}) as (address, _),
        (visit := visit_to(terminal, portal=address, sn=SN)).stack,
    ):
        finding = check_activation(visit)
        assert told(finding) == ("fail", "fees_owed") and "99.00" in fault_words(finding).en
        assert visit.facts["first_missing"] == "released"
        assert diagnose(visit.events, "register").first == "H6"


def test_an_application_that_was_approved_hides_no_hold(tmp_path: Path) -> None:
    hold = {"kind": "fees_owed", "case": "C000001", "sum_fen": 9900}
    status = {"sn": SN, "status": "bound", "terminals": [{"tid": "1", "mid": MID, "activated": True, "holds": [hold]}]}
    with (
        standing(tmp_path, ready=True) as terminal,
        portal({"status": status, "progress": {"state": "approved"}}) as (address, _),
        (visit := visit_to(terminal, portal=address, sn=SN)).stack,
    ):
        visit.facts["application"] = "A1"
        finding = check_activation(visit)
        assert told(finding) == ("fail", "fees_owed") and "99.00" in fault_words(finding).en
        assert visit.facts["first_missing"] == "released"
        assert diagnose(visit.events, "register").first == "H6"


@pytest.mark.parametrize(("raw", "status"), [(b"not json", 200), (b"[]", 200), (b"{}", 500)])
def test_a_portal_that_fails_is_said_and_asked_no_more(raw: bytes, status: int) -> None:
    with portal({"status": raw, "progress": raw}, status) as (address, asked):
        visit = visit_of(portal=address)
        assert ask_portal(visit, "status", sn=SN) is None and ask_portal(visit, "progress", application="1") is None
        assert len(asked) == 1 and address in visit.facts["portal_failed"]["zh"]
        assert visit.noted == []


def test_a_portal_that_is_nowhere_keeps_nobody_from_going_on() -> None:
    for address in ("127.0.0.1:1", "nowhere.invalid:80", "no address", "127.0.0.1:x"):
        assert ask_portal(visit_of(portal=address), "status", sn=SN) is None


# a code


def test_a_code_that_is_typed_activates_and_stands_in_no_trace(tmp_path: Path) -> None:
    person = Person({"activation.code": ("77777777",)})
    with (
        at_host(tmp_path, protocol="zvt", at="connected", terminal_file=None) as terminal,
        (visit := visit_to(terminal, "zvt", person)).stack,
    ):
        finding = check_activation(visit)
        assert told(finding)[0] == "fail"
        said = json.dumps([visit.facts, [dict(event.data) for event in visit.events]], default=str)
        assert "activate" in said and "77777777" not in said
