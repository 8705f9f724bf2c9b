"""Which ports there are, whose they are, and what is wrong with them, in folders as Linux has them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from harness.console.ports import show_ports
from harness.links.holders import Who
from harness.links.port_checks import Checked, check_ports
from harness.links.port_info import PortInfo, address_of, from_pyserial, natural, serial_ports
from harness.links.ports import SamePort, find_port, port_of
from protocols.errors import LinkError

from .usb_tree import UsbTree

ALICE = Who(1000, frozenset({1000, 20}))
BOB = Who(1001, frozenset({1001}))


@pytest.fixture
def tree(tmp_path: Path) -> UsbTree:
    return UsbTree(tmp_path)


@pytest.fixture
def bench(tree: UsbTree) -> UsbTree:
    """An FT232R, two CH340 that look alike, a terminal with a port of its own, and names without a circuit."""
    tree.usb_serial(tree.adapter("1-1", "0403:6001", "A50285BI", "FT232R USB UART", "ftdi_sio"), "ttyUSB0", 16)
    tree.usb_serial(tree.adapter("1-2.1", "1a86:7523", "", "USB Serial", "ch341"), "ttyUSB1")
    tree.usb_serial(tree.adapter("1-2.3", "1a86:7523", "", "USB Serial", "ch341"), "ttyUSB10")
    tree.cdc_acm(tree.adapter("1-4", "0b00:0054", "0821000123", "Move/5000", "cdc_acm"), "ttyACM0")
    tree.built_in("ttyS0", "4")
    tree.built_in("ttyS1", "0")
    tree.stable("by-id", "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0", "ttyUSB0")
    tree.stable("by-path", "pci-0000:00:14.0-usb-0:2.1:1.0-port0", "ttyUSB1")
    return tree


def checked(tree: UsbTree, who: Who = ALICE) -> Mapping[str, Checked]:
    return {one.port.name or one.port.place: one for one in check_ports(serial_ports(tree.root), tree.root, who)}


def owned(tree: UsbTree, *gids: int) -> None:
    """The device files belong to root and a group, as udev makes them."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for file in (tree.root / "dev").glob("tty*"):
        os.chown(file, 0, gids[0])


def test_each_port_is_listed_with_its_device(bench: UsbTree) -> None:
    ports = {port.name: port for port in serial_ports(bench.root)}
    assert list(ports) == ["/dev/ttyACM0", "/dev/ttyS0", "/dev/ttyS1", "/dev/ttyUSB0", "/dev/ttyUSB1", "/dev/ttyUSB10"]
    assert ports["/dev/ttyUSB0"] == PortInfo(
        name="/dev/ttyUSB0",
        vid=0x0403,
        pid=0x6001,
        serial_number="A50285BI",
        place="1-1",
        interface="1.0",
        product="FT232R USB UART",
        driver="ftdi_sio",
        by_id="/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
        latency_ms=16,
    )
    assert (ports["/dev/ttyACM0"].driver, ports["/dev/ttyACM0"].chip) == ("cdc_acm", "CDC-ACM")
    assert [ports[name].chip for name in ("/dev/ttyUSB0", "/dev/ttyUSB1")] == ["FT232R", "CH340"]
    assert [port.name for port in ports.values() if port.phantom] == ["/dev/ttyS1"]
    assert ports["/dev/ttyUSB0"].hwid == "USB VID:PID=0403:6001 SER=A50285BI LOCATION=1-1"


@pytest.mark.parametrize(
    ("device", "location", "number", "place", "interface", "address"),
    [
        ("COM10", "1-2.3:x.0", "A50285BIA", "1-2.3", "x.0", "usb:A50285BIA"),  # Windows
        ("COM3", "1-4", None, "1-4", "", "place:1-4"),
        ("/dev/cu.usbserial-110", "1-1", "A50285BI", "1-1", "", "usb:A50285BI"),  # macOS
    ],
)
def test_ports_of_windows_and_macos_come_from_pyserial(
    device: str, location: str, number: str | None, place: str, interface: str, address: str
) -> None:
    listed = ListPortInfo(device)
    listed.vid, listed.pid, listed.location, listed.serial_number = 0x0403, 0x6001, location, number
    built_in = ListPortInfo("COM1")
    port, other = from_pyserial([listed, built_in])
    assert (port.name, port.place, port.interface, port.chip) == (device, place, interface, "FT232R")
    assert address_of(port, [port, other]) == address
    assert port_of(address, lambda: [port, other]) == device
    assert (other.name, other.is_usb, address_of(other, [port, other])) == ("COM1", False, "COM1")


