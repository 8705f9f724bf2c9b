"""What a TLS peer shows, as facts, and whether a dialler accepts it: the rules that both kinds of bench share.

The order is OpenSSL's: first who has signed, then for whom, then the dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..machine import Tls

VALID_FOR = timedelta(days=398)
"""The longest life that browsers accept of a certificate (CA/Browser Forum, until 2026)."""
TEST_CA, OTHER_CA = "test-ca", "other-ca"
"""The authority of the bench, and one that nobody has a reason to trust."""
CLIENT = "terminal"
"""The name under which a terminal's own certificate is installed."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """`ca` signed it, for the host `name`."""

    ca: str
    name: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Served:
    """How a host takes connections: `certificate` None speaks no TLS; `client_ca` "" asks for no certificate."""

    certificate: Certificate | None = None
    client_ca: str = ""


PROBLEMS = ("unknown_ca", "expired", "not_yet_valid", "wrong_name", "no_tls", "client_required")
"""What may be wrong with a host's end of TLS."""


def served(name: str, now: datetime, problem: str = "") -> Served:
    """How the host `name` serves TLS, with one of `PROBLEMS` or none."""
    good = Certificate(TEST_CA, name, now - VALID_FOR / 4, now + VALID_FOR * 3 / 4)
    shown: Mapping[str, Certificate] = {
        "unknown_ca": replace(good, ca=OTHER_CA),
        "expired": replace(good, not_before=now - VALID_FOR, not_after=now - timedelta(days=1)),
        "not_yet_valid": replace(good, not_before=now + timedelta(days=1), not_after=now + VALID_FOR),
        "wrong_name": replace(good, name=f"old.{name}"),
    }
    if problem == "no_tls":
        return Served()
    return Served(shown.get(problem, good), TEST_CA if problem == "client_required" else "")


def refusal(wanted: Tls, there: Served) -> str:
    """Why the dialler does not accept what is there, one of `machine.TLS_REASONS`; "" when it does."""
    shown = there.certificate
    if shown is None:
        return "tls-not-tls"
    if shown.ca != wanted.ca:
        return "tls-unknown-ca"
    if shown.name != wanted.name.lower():
        return "tls-wrong-name"
    return dates_refusal(shown.not_before, shown.not_after, wanted.clock) or (
        "tls-handshake" if there.client_ca and wanted.client != CLIENT else ""
    )


def dates_refusal(not_before: datetime, not_after: datetime, clock: datetime) -> str:
    """Whether a certificate is valid at `clock` (RFC 5280 4.1.2.5: both ends included)."""
    if clock < not_before:
        return "tls-not-yet-valid"
    return "tls-expired" if clock > not_after else ""
