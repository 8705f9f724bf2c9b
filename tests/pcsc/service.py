"""The PC/SC service: one of our own, several at once, one that dies, and a machine that lacks what readers need.  A
process's PC/SC library looks for its service once, so that most of this runs in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.bench import pcscd
from harness.bench.pcscd import Pcscd
from harness.links.activation import free_ports, port_taken
from harness.links.pcsc import CardLinkError, api
from protocols.errors import LinkError

ROOT = Path(__file__).parents[2]
NOBODY = 65534


def posrig(*words: str, service: str = "/nowhere", given: str = "") -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-m", "harness.cli", *words], service, given)


def run(command: Sequence[str], service: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": service, "POSRIG_LANG": "en"}
    return subprocess.run(
        command, input=given, capture_output=True, text=True, env=environment, timeout=50, check=False, cwd=ROOT
    )


def program(text: str, *words: str, service: str = "/nowhere") -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-c", text, *words], service)


@pytest.mark.parametrize("command", ["list", "check", "watch", "apdu"])
def test_a_machine_without_the_service(command: str) -> None:
    ran = posrig("reader", command, *(["00A4040000"] if command == "apdu" else []))
    assert ran.returncode == 3
    assert "the PC/SC service does not run" in ran.stderr and "systemctl start pcscd" in ran.stderr


def test_the_same_in_chinese() -> None:
    ran = posrig("reader", "list", "--lang", "zh")
    assert ran.returncode == 3 and "PC/SC 服务没有运行" in ran.stderr


def test_a_terminal_says_at_once_what_its_reader_lacks_and_waits_for_it() -> None:
    command = [sys.executable, "-m", "harness.cli", "terminal", "--reader", "X"]
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": "/nowhere", "POSRIG_LANG": "en"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, env=environment, cwd=ROOT, stdout=pipe, stderr=pipe) as terminal:
        assert terminal.stdout is not None and terminal.stderr is not None
        try:
            assert "the PC/SC service does not run" in terminal.stderr.readline()
            assert terminal.stdout.readline().startswith("ready on ")
        finally:
            terminal.terminate()
    assert terminal.returncode == 0


def test_a_machine_without_the_extra() -> None:
    text = "import sys; sys.modules['smartcard'] = None; sys.argv[0] = 'posrig'; from harness.cli import main; main()"
    ran = program(text, "reader", "list")
    assert ran.returncode == 3
    assert "pyscard" in ran.stderr and "posrig[pcsc]" in ran.stderr and "Traceback" not in ran.stderr


def test_a_machine_without_the_systems_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LIBRARY", "libpcsclite-that-is-not-there.so.1")
    api.scard.cache_clear()
    with pytest.raises(CardLinkError) as caught:
        api.scard()
    assert caught.value.trouble == "no-library" and "libpcsclite1" in caught.value.cure.en
    api.scard.cache_clear()


def test_a_service_without_a_reader() -> None:
    with Pcscd(()) as service:
        listed = posrig("reader", "list", service=service.socket)
        checked = posrig("reader", "check", service=service.socket)
    assert (listed.returncode, checked.returncode) == (3, 3)
    assert "there is no reader" in listed.stderr and "lsusb" in checked.stderr


def test_a_reader_that_there_is_not_is_the_callers_mistake() -> None:
    with Pcscd() as service:
        ran = posrig("reader", "check", "--reader", "Gemalto", service=service.socket)
    assert ran.returncode == 2
    assert "posrig virtual PICC 00 00" in ran.stderr and "posrig reader list" in ran.stderr


def test_no_card_comes() -> None:
    with Pcscd() as service:
        ran = posrig("reader", "check", "--reader", "reader 00 00", "--wait", "0", service=service.socket)
    assert ran.returncode == 1 and "there is no card in the reader" in ran.stdout


def test_no_card_comes_to_any_of_several_readers() -> None:
    with Pcscd() as service:
        ran = posrig("reader", "check", "--wait", "1", service=service.socket)
    assert ran.returncode == 1 and "there is no card in the reader" in ran.stderr


def test_a_service_that_dies_under_a_card() -> None:
    text = """
from harness.bench.virtual_reader import VirtualReader
from harness.links.pcsc import Card, CardLinkError, readers
from harness.links.pcsc.readers import watch
with VirtualReader() as virtual:
    card = Card(virtual.insert())
    events = watch()
    next(events)
    virtual.stop_service()
    for call in (lambda: card.transmit(bytes.fromhex("00A4040000")), readers, lambda: list(events)):
        try:
            call()
        except CardLinkError as error:
            print(error.reason)
    card.close()
"""
    ran = program(text)
    assert (ran.stdout.split(), ran.returncode, ran.stderr) == (["no-service"] * 3, 0, "")


def test_services_side_by_side_see_their_own_cards() -> None:
    text = """
import json, sys
from harness.bench.virtual_reader import VirtualReader
from harness.links.pcsc import Card, readers
with VirtualReader() as virtual:
    name = virtual.insert(sys.argv[1])
    select = bytes.fromhex("00A4040008A00000033301010100" if sys.argv[1] == "debit" else "00A4040008A00000033301010200")
    with Card(name) as card:
        answers = {card.transmit(select)[-2:].hex() for _ in range(300)}
    print(json.dumps([virtual.socket, sorted(answers), sum(one.present for one in readers())]))
