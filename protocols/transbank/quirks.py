"""What terminals and registers of this protocol do otherwise than "POS Integrado" says, as settings for both ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TransbankQuirks:
    """Defaults are an attended terminal as Transbank "POS Integrado" describes it."""

    self_service: bool = False
    """An unattended terminal ("POS Autoservicio"): requests have fewer texts and no separator behind the last one, a
    ticket may have 20 characters, 1200 names no sale and voids the last one, 0070 and 0080 initialise."""
    lrc_without_etx: bool = False
    """The LRC leaves ETX out, as the worked example of "POS Autoservicio" computes it (0200|123| gives 32)."""
    zero_padded: bool = False
    """The register writes amounts with 9 digits and tickets with 6, zeros in front (transbank-pos-sdk for Node.js)."""
    long_ticket: bool = False
    """An attended terminal that takes tickets of 20 characters (manual 4.9)."""
