"""The certificates of an emulated bench whose hosts are reached by TLS: made when it begins, gone with its folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from harness.links.authority import CA_FROM, CA_UNTIL, Authority
from harness.links.certificates import CLIENT, OTHER_CA, TEST_CA, served
from harness.machine import Json

from .addresses import name_of


class TlsFiles:
    """Keys and certificates in `folder`.  `epoch`: the date and time at the bench's zero."""

    def __init__(self, folder: Path, hosts: Sequence[str], epoch: datetime) -> None:
        folder.mkdir()
        self._folder = folder
        self._epoch = epoch
        self._authorities = {name: Authority(name) for name in (TEST_CA, OTHER_CA)}
        self._trusted = {name: str(one.write(folder / f"{name}.pem")) for name, one in self._authorities.items()}
        self._own = self._authorities[TEST_CA].issue(folder / CLIENT, CLIENT, CA_FROM, CA_UNTIL, client=True)
        self._number = 0
        self._files: dict[str, dict[str, str]] = {host: {} for host in hosts}
        for host in hosts:
            self.change(host, "", 0)

    def change(self, host: str, problem: str, now_us: int) -> None:
        """Give `host` another certificate, with one of `certificates.PROBLEMS` or none."""
        there = served(name_of(host), self._epoch + timedelta(microseconds=now_us), problem)
        self._files[host] = {}
        if there.certificate is not None:
            shown = there.certificate
            self._number += 1
            stem = self._folder / f"{host}-{self._number}"
            authority = self._authorities[shown.ca]
            certificate, key = authority.issue(stem, shown.name, shown.not_before, shown.not_after)
            client_ca = self._trusted[there.client_ca] if there.client_ca else ""
            self._files[host] = {"certificate": str(certificate), "key": str(key), "client_ca": client_ca}

    def of(self, host: str) -> dict[str, str]:
        """What the control interface takes (`set_tls`): {} for no TLS."""
        return self._files[host]

    def installed(self) -> dict[str, Json]:
        """What terminals have installed, as `child` takes it."""
        return {"trusted": dict(self._trusted), "own": {CLIENT: [str(file) for file in self._own]}}