def test_what_a_device_says_of_itself_is_shown_and_not_obeyed(tree: UsbTree) -> None:
    interface = tree.adapter("1-1", "zzzz:12", "A\x1b[31m\u202eB", "x" * 5_000, "ftdi_sio")
    tree.usb_serial(interface, "ttyUSB0")
    (interface / "ttyUSB0/latency_timer").write_bytes(b"\xff\xfe")
    (port,) = serial_ports(tree.root)
    assert (port.vid, port.pid, port.latency_ms, port.chip) == (None, None, None, "")
    assert port.serial_number == "A?[31m?B" and len(port.product) == 200
    assert checked(tree)["/dev/ttyUSB0"].address == "/dev/ttyUSB0"


def test_names_are_ordered_by_their_numbers() -> None:
    assert sorted(["COM10", "COM9", "COM1"], key=natural) == ["COM1", "COM9", "COM10"]


def test_each_port_has_a_name_that_stays(bench: UsbTree) -> None:
    ports = serial_ports(bench.root)
    assert {port.name: address_of(port, ports) for port in ports if not port.phantom} == {
        "/dev/ttyACM0": "usb:0821000123",
        "/dev/ttyS0": "/dev/ttyS0",
        "/dev/ttyUSB0": "usb:A50285BI",
        "/dev/ttyUSB1": "place:1-2.1",
        "/dev/ttyUSB10": "place:1-2.3",
    }


def test_a_device_with_several_ports_is_named_with_its_interface(tree: UsbTree) -> None:
    tree.usb_serial(tree.adapter("1-1", "0403:6011", "FT4", "Quad", "ftdi_sio"), "ttyUSB0")
    tree.usb_serial(tree.interface("1-1", "1.1", "ftdi_sio"), "ttyUSB1")

    def listing() -> list[PortInfo]:
        return serial_ports(tree.root)

    assert [address_of(port, listing()) for port in listing()] == ["usb:FT4:1.0", "usb:FT4:1.1"]
    assert port_of("usb:FT4:1.1", listing) == "/dev/ttyUSB1"
    assert port_of("place:1-1:1.0", listing) == "/dev/ttyUSB0"
    with pytest.raises(LinkError, match=r"several ports.*usb:FT4:1.0, usb:FT4:1.1"):
        port_of("usb:FT4", listing)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("usb:A50285BI", "/dev/ttyUSB0"),
        ("place:1-2.1", "/dev/ttyUSB1"),
        ("place:1-2.3", "/dev/ttyUSB10"),
        ("place:pci-0000:00:14.0-usb-0:2.1:1.0-port0", "/dev/ttyUSB1"),
        ("hwgrep://0403:6001", "/dev/ttyUSB0"),
        ("hwgrep://move/5000", "/dev/ttyACM0"),
        ("hwgrep://1A86:7523&n=2", "/dev/ttyUSB10"),
        ("/dev/ttyUSB7", "/dev/ttyUSB7"),
        ("\\\\.\\COM10", "COM10"),  # pyserial puts the prefix there itself
        ("COM10", "COM10"),
        ("/dev/cu.usbserial-110", "/dev/cu.usbserial-110"),
        ("rfc2217://pay:2217?ign_set_control", "rfc2217://pay:2217?ign_set_control"),
    ],
)
def test_an_address_leads_to_a_port(bench: UsbTree, address: str, name: str) -> None:
    assert port_of(address, lambda: serial_ports(bench.root)) == name


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("usb:A50285B", "no serial device with the number A50285B.*A50285BI"),  # a part of a number is none
        ("usb:", "no serial device"),
        ("place:1-2", "no serial port at the USB place 1-2.*1-2.1"),
        ("hwgrep://1A86:7523", "several ports.*place:1-2.1, place:1-2.3"),
        ("hwgrep://9999", "no serial port matches"),
        ("hwgrep://1A86:7523&n=3", "no serial port matches"),
        ("hwgrep://(", "no regular expression"),
    ],
)
def test_an_address_that_leads_to_none_or_several_is_refused(bench: UsbTree, address: str, said: str) -> None:
    with pytest.raises(LinkError, match=said):
        port_of(address, lambda: serial_ports(bench.root))


