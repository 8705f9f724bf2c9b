"""What tells the rows of the network apart, one observation at a time, on events that are made by hand."""

from __future__ import annotations

from typing import Any

from harness.diagnosis import diagnose
from harness.trace import Event, Who

SECOND_US = 1_000_000
SEEN = {"terminal": ("terminal",), "host": ("host",), "register": ("register",)}


class Recording:
    """Events in the order in which they are told; `t_us` goes on with each."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.t_us = 0

    def add(self, party: str, kind: str, data: dict[str, Any], seen: tuple[str, ...] | None = None) -> None:
        side = party.rstrip("0123456789")
        self.events.append(Event(len(self.events) + 1, self.t_us, party, kind, data, seen or SEEN[side]))

    def ended(
        self, cause: str, op: str = "connect", status: str = "no_answer", party: str = "terminal", **args: Any
    ) -> None:
        shown = ("terminal", "register")
        self.add(party, "operation", {"phase": "begin", "op": op, "args": args}, shown)
        outcome = {"op": op, "status": status, "cause": cause, "code": None}
        self.add(party, "operation", {"phase": "end", "op": op, "outcome": outcome}, shown)

    def configured(self, *names: str) -> None:
        self.add("terminal", "audit", {"what": "configured", "names": list(names)})

    def said(
        self, party: str, direction: str, mti: str, stan: str, code: str = "", link: str = "host", **more: Any
    ) -> None:
        fields = {"11": stan, "41": "20000001", "60": "2200000100050"} | ({"39": code} if code else {})
        data = {"link": link, "dir": direction, "mti": mti, "kind": "sale", "fields": fields, "mac": "good", **more}
        self.add(party, "message", data)

    def octets(self, party: str, direction: str, link: str, value: str = "", length: int = 0) -> None:
        content: dict[str, Any] = {"hex": value} if value else {"length": length, "hash": "00" * 8}
        self.add(party, "bytes", {"link": link, "dir": direction, **content})

    def closed(self, reason: str, link: str = "host") -> None:
        self.add("terminal", "link", {"link": link, "what": "closed", "reason": reason})

    def group(self, view: Who = "all") -> tuple[str, ...]:
        return tuple(c.cause.row for c in diagnose(self.events, view).tied)

    def symptoms(self, view: Who = "all") -> set[str]:
        return {item.symptom for item in diagnose(self.events, view).observations}


def test_a_wrong_setting_is_proved_by_the_log_of_the_menu() -> None:
    told = Recording()
    told.ended("connection_refused")
    assert "F1" in told.group() and len(told.group()) > 1, "nobody knows whose port is closed"
    told.configured("host_address")
    told.ended("connection_refused")
    assert told.group() == ("F1",)


def test_a_setting_that_works_is_no_evidence() -> None:
    told = Recording()
    told.configured("host_address")
    told.ended("", status="done")
    told.ended("connection_refused")
    assert "settings_changed" not in told.symptoms()


def test_other_settings_do_not_lead_anywhere() -> None:
    told = Recording()
    told.configured("confirm_amount", "reply_timeout_us")
    told.ended("connection_refused")
    assert "settings_changed" not in told.symptoms()


def test_another_address_over_the_same_line_tells_line_from_host() -> None:
    told = Recording()
    told.ended("connection_refused")
    told.ended("connection_refused", address="host2.posrig.test:8583")
    assert told.group() == ("F1",)
    assert told.group("register") == ("F1",)
    works = Recording()
    works.ended("connection_refused")
    works.ended("", status="done", address="host2.posrig.test:8583")
    assert "G3" in works.group()


def test_a_host_that_serves_the_next_terminal_is_not_down() -> None:
    told = Recording()
    told.ended("connection_refused")
    told.said("terminal2", "out", "0820", "000001")
    told.said("terminal2", "in", "0830", "000001", "00")
    assert told.group() == ("F1",)
    told = Recording()
    told.ended("connection_refused")
    told.ended("connection_refused", party="terminal2")
    assert "F1" not in told.group() and "G3" in told.group()


def test_one_loss_is_no_unstable_line_and_many_by_turns_are() -> None:
    told = Recording()
    for number in range(4):
        lost, good = f"{number:06d}", f"1{number:05d}"
        told.said("terminal", "out", "0200", lost)
        told.closed("local")
        told.ended("no_answer", "sale", "unknown")
        assert ("losses_scattered" in told.symptoms()) == (number >= 2), number
        told.said("terminal", "out", "0400", lost, "98")
        told.closed("local")
        told.said("terminal", "out", "0400", lost, "98")
        told.said("terminal", "in", "0410", lost, "25")
        told.said("terminal", "out", "0200", good)
        told.said("terminal", "in", "0210", good, "00")
        told.closed("local")
        told.ended("", "sale", "done")
        if number == 0:
            assert "losses_scattered" not in told.symptoms()


def exchange(request_us: int, reply_us: int, host_us: int = 100_000) -> Recording:
    told = Recording()
    told.said("terminal", "out", "0200", "000001")
    told.t_us += request_us
    told.said("host", "in", "0200", "000001", link="c1")
    told.t_us += host_us
    told.said("host", "out", "0210", "000001", "00", link="c1")
    told.t_us += reply_us
    told.said("terminal", "in", "0210", "000001", "00")
    return told


def test_four_time_stamps_tell_a_slow_line_from_a_slow_host() -> None:
    second = SECOND_US
    assert exchange(4 * second, second).group() == ("F3",)
    assert exchange(second, 4 * second).group() == ("F3",)
    assert "line_slow" not in exchange(second, second, host_us=20 * second).symptoms()
    assert "answers_slow" in exchange(second, second, host_us=20 * second).symptoms("terminal")
    assert exchange(second, second).symptoms() == set(), "a second is everyday life"


def test_a_request_that_was_repeated_is_timed_from_its_last_departure() -> None:
    told = Recording()
    for _ in range(2):
        told.said("terminal", "out", "0400", "000001", "98")
        told.closed("local")
        told.t_us += 60 * SECOND_US
    told.said("terminal", "out", "0400", "000001", "98")
    told.t_us += 20_000
    told.said("host", "in", "0400", "000001", "98", link="c3")
    assert "line_slow" not in told.symptoms()


def test_octets_that_nobody_put_in_are_damage() -> None:
    told = Recording()
    told.octets("terminal", "out", "host", "000141")
    told.octets("host", "in", "c1", "000141")
    assert told.symptoms() == set()
    told.octets("host", "in", "c1", "000142")
    assert told.group() == ("F4",)


def test_a_part_of_a_reply_is_damage_only_when_the_connection_went_on() -> None:
    """A connection that died inside the reply is a loss (F5)."""
    for reason, damaged in (("local", True), ("reset", False), ("eof", False)):
        told = Recording()
        told.octets("host", "out", "c1", "0002" + "41" * 100)
        told.octets("terminal", "in", "host", length=40)
        told.closed(reason)
        assert ("octets_differ" in told.symptoms()) == damaged, reason


def test_a_whole_frame_that_cannot_be_read_is_damage() -> None:
    told = Recording()
    told.octets("terminal", "out", "host", "0002" + "41" * 100)
    told.octets("host", "in", "c1", length=102)
    assert told.group() == ("F4",)


def test_the_host_alone_sees_no_failed_dial() -> None:
    told = Recording()
    told.ended("no_line")
    assert diagnose(told.events, "host").first is None
    assert "F1" in diagnose(told.events, "host").group