"""
    names = ("debit", "credit", "debit", "credit")
    started = [
        subprocess.Popen([sys.executable, "-c", text, name], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for name in names
    ]
    told = [json.loads(process.communicate(timeout=50)[0]) for process in started]
    assert len({socket for socket, _, _ in told}) == 4
    assert [answers for _, answers, _ in told] == [["9000"]] * 4
    assert [present for _, _, present in told] == [1] * 4


def test_a_process_that_is_killed_leaves_no_service_behind() -> None:
    text = (
        "import os, time; from harness.bench.pcscd import Pcscd; made = Pcscd();"
        "print(made.folder, made.slots[0].port, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    folder, port = process.stdout.readline().split()
    assert port_taken(int(port))
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    end = time.monotonic() + 5
    while (port_taken(int(port)) or Path(folder).exists()) and time.monotonic() < end:
        time.sleep(0.01)
    assert not port_taken(int(port)) and not Path(folder).exists()


def test_what_is_closed_is_gone() -> None:
    with Pcscd() as service:
        port, folder = service.slots[0].port, service.folder
        assert service.running and port_taken(port) and port < 32768
    assert not service.running and not port_taken(port) and not folder.exists()
    service.close()


def test_a_port_that_somebody_else_takes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    holder = socket.create_server(("0.0.0.0", 0))
    taken = holder.getsockname()[1]
    offers = [taken - 2]

    def first(count: int) -> int:
        return offers.pop() if offers else free_ports(count)

    monkeypatch.setattr(pcscd, "free_ports", first)
    with holder, Pcscd() as service:
        assert not offers and service.slots[0].port != taken - 2
        listed = posrig("reader", "list", "--json", service=service.socket)
        assert len(json.loads(listed.stdout)) == 4


@pytest.mark.parametrize(("table", "name"), [("DAEMONS", "pcscd"), ("DRIVERS", "libifdvpcd.so")])
def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, table: str, name: str) -> None:
    monkeypatch.setattr(pcscd, table, ("/nowhere/at/all",))
    with pytest.raises(LinkError) as caught:
        Pcscd()
    assert name in caught.value.what.en and "apt-get install pcscd vsmartcard-vpcd" in caught.value.cure.zh


def test_an_unprivileged_user_needs_nothing_of_the_system() -> None:
    if os.getuid() != 0:
        pytest.skip("this whole suite runs as an unprivileged user already")
    text = """
import os
from harness.bench.virtual_reader import VirtualReader
from harness.links.pcsc import Card
with VirtualReader() as virtual, Card(virtual.insert()) as card:
    print(os.getuid(), card.transmit(bytes.fromhex("00A404000E315041592E5359532E444446303100"))[-2:].hex())
"""
    as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    plain = run([*as_nobody, sys.executable, "-c", text], "/nowhere")
    # The same on a machine where nobody has made /run/pcscd.
    bare = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "-"]
    alone = run([*bare, *as_nobody, sys.executable, "-c", text], "/nowhere")
    for ran in (plain, alone):
        assert ran.stdout.split() == [str(NOBODY), "9000"], ran.stderr


# posrig card


class Served:
    """A `posrig card --vpcd` that serves at `address`."""

    def __init__(self, address: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.cli", "card", "--vpcd", address, "--lang", "en"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == f"ready on {address}\n"

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def order(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def until(self, word: str) -> str:
        """The line of its standard error that has `word`."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if word in line:
                return line
        raise AssertionError(f"it ended without {word!r}")

    def quit(self) -> int:
        self.order("quit")
        return self._process.wait(20)


def until_listed(service: Pcscd, present: bool) -> None:
    end = time.monotonic() + 10
    while json.loads(posrig("reader", "list", "--json", service=service.socket).stdout)[2]["present"] is not present:
        assert time.monotonic() < end


def test_a_card_is_put_into_a_reader_pulled_out_and_made_to_fail() -> None:
    select = ("reader", "apdu", "--reader", "reader 00 00", "00A404000E315041592E5359532E444446303100")
    with Pcscd() as service, Served(service.slots[0].address) as served:
        served.until("debit is in the reader")
        until_listed(service, True)
        answer = posrig(*select, service=service.socket)
        assert answer.returncode == 0 and " 9000  " in answer.stdout, answer.stderr
        served.order("status")
        assert "pin_tries=3" in served.until("card=debit")
        served.order("pull")
        served.until("the card is out")
        until_listed(service, False)
        assert posrig(*select, service=service.socket).returncode == 1
        served.order("bogus")
        served.until("there is no command bogus")
        served.order("insert credit")
        served.until("credit is in the reader")
        served.order("cause wrong_status:command=SELECT,sw=6F42,number=0")
        served.order("status")
        served.until("card=credit")
        until_listed(service, True)
        assert " 6F42  " in posrig(*select, service=service.socket).stdout.replace("< ", " ")
        assert served.quit() == 0


def test_a_second_card_in_one_reader_is_told_to_be_unseen() -> None:
    with Pcscd() as service, Served(service.slots[0].address) as first:
        until_listed(service, True)
        with Served(service.slots[0].address) as second:
            second.until("takes no notice")
            assert (first.quit(), second.quit()) == (0, 0)


def test_a_virtual_reader_that_there_is_not() -> None:
    ran = posrig("card", "--vpcd", "127.0.0.1:9")
    assert ran.returncode == 2 and "--private" in ran.stderr


def test_a_card_and_a_fault_that_there_are_not() -> None:
    assert posrig("card", "serve", "debitt", "--private").returncode == 2
    ran = posrig("card", "--private", "--fault", "mutee")
    assert ran.returncode == 2 and "mute" in ran.stderr