def test_a_number_is_found_whole_in_the_name_of_a_link(tmp_path: Path) -> None:
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    (by_id / "usb-Prolific_Inc._12-34_AB-if00-port0").symlink_to("/dev/null")
    assert find_port("12-34_AB", by_id, list) == "/dev/null"
    for part in ("34_A", "4_AB"):
        with pytest.raises(LinkError):
            find_port(part, by_id, list)


# the same device again


def test_the_device_is_found_again_under_another_name(bench: UsbTree) -> None:
    same = SamePort("/dev/ttyUSB0", lambda: serial_ports(bench.root))
    assert same.name() == "/dev/ttyUSB0"
    same.opened("/dev/ttyUSB0")
    bench.unplug("1-1", "ttyUSB0")
    with pytest.raises(LinkError, match=r"A50285BI.*not back yet"):
        same.name()
    bench.usb_serial(bench.adapter("1-3", "0403:6001", "A50285BI", "FT232R", "ftdi_sio"), "ttyUSB2", 16)
    assert same.name() == "/dev/ttyUSB2"


def test_another_device_that_took_the_name_is_refused(bench: UsbTree) -> None:
    same = SamePort("/dev/ttyUSB0", lambda: serial_ports(bench.root))
    same.opened("/dev/ttyUSB0")
    bench.unplug("1-1", "ttyUSB0")
    bench.usb_serial(bench.adapter("1-5", "0403:6001", "OTHER", "FT232R", "ftdi_sio"), "ttyUSB0", 16)
    with pytest.raises(LinkError, match=r"another device now .*OTHER.*, not .*A50285BI.*name it as usb:OTHER"):
        same.name()


def test_a_device_without_a_number_is_known_by_its_place(bench: UsbTree) -> None:
    same = SamePort("/dev/ttyUSB1", lambda: serial_ports(bench.root))
    same.opened("/dev/ttyUSB1")
    bench.unplug("1-2.1", "ttyUSB1")
    with pytest.raises(LinkError, match=r"known by its place alone.*1-2\.1"):  # its like at 1-2.3 is there
        same.name()
    bench.unplug("1-2.3", "ttyUSB10")
    with pytest.raises(LinkError, match="not back yet"):
        same.name()
    interface = bench.root / "sys/devices/pci0000:00/0000:00:14.0/usb1/1-2.1/1-2.1:1.0"
    bench.usb_serial(interface, "ttyUSB5")
    assert same.name() == "/dev/ttyUSB5"


def test_ptys_and_urls_are_opened_again_as_they_are_called(bench: UsbTree) -> None:
    for address in ("/dev/pts/3", "loop://", "rfc2217://pay:2217"):
        same = SamePort(address, lambda: serial_ports(bench.root))
        same.opened(address)
        assert same.name() == address


# what is wrong with them


def test_a_port_that_is_fine_has_no_troubles(bench: UsbTree) -> None:
    owned(bench, 20)
    assert checked(bench)["/dev/ttyACM0"].troubles == {}
    assert checked(bench)["/dev/ttyACM0"].is_fine


def test_rights_that_are_missing_name_the_group(bench: UsbTree) -> None:
    owned(bench, 20)
    one = checked(bench, BOB)["/dev/ttyUSB0"]
    assert not one.is_fine
    assert "usermod -aG dialout" in one.troubles["no_rights"].cure.en
    assert "dialout 组" in one.troubles["no_rights"].cure.zh
    (bench.root / "dev/ttyUSB0").chmod(0o600)
    assert "chmod g+rw /dev/ttyUSB0" in checked(bench)["/dev/ttyUSB0"].troubles["no_rights"].cure.en
    assert "no_rights" not in checked(bench, Who(0, frozenset({0})))["/dev/ttyUSB0"].troubles


