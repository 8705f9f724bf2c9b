"""What an entry of the batch is in the texts of Transbank's POS protocol."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.text import Text
from protocols.transbank.results import APPROVED, code_for

from ..account import Entry
from ..desk import Desk

COMMERCE_CHARS = 12
"""A merchant number has 15 characters in the host's messages; the last twelve tell merchants apart here, too."""
BRANDS = (("4", "VI"), ("34", "AX"), ("37", "AX"), ("36", "DC"), ("5", "MC"), ("2", "MC"))
VOUCHER_CHARS = 40
CREDIT = "CR"
"""posrig's choice: nothing that a terminal knows of a card tells credit from debit."""


def sale_fields(desk: Desk, entry: Entry) -> dict[str, str]:
    """The texts of 0210 and 0260 behind code, commerce and terminal."""
    return {**_common(desk, entry), "shares_number": "0", "tip": "0"}


def detail(desk: Desk, entry: Entry) -> dict[str, str]:
    """The texts of 0261."""
    return {**_common(desk, entry), "shares_number": "0", "shares_amount": "0", "tip": "0"}


def authorisation(entry: Entry) -> str:
    """F38, or where the host gave none the end of its reference number: an empty code ends a list of details."""
    return entry.auth or entry.rrn[-6:]


def last_result(entry: Entry) -> str:
    """The code with which the last sale is told: a sale that was voided since is not told as one that stands."""
    return code_for("refused", "already_voided") if entry.status == "voided" else APPROVED


def voucher(lines: Sequence[Text]) -> str:
    """Lines of a slip as one text, 40 characters each; the wire carries no Chinese, so they are in English."""
    rows = (line.en.encode("ascii", "replace").decode("ascii").replace("|", "/") for line in lines)
    return "".join(row[:VOUCHER_CHARS].ljust(VOUCHER_CHARS) for row in rows)


def _common(desk: Desk, entry: Entry) -> dict[str, str]:
    date = f"{entry.date[2:]}{entry.date[:2]}{desk.settings.year:04d}" if len(entry.date) == 4 else ""
    return {
        "ticket": entry.source,
        "authorisation": authorisation(entry),
        "amount": str(entry.amount_fen),
        "last4": entry.pan[-4:],
        "operation": entry.stan,
        "card_type": CREDIT,
        "brand": next((brand for prefix, brand in BRANDS if entry.pan.startswith(prefix)), ""),
        "date": date,
        "time": entry.time,
    }
