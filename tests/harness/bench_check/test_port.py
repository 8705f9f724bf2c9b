"""Which port is taken, and what is said of one that cannot be."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.bench.register import Cable, open_register
from harness.bench.standing import StandingTerminal
from harness.bench_check.checks.computer import look_at_computer
from harness.bench_check.checks.port import FAULT_OF, NOT_IN_THE_WAY, choose, find_port, open_port
from harness.bench_check.faults import FAULTS
from harness.bench_check.model import Answer, Finding, Question
from harness.links.holders import pty_users
from harness.links.serial_troubles import TROUBLES
from harness.links.tcp import ClosedPort

from ..links.usb_tree import UsbTree
from .counter import Person, fault_words, visit_of

NOT_LINUX = sys.platform != "linux"
pytestmark = pytest.mark.skipif(NOT_LINUX, reason="folders of Linux, and ptys")


@pytest.fixture
def tree(tmp_path: Path) -> UsbTree:
    return UsbTree(tmp_path)


def ch340(tree: UsbTree, place: str = "1-2.3", tty: str = "ttyUSB0") -> None:
    tree.usb_serial(tree.adapter(place, "1a86:7523", "", "USB Serial", "ch341"), tty)


def ftdi(tree: UsbTree, place: str = "1-1", tty: str = "ttyUSB1") -> None:
    tree.usb_serial(tree.adapter(place, "0403:6001", "A50285BI", "FT232R USB UART", "ftdi_sio"), tty, 1)


def fault_at(tree: UsbTree, person: Person | None = None) -> Finding:
    found = choose(visit_of(person), tree.root)
    assert isinstance(found, Finding) and found.verdict == "fail"
    assert FAULTS[found.fault].ends and FAULTS[found.fault].blame == "bench" and fault_words(found).en
    return found


def chosen(tree: UsbTree, person: Person | None = None, **settings: Any) -> str:
    found = choose(visit_of(person, **settings), tree.root)
    assert not isinstance(found, Finding), found
    return found[0]


def test_no_port_at_all(tree: UsbTree) -> None:
    tree.built_in("ttyS1", "0")  # a name without a circuit
    assert fault_at(tree).fault == "no_port"


def test_the_only_usb_port_is_taken_whatever_is_built_in(tree: UsbTree) -> None:
    tree.built_in("ttyS0", "4")
    ch340(tree)
    person = Person()
    assert chosen(tree, person) == "place:1-2.3" and not person.asked  # a CH340 has no number
    ftdi(tree, tty="ttyUSB9")
    tree.unplug("1-2.3", "ttyUSB0")
    assert chosen(tree, person) == "usb:A50285BI"


def test_a_built_in_port_is_never_taken_unasked(tree: UsbTree) -> None:
    tree.built_in("ttyS0", "4")
    found = fault_at(tree)
    assert found.fault == "no_port" and "/dev/ttyS0" in found.found.zh
    person = Person({"port.which": ("/dev/ttyS0",)})
    assert chosen(tree, person) == "/dev/ttyS0"
    assert next(iter(person.asked[0].choices)) == "none"  # Enter takes nothing
    assert fault_at(tree, Person({"port.which": ("none",)})).fault == "no_port"


def test_a_cable_that_is_plugged_in_when_asked_for_is_found(tree: UsbTree) -> None:
    class Helpful(Person):
        def ask(self, question: Question) -> Answer:
            ch340(tree)
            return super().ask(question)

    tree.built_in("ttyS0", "4")
    person = Helpful({"port.which": ("none",)})
    assert chosen(tree, person) == "place:1-2.3" and len(person.asked) == 1


def test_a_usb_port_in_trouble_is_told_before_anything_built_in_is_offered(tree: UsbTree) -> None:
    tree.built_in("ttyS0", "4")
    ch340(tree)
    tree.process(4711, "till", "/dev/ttyUSB0")
    assert fault_at(tree).fault == "port_held"


def test_of_several_a_person_names_one_and_that_of_the_last_visit_comes_first(tree: UsbTree) -> None:
    ch340(tree)
    ftdi(tree)
    found = fault_at(tree)
    assert found.fault == "several_ports" and "CH340" in fault_words(found).en and "FT232R" in fault_words(found).zh
    person = Person({"port.which": ("usb:A50285BI",)})
    assert chosen(tree, person) == "usb:A50285BI"
    assert list(person.asked[0].choices) == ["place:1-2.3", "usb:A50285BI"]
    visit = visit_of(person, sn="SN1")
    visit.earlier_of = lambda sn: [{"facts": {}}, {"facts": {"port": "usb:A50285BI"}}] if sn == "SN1" else []
    choose(visit, tree.root)
    assert list(person.asked[1].choices) == ["usb:A50285BI", "place:1-2.3"]


def test_a_port_that_a_program_has_is_told_with_its_name(tree: UsbTree) -> None:
    ch340(tree)
    tree.process(4711, "minicom", "/dev/ttyUSB0")
    found = fault_at(tree)
    assert found.fault == "port_held"
    assert "minicom (4711)" in fault_words(found).zh and "minicom (4711)" in fault_words(found).en


@pytest.mark.parametrize(
    ("driver", "program", "word"), [("", "", "modprobe ch341"), ("usbfs", "brltty", "brltty"), ("usbfs", "", "驱动")]
)
def test_an_adapter_without_a_port_is_a_matter_of_its_driver(
    tree: UsbTree, driver: str, program: str, word: str
) -> None:
    tree.adapter("1-2", "1a86:7523", "", "USB Serial", driver)
    if program:
        tree.process(9, program)
    found = fault_at(tree)
    assert found.fault == "port_no_driver" and word in fault_words(found).en + fault_words(found).zh


def test_modemmanager_is_no_reason_to_stop(tree: UsbTree) -> None:
    tree.cdc_acm(tree.adapter("1-4", "0b00:0054", "0821000123", "Move/5000", "cdc_acm"), "ttyACM0")
    tree.process(500, "ModemManager")
    assert chosen(tree) == "usb:0821000123"


def test_every_grave_trouble_ends_as_a_fault_of_the_bench() -> None:
    for name, trouble in TROUBLES.items():
        if trouble.grave and name not in NOT_IN_THE_WAY:
            fault = FAULTS[FAULT_OF.get(name, "port_unusable")]
            assert fault.ends and fault.blame == "bench", name


@pytest.fixture(scope="module")
def standing() -> Iterator[StandingTerminal]:
    with StandingTerminal() as terminal:
        yield terminal


def test_a_pty_is_opened_and_let_go(standing: StandingTerminal) -> None:
    visit = visit_of(port=standing.port)
    found = find_port(visit)
    assert (found.verdict, visit.facts["port"]) == ("pass", standing.port)
    open_register(Cable(standing.port)).close()


def test_a_pty_that_a_register_has_is_held(standing: StandingTerminal) -> None:
    with open_register(Cable(standing.port)):
        found = find_port(visit_of(port=standing.port))
    assert found.fault == "port_held" and standing.port in fault_words(found).zh


def test_a_pty_that_another_process_reads_is_held_although_nothing_locks_it(standing: StandingTerminal) -> None:
    assert pty_users(standing.port, Path("/")) == ()  # whoever made it does not count
    with (
        open(standing.port, "rb", buffering=0) as end,
        subprocess.Popen(["/bin/sleep", "60"], stdin=end) as other,
    ):
        try:
            found = find_port(visit_of(port=standing.port))
        finally:
            other.kill()
    assert found.fault == "port_held" and f"sleep ({other.pid})" in fault_words(found).en


def test_a_name_that_is_wrong_is_told_with_those_that_there_are() -> None:
    for port in ("/dev/ttyUSB99", "usb:NOBODY-HAS-THIS", "place:9-9", "tcp:here", "tcp:127.0.0.1:x"):
        found = find_port(visit_of(port=port))
        assert found.fault == "no_such_port" and port in fault_words(found).en, port
    assert find_port(visit_of(port="nonsense://1")).fault == "port_unusable"
    assert find_port(visit_of(port="/dev/null")).fault == "port_unusable"


def test_a_terminal_by_tcp_is_dialled() -> None:
    closed = ClosedPort()
    try:
        found = find_port(visit_of(port=f"tcp:{closed.address}"))
    finally:
        closed.close()
    assert found.fault == "terminal_not_reached" and closed.address in fault_words(found).zh
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = f"tcp:127.0.0.1:{server.getsockname()[1]}"
        visit = visit_of(port=port)
        assert find_port(visit).verdict == "pass" and visit.facts["port"] == port


def test_what_is_known_of_the_adapter_is_a_fact(tree: UsbTree, standing: StandingTerminal) -> None:
    ftdi(tree)
    visit = visit_of()
    found = choose(visit, tree.root)
    assert not isinstance(found, Finding)
    told = open_port(visit, standing.port, found[1])
    assert "FT232R" in told.found.zh and "A50285BI" in told.found.en
    assert visit.facts["cable_device"] == {
        "name": "/dev/ttyUSB1", "chip": "FT232R", "driver": "ftdi_sio", "number": "A50285BI", "place": "1-1",
        "usb": "0403:6001", "product": "FT232R USB UART",
    }  # fmt: skip


def test_the_computer_can_keep_records_or_says_why_not(tmp_path: Path) -> None:
    visit = visit_of(facts={"data_folder": str(tmp_path / "not" / "made" / "yet")})
    assert look_at_computer(visit).verdict == "pass" and not os.listdir(tmp_path)
    blocked = tmp_path / "file"
    blocked.write_text("")
    found = look_at_computer(visit_of(facts={"data_folder": str(blocked / "below")}))
    assert found.fault == "computer_disk" and str(blocked) in fault_words(found).zh