def test_who_has_a_port_is_named(bench: UsbTree) -> None:
    bench.process(712, "minicom", "/dev/null", "/dev/ttyUSB1")
    bench.process(71, "sshd", "/dev/null")
    one = checked(bench, Who(0, frozenset()))["/dev/ttyUSB1"]
    assert [str(holder) for holder in one.holders] == ["minicom (712)"]
    assert set(one.troubles) == {"held", "no_number"}
    assert "place:1-2.1" in one.troubles["no_number"].cure.en


def test_modem_manager_is_a_danger_unless_it_was_told_to_keep_off(bench: UsbTree) -> None:
    bench.process(500, "ModemManager")
    root = Who(0, frozenset())
    one = checked(bench, root)
    assert 'ATTRS{idVendor}=="0b00"' in one["/dev/ttyACM0"].troubles["modem_manager"].cure.en
    assert "modem_manager" not in one["/dev/ttyUSB0"].troubles
    number = (bench.root / "sys/class/tty/ttyACM0/dev").read_text().strip()
    bench.write(f"run/udev/data/c{number}", "S:serial/by-id/x\nE:ID_MM_DEVICE_IGNORE=1\n")
    assert "modem_manager" not in checked(bench, root)["/dev/ttyACM0"].troubles


def test_the_latency_timer_is_told_with_the_way_to_lower_it(bench: UsbTree) -> None:
    one = checked(bench, Who(0, frozenset()))["/dev/ttyUSB0"]
    assert one.is_fine
    assert "16 ms" in one.troubles["latency"].what.en
    assert "/sys/bus/usb-serial/devices/ttyUSB0/latency_timer" in one.troubles["latency"].cure.en


@pytest.mark.parametrize(
    ("driver", "running", "trouble"),
    [
        ("", "brltty", "brltty"),
        ("usbfs", "brltty", "brltty"),
        ("usbfs", "qemu-system-x86", "taken_from_driver"),
        ("", "sshd", "no_driver"),
    ],
)
def test_an_adapter_without_a_port_says_who_took_it(tree: UsbTree, driver: str, running: str, trouble: str) -> None:
    tree.adapter("1-2", "1a86:7523", "", "USB Serial", driver)
    tree.adapter("1-9", "046d:c52b", "", "Receiver", "usbhid")  # a mouse is no adapter
    tree.process(300, running)
    one = checked(tree)
    assert list(one) == ["1-2"]
    assert list(one["1-2"].troubles) == [trouble]
    assert not one["1-2"].is_fine


def test_a_port_without_its_file_is_one_of_a_container(bench: UsbTree) -> None:
    (bench.root / "dev/ttyUSB0").unlink()
    assert "--device /dev/ttyUSB0" in checked(bench)["/dev/ttyUSB0"].troubles["no_node"].cure.en


# the command


def test_the_page_shows_what_a_person_needs(bench: UsbTree, capsys: pytest.CaptureFixture[str]) -> None:
    bench.process(712, "minicom", "/dev/ttyUSB1")
    assert show_ports(bench.root, False, False) == 1
    page = capsys.readouterr().out
    for told in ("usb:A50285BI", "place:1-2.3", "minicom (712)", "CH340 1A86:7523", "ftdi_sio", "latency_timer"):
        assert told in page
    assert "ttyS1" not in page
    show_ports(bench.root, True, False)
    assert "ttyS1" in capsys.readouterr().out


def test_ports_that_can_all_be_used_are_status_0(tree: UsbTree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.usb_serial(tree.adapter("1-2.1", "1a86:7523", "", "USB Serial", "ch341"), "ttyUSB1")
    assert show_ports(tree.root, False, True) == 0  # it has no number, which is worth knowing and no fault
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["address"], row["chip"]) == ("/dev/ttyUSB1", "place:1-2.1", "CH340")
    assert [one["id"] for one in row["troubles"]] == ["no_number"]


def test_no_port_at_all_says_what_to_check(tree: UsbTree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.built_in("ttyS1", "0")
    assert show_ports(tree.root, False, False) == 1
    page = capsys.readouterr().out
    assert "lsusb" in page and "--all" in page
