"""A dialect: what the acquirers of the UnionPay family do differently, as one small record.

The defaults are `cup`.  Every setting stands for a disagreement between public sources (Chanjet POS V2.0, PAX and
Topwise terminals, BestPay host, the UnionPay test host, CardInfoLink, VFWZ); data in `fixtures/dialects/NAME.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MacForm = Literal["ecb", "cbc", "x9.19", "fold", "sm4"]
KeyAlgorithm = Literal["3des", "sm4"]
KeyLayout = Literal[
    "pik8-mak8",  # 24 octets: PIK8 KCV4 MAK8 KCV4
    "pik16-mak8z",  # 40: PIK16 KCV4 MAK8 + 8 zero octets KCV4
    "pik16-mak16",  # 40: PIK16 KCV4 MAK16 KCV4
    "pik16-mak8z-tdk16",  # 60
    "pik16-mak16-tdk16",  # 60
    "blocks25",  # 50, 75 or 100: attribute 1, key 16, KCV 8 (Chanjet)
]
LengthBase = Literal["decimal-2", "decimal-3", "hex-2", "binary"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """Settings of one acquirer's form of the protocol.  Times in microseconds, lengths as the comment says."""

    name: str = "cup"

    # Envelope
    has_tpdu: bool = True
    has_header: bool = True
    framing: Literal["tcp", "stx"] = "tcp"
    """On the host's line: a 2-octet length in front, or STX, BCD length, ETX, LRC as on a serial line."""
    tpdu_swap: bool = True
    """The host's reply exchanges the TPDU addresses (UnionPay test host); off: returned unchanged (many acquirers)."""

    # Packing
    f22_align: Literal["left", "right"] = "left"
    track_pad: Literal["0", "F"] = "0"
    """Pad nibble of F35 and F36 with an odd number of digits."""
    f48_form: Literal["n", "ans"] = "n"
    """`n`: BCD, LLL counts digits; `ans`: LLL counts octets."""
    f60_form: Literal["n", "ans"] = "n"
    """The same for F60 and F61; with `ans` F62 is shown as text, too."""
    f60_digits: int = 13
    """F60 as a terminal sends it: 6, 8, 11, 13, 14, 16 or 17.  A parser goes by the length that is there."""
    f61_count: Literal["digits", "octets"] = "digits"
    """What LLL of F61 counts.  A client of UnionPay's test host packs F61 as octets of BCD (test_union_pay)."""
    f62_parameters: Literal["cup", "chanjet"] = "cup"
    """Items 11 and 12 of the parameter download: type N2 and time-out N2, or bitmap N32 and merchant name ANS40."""
    order_fields: bool = False
    """F5 (url), F6 and F7 (order numbers) of Chanjet's order payments are defined."""
    fallback_mode: Literal["02", "80", "90"] = "02"
    """F22 of a stripe that stands in for a chip: 02 or 90 with the condition in 60.5 (Chanjet), 80 (PAX, Topwise)."""
    pin_capture_code: Literal["06", "12"] = "12"
    """F26."""

    # Keys, PIN, MAC
    mac_form: MacForm = "ecb"
    mac_on_management: bool = False
    """0800, 0820, 0500, 0320 and their replies carry F64."""
    key_algorithm: KeyAlgorithm = "3des"
    key_layouts: tuple[KeyLayout, ...] = (
        "pik16-mak8z",
        "pik16-mak16",
        "pik8-mak8",
        "pik16-mak8z-tdk16",
        "pik16-mak16-tdk16",
    )
    """Working keys in F62 of a sign-in reply: the host sends the first, a terminal accepts all."""
    sign_in_code: Literal["001", "003", "004", "005", "006"] = "003"
    """F60.3 of a sign-in."""
    f53_sm4_digit: Literal["3", "4"] = "3"
    """Second digit of F53 when the PIN is under SM4."""
    sm4_pin_field: Literal[57, 59, 63] = 59
    """Private field that holds the 16-octet SM4 PIN block while F52 is zeros."""

    # Serial number, refusals
    sn_field: Literal[46, 47, 57, 59] = 59
    sn_length_base: LengthBase = "decimal-3"
    """How the lengths inside the serial-number TLV are written."""
    refusal_text: Literal["none", "f56", "f63.2"] = "f56"
    """Where the host puts the reason of a refusal in words (GBK)."""
    activation_tlv: bool = True
    """The activation reply tells its cause in F62; without it only F39 and the portal do."""

    institution_codes: bool = True
    """F39 has C1, C2 and D6 (Chanjet's institution interface); without them the host says 58, 03 and 03."""

    # Settlement
    f39_in_settlement: Literal["absent", "always-00", "95-unbalanced"] = "absent"
    """F39 of 0510; balance is told by F48 in any case."""
    batch_records_max: int = 8
    """Magnetic-stripe records in one 0320."""

    # Transactions known beyond the standard F3 values
    extra_balance_codes: tuple[str, ...] = ()
    extra_sale_codes: tuple[str, ...] = ()

    batch_from_terminal: bool = False
    """A terminal that names a batch of its own at sign-in, at one test host the date, counts its batches itself; one
    that sends zeros, a settled batch or the host's number gets and keeps to the host's.
    """

    # Reversal policy of the terminal
    reversal_accepted: tuple[str, ...] = ("00", "12", "25")
    """F39 values of 0410 that close a reversal."""
    reversal_after_send_failure: bool = True
    """A reversal stands also when the request could not be sent (PAX, Topwise code)."""
    reversal_deleted_on_mismatch: bool = False
    """A reply that does not match the request deletes the reversal (PAX, Topwise)."""
    reversal_tries: int = 3

    # Time limits and counts
    t1_us: int = 60_000_000
    """Wait for the reply."""
    connect_timeout_us: int = 10_000_000
    connect_tries: int = 3
    pin_tries: int = 3


CUP = Dialect()
