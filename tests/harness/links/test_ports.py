"""A device is found by its serial number, whatever its port is called now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.links.ports import find_port, keep_link
from harness.links.serial import open_serial
from protocols.errors import LinkError


def test_the_link_leads_to_the_port_of_the_moment(tmp_path: Path) -> None:
    by_id = tmp_path / "by-id"
    masters = [os.openpty() for _ in range(2)]
    try:
        names = [os.ttyname(slave) for _, slave in masters]
        for name in names:
            keep_link("POSRIG02000001", name, by_id)
            assert find_port("POSRIG02000001", by_id) == name
        assert [link.name for link in by_id.iterdir()] == ["usb-posrig-POSRIG02000001"]
    finally:
        for pair in masters:
            for descriptor in pair:
                os.close(descriptor)


def test_a_device_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    keep_link("POSRIG02000002", "/dev/null", tmp_path)
    with pytest.raises(LinkError) as told:
        find_port("POSRIG02000001", tmp_path)
    assert "POSRIG02000001" in told.value.what.en and "usb-posrig-POSRIG02000002" in told.value.cure.en
    keep_link("POSRIG02000002", "", tmp_path)
    with pytest.raises(LinkError, match="POSRIG02000002"):
        find_port("POSRIG02000002", tmp_path)


def test_a_link_that_leads_nowhere_is_no_port(tmp_path: Path) -> None:
    keep_link("POSRIG02000001", str(tmp_path / "gone"), tmp_path)
    with pytest.raises(LinkError):
        find_port("POSRIG02000001", tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LinkError, match="file"):
        keep_link("POSRIG02000001", "/dev/null", tmp_path / "file" / "by-id")


def test_a_port_is_opened_by_number() -> None:
    with pytest.raises(LinkError, match="NO-SUCH-NUMBER"):
        open_serial("usb:NO-SUCH-NUMBER", None)  # type: ignore[arg-type]  # it is refused before anybody is told
