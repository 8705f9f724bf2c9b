"""Which terminal it is, and the way to its host."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.standing import USUAL, StandingTerminal
from harness.bench_check.checks.identity import clean_sn, identify, spelled
from harness.bench_check.checks.network import HERE, REACHED, TERMINAL, try_from_here, try_from_terminal
from harness.bench_check.faults import FAULTS
from harness.bench_check.faults.network import BY_CAUSE, BY_REASON
from harness.bench_check.model import Finding, failed, passed
from harness.bench_check.visit import Visit
from harness.driver.outcome import Status, outcome
from harness.links.authority import Authority
from harness.links.reaching import reach
from harness.links.tcp import UNREACHABLE, UNRESOLVED, ClosedPort, SilentPort
from harness.machine import TLS_REASONS
from protocols.text import Text

from .counter import Person, fault_words, visit_of

SOME = Text("原因", "why")


# which terminal


@contextmanager
def at_terminal(protocol: str = "mispos-b", person: Person | None = None, **settings: Any) -> Iterator[Visit]:
    with StandingTerminal(replace(USUAL, register=RegisterSpec(protocol))) as terminal:
        visit = visit_of(person, facts={"port": terminal.port, "protocol": protocol, "line": ""}, **settings)
        with visit.stack:
            yield visit


def test_what_the_protocol_lacks_is_asked_of_a_person_last() -> None:
    person = Person({"identity.sn": (" posrig 0200 0001 ",)})
    with at_terminal(person=person) as visit:
        found = identify(visit)
        assert found.verdict == "pass" and [one.id for one in person.asked] == ["identity.sn"]
        assert (visit.facts["sn"], visit.facts["tid"]) == ("POSRIG02000001", "80000001")
        assert visit.facts["mid"] in found.found.zh and visit.facts["batch"] == "000001"

        visit.facts.pop("sn")
        visit.known_sn = lambda tid, mid: "SEEN-HERE" if (tid, mid) == ("80000001", visit.facts["mid"]) else ""
        assert identify(visit).verdict == "pass" and visit.facts["sn"] == "SEEN-HERE"
        assert len(person.asked) == 1  # the last visit knew

        visit.facts["sn"] = "ANOTHER"
        found = identify(visit)
        assert found.verdict == "pass" and found.detail["replaced"] == "SEEN-HERE" and "SEEN-HERE" in found.found.en

        visit.facts["tid"] = "80000009"  # a round's list says so
        found = identify(visit)
        assert found.fault == "other_device" and "80000009" in fault_words(found).zh and "80000001" in found.found.en


def test_nobody_knows_the_serial_number() -> None:
    with at_terminal() as visit:
        found = identify(visit)
    assert found.verdict == "not_possible" and found.detail["tid"] == "80000001" and "sn" not in visit.facts


def test_zvt_tells_its_serial_number() -> None:
    with at_terminal("zvt", sn="posrig02000001") as visit:
        assert identify(visit).verdict == "pass" and visit.facts["sn"] == "POSRIG02000001"
    with at_terminal("zvt", sn="POSRIG02000002") as visit:
        found = identify(visit)
        assert found.fault == "other_device" and not FAULTS["other_device"].ends and fault_words(found).en


@pytest.mark.parametrize(
    ("said", "meant"), [("504F5331", "POS1"), ("31323334", "1234"), ("8210001234", "8210001234"), ("0821", "0821")]
)
def test_octets_that_are_letters_are_spelled(said: str, meant: str) -> None:
    assert spelled(said) == meant


def test_serial_numbers_are_compared_as_people_do() -> None:
    assert clean_sn(" n920\t0001 ") == "N9200001" and clean_sn(None) == "" and len(clean_sn("9" * 100)) == 40


# from this computer


def test_the_host_takes_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        visit = visit_of(host=address)
        found = try_from_here(visit)
    assert found.verdict == "pass" and visit.facts[REACHED] is True
    assert found.figures[0].id == "host_connect" and 0 <= found.figures[0].value < 1000


def test_without_a_host_nothing_is_dialled() -> None:
    assert try_from_here(visit_of()).verdict == "not_possible"


def test_each_way_to_fail_is_told_apart() -> None:
    closed, silent = ClosedPort(), SilentPort("127.0.0.1:0")
    try:
        assert reach(closed.address, tls=False).reason == "refused"
        if sys.platform == "linux":
            assert reach("{}:{}".format(*silent.name), tls=False, dial_s=0.2).reason == "timeout"
            assert reach(UNREACHABLE, tls=False).reason == "unreachable"
        visit = visit_of(host=closed.address)
        found = try_from_here(visit)
    finally:
        closed.close()
        silent.close()
    assert found.fault == "here_refused" and closed.address in fault_words(found).zh and visit.facts[REACHED] is False
    assert reach(UNRESOLVED, tls=False).reason == "name-not-found"
    assert try_from_here(visit_of(host=UNRESOLVED)).fault in ("here_name", "here_offline")


def test_every_reason_has_a_fault() -> None:
    for reason in (*BY_REASON, *TLS_REASONS):
        fault = FAULTS[BY_REASON.get(reason, "here_certificate")]
        assert not fault.ends  # the terminal may have a line of its own
    assert {FAULTS[fault].id for fault in BY_CAUSE.values()} == {
        "terminal_no_line", "terminal_name", "terminal_certificate",
    }  # fmt: skip


def answering(server: socket.socket, context: ssl.SSLContext | None) -> threading.Thread:
    """Takes one connection: with TLS, or as somebody who speaks none."""

    def work() -> None:
        link, _ = server.accept()
        with link:
            if context is None:
                link.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                link.recv(100)
                return
            try:
                with context.wrap_socket(link, server_side=True) as secured:
                    secured.recv(1)
            except OSError:  # the dialler did not like what it was shown
                pass

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_certificate_of_an_authority_that_this_computer_does_not_know_is_no_fault(tmp_path: Path) -> None:
    begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    certificate, key = Authority("of nobody").issue(tmp_path / "host", "localhost", begin, end)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = answering(server, context)
        visit = visit_of(host=f"127.0.0.1:{server.getsockname()[1]}", tls=True)
        found = try_from_here(visit)
        thread.join(5)
    assert found.verdict == "pass" and "证书" in found.found.zh and visit.facts[REACHED] is True


def test_a_host_that_speaks_no_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = answering(server, None)
        found = try_from_here(visit_of(host=f"127.0.0.1:{server.getsockname()[1]}", tls=True))
        thread.join(5)
    assert found.fault == "here_certificate" and "TLS" in fault_words(found).en


# from the terminal


def from_terminal(status: Status, cause: str | None, here: Finding | None = None, code: str | None = None) -> Finding:
    """With the outcome of a sign-in that was made already."""
    told = outcome("sign_in", status, cause, SOME, code=code)
    visit = visit_of(facts={"sign_in": told})
    if here is not None:
        visit.findings[HERE] = here
    found = try_from_terminal(visit)
    assert visit.facts.get(REACHED) is (None if found.verdict == "not_possible" else found.verdict == "pass")
    return found


THERE, NOT_THERE = passed(HERE, SOME), failed(HERE, "here_timeout", SOME)
OFFLINE = failed(HERE, "here_offline", SOME)
REFUSED = failed(HERE, "here_refused", SOME)
SLOW = failed(HERE, "here_slow", SOME)


@pytest.mark.parametrize(
    ("cause", "here", "fault"),
    [
        ("connection_refused", THERE, "terminal_line"),
        ("connection_refused", REFUSED, "host_refuses"),
        ("connect_timeout", REFUSED, "line_or_host"),
        ("connect_timeout", SLOW, "terminal_line"),
        ("connect_timeout", NOT_THERE, "line_or_host"),
        ("no_connection", OFFLINE, "host_unreachable"),
        ("no_connection", None, "host_unreachable"),
        ("no_line", THERE, "terminal_no_line"),
        ("network_unreachable", NOT_THERE, "terminal_no_line"),
        ("name_not_found", THERE, "terminal_name"),
        ("tls_expired", THERE, "terminal_certificate"),
        ("tls_unknown_ca", None, "terminal_certificate"),
        ("no_answer", THERE, "host_silent"),
        ("connection_lost", None, "host_silent"),
    ],
)
def test_both_ends_together_tell_where_it_is(cause: str, here: Finding | None, fault: str) -> None:
    found = from_terminal("no_answer", cause, here)
    assert found.fault == fault and fault_words(found).en and not FAULTS[fault].ends


def test_a_host_that_says_no_was_reached() -> None:
    assert from_terminal("done", None).verdict == "pass"
    assert from_terminal("declined", None, code="97").verdict == "pass"  # what it means is another check's


def test_a_terminal_that_did_not_dial_says_nothing_of_its_line() -> None:
    assert from_terminal("refused", "not_activated").verdict == "not_possible"


@pytest.mark.parametrize(
    ("answer", "verdict"), [("good", "pass"), ("refused", "pass"), ("bad", "fail"), ("none", "not_possible")]
)
def test_a_person_at_the_menu(answer: str, verdict: str) -> None:
    found = try_from_terminal(visit_of(Person({"network.terminal": (answer,)})))
    assert found.verdict == verdict and found.check == TERMINAL
    if verdict == "fail":
        assert fault_words(found).en


def test_nobody_at_the_menu() -> None:
    assert try_from_terminal(visit_of()).verdict == "not_possible"


def test_a_terminal_whose_host_is_gone() -> None:
    with at_terminal() as visit:
        closed = ClosedPort()
        try:
            session = visit.register()
            assert session.do("set_communication", address=closed.address)["status"] == "done"
            found = try_from_terminal(visit)
        finally:
            closed.close()
    assert (
        found.verdict == "fail"
        and FAULTS[found.fault].rows[0] == "F1"
        and visit.facts["sign_in"]["status"] == "no_answer"
    )
