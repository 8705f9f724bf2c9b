"""What terminals and registers of this protocol do otherwise, as settings for both ends.

Sources: PayXpert "USB + RS232 - Specifications"; pyTeliumManager 2.4.2, pypostelium 0.0.5.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConcertQuirks:
    """Defaults are a terminal on USB: 8 data bits without parity, ENQ to EOT both ways."""

    seven_bits: bool = False
    """True RS232: 7 data bits, even parity, as bit 7 of a line that is set to 8N1."""
    bare_controls: bool = False
    """With `seven_bits`: octets of the handshake carry no parity, only messages do (PayXpert's own stack)."""
    no_eot: bool = False
    """The terminal does not end its answer with EOT (pyTeliumManager's switch for a Raspberry Pi)."""
    own_number: bool = False
    """The terminal answers with a transaction number of its own in the register's ten characters, instead of returning
    them (pyTeliumManager calls them the transaction id)."""
    short_only: bool = False
    """The terminal answers without card data whatever was asked."""
    no_delay: bool = False
    """The terminal takes A011 as A010: the answer comes when the transaction has ended."""
