"""Control interface and portal over real HTTP: what they carry, what they refuse, and that refusals are JSON in both
languages."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.bench.control import check_control_address, serve_control, serve_portal, token_from
from harness.bench.control_client import ControlClient, ControlError
from harness.bench.shell import RealShell
from harness.clock import RealClock
from harness.machine import Answer, Ask, Effect, Event, Record
from harness.stores.memory import MemoryStore
from protocols.errors import LocalError

TOKEN = "0123456789abcdef"


class Clerk:
    """Answers every ask with what it was asked; refuses `refuse`."""

    name = "host"
    deadline: int | None = None

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        return []

    def handle(self, event: Event, now: int) -> list[Effect]:
        assert isinstance(event, Ask)
        if event.name == "refuse":
            return [Answer(event.ticket, {"error": {"zh": "不行", "en": "no"}}, ok=False)]
        return [Answer(event.ticket, {"who": event.who, "name": event.name, **event.args})]


def served(test: Callable[[str, str, RealShell], None]) -> None:
    """Runs `test(control address, portal address, shell)` in a thread against the served interfaces."""

    async def main() -> None:
        shell = RealShell(Clerk(), MemoryStore(), RealClock())
        shell.start()
        control, control_at = await serve_control(shell, "127.0.0.1:0", TOKEN)
        portal, portal_at = await serve_portal(shell, "127.0.0.1:0")
        try:
            async with asyncio.timeout(10):
                await asyncio.to_thread(test, control_at, portal_at, shell)
        finally:
            await portal.cleanup()
            await control.cleanup()
            await shell.close()

    asyncio.run(main())


def post(address: str, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        named = {"Content-Type": "application/json"} | {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request("POST", path, body, named)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_control_carries_asks_status_advance_and_stop() -> None:
    def test(control: str, _: str, shell: RealShell) -> None:
        client = ControlClient(control, TOKEN)
        assert client.ask("person", "operate", {"op": "sale", "名": "商户"}) == (
            True,
            {"who": "person", "name": "operate", "op": "sale", "名": "商户"},
        )
        assert client.ask("control", "refuse") == (False, {"error": {"zh": "不行", "en": "no"}})
        before = client.status()
        after = client.advance(3_600_000_000)
        assert after["now_us"] - before["now_us"] >= 3_600_000_000
        assert (before["tickets"], before["pending_commits"], before["deadline_us"]) == (0, 0, None)
        client.stop()
        assert shell.ending

    served(test)


def test_control_refuses_strangers_and_nonsense() -> None:
    def test(control: str, _: str, shell: RealShell) -> None:
        with pytest.raises(ControlError, match="token") as caught:
            ControlClient(control, "wrong").status()
        assert caught.value.status == 401
        good = {"Authorization": f"Bearer {TOKEN}"}
        for path, body in (
            ("/advance", b'{"us": -1}'),
            ("/advance", b'{"us": 1.5}'),
            ("/advance", b'{"us": true}'),
            ("/advance", b'{"us": 9999999999999999999}'),
            ("/ask", b'{"who": "nobody", "name": "x"}'),
            ("/ask", b'{"name": 3}'),
            ("/ask", b'{"name": "x", "args": []}'),
            ("/ask", b'{"name": "x", "arguments": {}}'),
        ):
            status, value = post(control, path, body, **good)
            assert (status, set(value["error"])) == (400, {"zh", "en"}), body
        assert shell.turns == 1, "no refused request reached the machine"

    served(test)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'"x"', 400),
        (b'{"amount": 1.0}', 400),
        (b'{"amount": NaN}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b"[" * 50_000, 400),
        (b'{"a":' * 50 + b"1" + b"}" * 50, 400),
        (b"\xff\xfe", 400),
        (b'{"x": ' + b"1" * 10_000 + b"}", 400),
        (b'{"pad": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
def test_a_bad_body_at_the_portal_is_told_and_never_reaches_the_machine(body: bytes, status: int) -> None:
    def test(_: str, portal: str, shell: RealShell) -> None:
        got, value = post(portal, "/portal/apply", body)
        assert (got, set(value["error"])) == (status, {"zh", "en"})
        assert shell.turns == 1

    served(test)


def test_the_portal_answers_refuses_and_knows_its_paths() -> None:
    def test(_: str, portal: str, shell: RealShell) -> None:
        assert post(portal, "/portal/progress", b'{"application": "A1"}') == (
            200,
            {"who": "portal", "name": "progress", "application": "A1"},
        )
        assert post(portal, "/portal/refuse", b"") == (409, {"error": {"zh": "不行", "en": "no"}})
        assert post(portal, "/ask", b"{}")[0] == 404
        assert post(portal, "/portal/apply", b"{}", Content_Type="text/plain")[0] == 415

    served(test)


def test_a_token_is_made_once_for_its_owner_alone_and_a_short_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    token = token_from(path)
    assert len(token) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert token_from(path) == token
    assert token_from(None) != token_from(None)
    path.write_text("short\n")
    with pytest.raises(LocalError, match="too short"):
        token_from(path)


def test_control_stays_on_this_machine_unless_a_token_was_named() -> None:
    check_control_address("127.0.0.1:0", None)
    check_control_address("[::1]:0", None)
    check_control_address("0.0.0.0:0", Path("token"))
    with pytest.raises(LocalError, match="from outside"):
        check_control_address("0.0.0.0:0", None)


def test_a_process_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(ControlError, match="no usable answer"):
        ControlClient("127.0.0.1:1", TOKEN, timeout_s=1).status()
