"""What systems and libraries say when a port fails, literally as pyserial's issues, kernel logs and trials have it, and
what posrig makes of it."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from harness.links.holders import Holder
from harness.links.line_settings import LineSettings
from harness.links.serial import SERIAL_ERRORS, open_serial, refuse_held
from harness.links.serial_troubles import SIGNS, TROUBLES, explain, trouble_id
from protocols.errors import LinkError

from .test_real_links import Ear, run, until
from .usb_tree import UsbTree

DENIED = "PermissionError(13, 'Access is denied.', None, 5)"
CONFIGURE = "Cannot configure port, something went wrong. Original message: "


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        # Linux
        (
            "[Errno 11] Could not exclusively lock port /dev/ttyUSB0: [Errno 11] Resource temporarily unavailable",
            "held",
        ),
        ("[Errno 16] could not open port /dev/ttyUSB0: [Errno 16] Device or resource busy: '/dev/ttyUSB0'", "held"),
        ("[Errno 13] could not open port /dev/ttyUSB0: [Errno 13] Permission denied: '/dev/ttyUSB0'", "no_rights"),
        ("[Errno 2] could not open port /dev/pts/9: [Errno 2] No such file or directory: '/dev/pts/9'", "no_port"),
        (
            "device reports readiness to read but returned no data (device disconnected or multiple access on port?)",
            "gone",
        ),
        ("write failed: [Errno 5] Input/output error", "gone"),
        ("[Errno 5] Input/output error", "gone"),
        ("(5, 'Input/output error')", "gone"),
        ("[Errno 25] Inappropriate ioctl for device", "no_modem_lines"),
        ("(22, 'Invalid argument')", "seven_bits"),
        ("[Errno 22] Invalid argument", "seven_bits"),  # serialx
        (
            "Failed to update ASYNC_LOW_LATENCY flag to True: [Errno 25] Inappropriate ioctl for device",
            "low_latency",
        ),
        ("Write timeout", "write_timeout"),
        ("Could not configure port: (5, 'Input/output error')", "phantom"),
        ("Could not configure port: (25, 'Inappropriate ioctl for device')", "no_terminal"),
        ("usbfs: interface 0 claimed by ch341 while 'brltty' sets config #1", "brltty"),
        # macOS
        ("read failed: [Errno 6] Device not configured", "gone"),
        ("[Errno 16] could not open port /dev/cu.usbserial-1: [Errno 16] Resource busy: '/dev/cu.usbserial-1'", "held"),
        # Windows
        (f"could not open port 'COM6': {DENIED}", "held"),
        (
            "could not open port 'COM9': FileNotFoundError(2, 'The system cannot find the file specified.', None, 2)",
            "no_port",
        ),
        (f"ClearCommError failed ({DENIED})", "gone"),
        (f"WriteFile failed ({DENIED})", "gone"),
        (f"GetOverlappedResult failed ({DENIED})", "gone"),
        (
            "Cannot configure port, something went wrong. Original message: OSError(22, 'The parameter is incorrect.')",
            "bad_rate",
        ),
        ("This device cannot start. (Code 10)", "code_10"),
        # Windows in Chinese: the words are the system's, the numbers stay
        ("could not open port 'COM6': PermissionError(13, '拒绝访问。', None, 5)", "held"),
        ("could not open port 'COM9': FileNotFoundError(2, '系统找不到指定的文件。', None, 2)", "no_port"),
        ("ClearCommError failed (PermissionError(13, '拒绝访问。', None, 5))", "gone"),
        ("WriteFile failed (PermissionError(13, '设备不识别此命令。', None, 22))", "gone"),
        ("could not open port 'COM5': OSError(22, '指定不存在的设备。', None, 433)", "gone"),
        (f"{CONFIGURE}PermissionError(13, '连到系统上的设备没有发挥作用。', None, 31)", "code_10"),
        (f"{CONFIGURE}OSError(22, '参数错误。', None, 87)", "bad_rate"),
        ("[WinError 10061] 由于目标计算机积极拒绝，无法连接。", "no_server"),
        # RFC 2217 and TCP
        ("timeout while waiting for option 'control'", "rfc2217_control"),
        ("remote sends no NOTIFY_MODEMSTATE", "rfc2217_modem_state"),
        ("Could not open port rfc2217://127.0.0.1:1: [Errno 111] Connection refused", "no_server"),
        ("socket disconnected", "gone"),
        ("invalid URL, protocol 'rfc2271' not known", "bad_address"),
        ("something new", ""),
    ],
)
def test_what_a_system_says_is_known(text: str, trouble: str) -> None:
    assert trouble_id(text) == trouble


def test_every_trouble_has_its_words_and_its_way_out() -> None:
    for name in {name for _, name in SIGNS} | {""}:
        error = next((pattern for pattern, one in SIGNS if one == name), "something new")
        told = explain(OSError(error), "/dev/ttyUSB0", opening=True, group="uucp")
        assert told.what.zh.startswith("无法打开串口 /dev/ttyUSB0：") and told.cure.en
        assert "{" not in told.cure.en + told.cure.zh + told.what.zh, name
    assert {name for _, name in SIGNS} <= TROUBLES.keys()


def test_the_three_families_of_errors_are_caught_and_explained() -> None:
    for error in (serial.SerialException("[Errno 5] x"), OSError(5, "Input/output error"), termios.error(5, "x")):
        assert isinstance(error, SERIAL_ERRORS)
    assert trouble_id(str(termios.error(5, "Input/output error"))) == "gone"
    assert trouble_id(str(OSError(5, "Input/output error"))) == "gone"


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    master, slave = os.openpty()
    yield master, os.ttyname(slave)
    os.close(slave)
    os.close(master)


def test_the_group_and_the_holder_are_told() -> None:
    told = explain(OSError("[Errno 13] Permission denied"), "/dev/ttyS0", opening=True, group="uucp")
    assert "usermod -aG uucp" in told.cure.en
    locked = OSError("Could not exclusively lock port")
    told = explain(locked, "/dev/ttyS0", opening=True, holders=[Holder(7, "minicom")])
    assert "minicom (7)" in told.what.zh
    told = explain(locked, "/dev/ttyACM0", opening=True, holders=[Holder(500, "ModemManager")])
    assert "ID_MM_DEVICE_IGNORE" in told.cure.en


def test_a_real_port_that_another_process_has_open_is_refused_though_it_is_not_locked(tmp_path: Path) -> None:
    tree = UsbTree(tmp_path)
    tree.usb_serial(tree.adapter("1-1", "0403:6001", "A50285BI", "FT232R", "ftdi_sio"), "ttyUSB0")
    tree.stable("by-id", "usb-FTDI_FT232R_A50285BI-if00-port0", "ttyUSB0")
    tree.process(os.getpid(), "posrig", "/dev/ttyUSB0")
    refuse_held("/dev/ttyUSB0", tmp_path)
    tree.process(99999999, "cat", "/dev/ttyUSB0")
    for name in ("/dev/ttyUSB0", "/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0"):
        with pytest.raises(LinkError, match=r"another program has the port: cat \(99999999\)"):
            refuse_held(name, tmp_path)


# the real ones, on a pty


def test_a_port_that_is_open_is_refused_with_the_process_that_has_it(pty: tuple[int, str]) -> None:
    async def test() -> None:
        port = open_serial(pty[1], Ear())
        with pytest.raises(LinkError, match=rf"another program has the port: \S+ \({os.getpid()}\).*Close the program"):
            open_serial(pty[1], Ear())
        port.close()

    run(test())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("9600-7E1", "8 bits only.*--cable 9600-7E1"),
        ("9600-8E2-rtscts", ""),
        ("9600-8N1-dtr0-rts0", ""),
        ("250000", ""),
    ],
)
def test_a_pty_takes_all_settings_but_seven_bits(pty: tuple[int, str], settings: str, said: str) -> None:
    async def test() -> None:
        if said:
            with pytest.raises(LinkError, match=said):
                open_serial(pty[1], Ear(), LineSettings.parse(settings))
        else:
            open_serial(pty[1], Ear(), LineSettings.parse(settings)).close()

    run(test())


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/dev/ttyUSB99", "there is no such port.*posrig ports"),
        ("/dev/null", "no serial port"),
        ("", "there is no such port"),
        ("/dev/tty\0USB", "there is no such port"),
        ("rfc2217://127.0.0.1:1", "no port server answers"),
        ("socket://127.0.0.1:1", "no port server answers"),
        ("rfc2271://127.0.0.1:1", "does not know this kind of address.*place:1-2.3"),
        ("rfc2217://127.0.0.1:1?ignore=1", "does not know this kind of address"),
    ],
)
def test_an_address_that_cannot_be_opened_says_why(address: str, said: str) -> None:
    with pytest.raises(LinkError, match=said):
        open_serial(address, Ear())


def test_a_pty_that_is_gone_is_told_and_is_open_is_not_asked(pty: tuple[int, str]) -> None:
    async def test() -> None:
        master, slave = os.openpty()
        ear = Ear()
        open_serial(os.ttyname(slave), ear)
        os.close(slave)
        os.close(master)
        await until(lambda: ear.ends)
        assert ear.ends == ["gone"]

    run(test())


@pytest.mark.skipif(sys.platform != "linux", reason="a server that hangs up, by a socket of this system")
def test_a_server_that_hangs_up_is_a_port_that_is_gone() -> None:
    async def test() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        number = server.sockets[0].getsockname()[1]
        ear = Ear()
        open_serial(f"socket://127.0.0.1:{number}", ear)
        await until(lambda: ear.ends)
        assert ear.ends == ["gone"]
        server.close()
        await server.wait_closed()

    run(test())
