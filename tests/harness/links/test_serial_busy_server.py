"""A port server that has not yet let go of the connection before hangs up on the next one: it is dialled again."""

from __future__ import annotations

import pytest

from harness.links import serial as links


class Device:
    """Of a server that hangs up on the first `busy` calls."""

    def __init__(self, busy: int) -> None:
        self.busy = busy
        self.dialled = 0

    def open(self) -> None:
        self.dialled += 1
        if self.dialled <= self.busy:
            raise BrokenPipeError(32, "Broken pipe")


def test_a_server_that_is_busy_is_dialled_again_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "BUSY_S", 0)
    once, always = Device(2), Device(99)
    links._open(once, tries=links.BUSY_TRIES)
    assert once.dialled == 3
    with pytest.raises(BrokenPipeError):
        links._open(always, tries=links.BUSY_TRIES)
    assert always.dialled == links.BUSY_TRIES


def test_any_other_port_is_opened_once() -> None:
    device = Device(1)
    with pytest.raises(BrokenPipeError):
        links._open(device, tries=1)
    assert device.dialled == 1
