"""USB-to-serial chips by vendor and product number (Linux: the device tables of the drivers named)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chip:
    """`driver`: the module that Linux has for it."""

    name: str
    driver: str


WCH, SILABS, FTDI, PROLIFIC = 0x1A86, 0x10C4, 0x0403, 0x067B

CHIPS: Mapping[tuple[int, int], Chip] = {
    (WCH, 0x7523): Chip("CH340", "ch341"),
    (WCH, 0x7522): Chip("CH340K", "ch341"),
    (WCH, 0x5523): Chip("CH341", "ch341"),
    (WCH, 0x55D2): Chip("CH342", "cdc_acm"),
    (WCH, 0x55D3): Chip("CH343", "cdc_acm"),
    (WCH, 0x55D4): Chip("CH9102", "cdc_acm"),
    (SILABS, 0xEA60): Chip("CP210x", "cp210x"),
    (SILABS, 0xEA70): Chip("CP2105", "cp210x"),
    (SILABS, 0xEA71): Chip("CP2108", "cp210x"),
    (FTDI, 0x6001): Chip("FT232R", "ftdi_sio"),
    (FTDI, 0x6010): Chip("FT2232", "ftdi_sio"),
    (FTDI, 0x6011): Chip("FT4232", "ftdi_sio"),
    (FTDI, 0x6014): Chip("FT232H", "ftdi_sio"),
    (FTDI, 0x6015): Chip("FT230X", "ftdi_sio"),
    (PROLIFIC, 0x2303): Chip("PL2303", "pl2303"),
    (PROLIFIC, 0x23A3): Chip("PL2303GC", "pl2303"),
}

CDC_ACM = "CDC-ACM"
"""A device that is a serial port itself, without a chip in between: its rate has no electrical meaning."""


def chip_name(vid: int | None, pid: int | None, driver: str) -> str:
    """What the port is made with, "" when that is unknown."""
    chip = CHIPS.get((vid, pid)) if vid is not None and pid is not None else None
    if chip is not None:
        return chip.name
    return CDC_ACM if driver == "cdc_acm" else ""
