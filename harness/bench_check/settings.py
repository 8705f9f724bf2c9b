"""What the command line and the settings file say: one frozen record that every part reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from protocols.text import Lang


@dataclass(frozen=True, slots=True)
class Settings:
    """How one visit is made.  Addresses are `ADDR:PORT`, "" for none.

    `service`: the control interface of an emulated terminal, or of a stand that has one; with it nobody has to be asked
    what the device shows.  `host`: the provider's host, looked for from this computer.  `portal`: the provider's
    portal. `local_host`: a provisioning file; with it a host of our own serves at `listen`, and money that is no
    money may move. `test_sale_fen` 0: no test sale.  `settle`: the batch may be closed.  `expected`: what the shop
    should have (`software_version`, `aids`, `public_keys`, `baud` ...), from the settings file.
    """

    lang: Lang = "en"
    port: str = ""
    protocol: str = ""
    baud: int | None = None
    bits: str = ""
    transport: str = ""
    quirks: tuple[str, ...] = ()
    host_address: str = ""
    service: str = ""
    token_file: Path | None = None
    host: str = ""
    tls: bool = False
    portal: str = ""
    local_host: Path | None = None
    listen: str = "127.0.0.1:0"
    data: Path | None = None
    """Where records and journals are kept, None for the user's own folder."""
    test_sale_fen: int = 0
    settle: bool = False
    reader: str = ""
    with_reader: bool = True
    sn: str = ""
    technician: str = ""
    merchant: str = ""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    repeats: int = 50
    """How often the cable and the readers are asked."""
    expected: Mapping[str, Any] = field(default_factory=dict)
