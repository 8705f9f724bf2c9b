"""The book of certificates and complaints (see `acquirer.compliance`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Certificate:
    """The certificate of one firmware, `MODEL/VERSION`.  `until_us` None: it does not expire by itself."""

    firmware: str
    from_us: int
    until_us: int | None = None
    revoked_us: int | None = None
    reason: str = ""


@dataclass
class ComplianceBook:
    """`needed_from_us`: model to when its firmwares need a certificate.  `inspected_us`: what was due by then is done.

    `complaints`: subject to the times of the last ones, no more of them than the limit.
    """

    certificates: dict[str, Certificate] = field(default_factory=dict)
    needed_from_us: dict[str, int] = field(default_factory=dict)
    inspected_us: int = -1
    complaints: dict[str, list[int]] = field(default_factory=dict)
    ciphers: dict[str, list[str]] = field(default_factory=dict)
    """Model to the key algorithms that its certificate names; one that is not here has them all."""


def _certificate(book: ComplianceBook, data: dict[str, Any]) -> None:
    book.certificates[data["firmware"]] = Certificate(**data)


def _certificate_needed(book: ComplianceBook, data: dict[str, Any]) -> None:
    book.needed_from_us[data["model"]] = data["from_us"]


def _inspected(book: ComplianceBook, data: dict[str, Any]) -> None:
    book.inspected_us = data["at_us"]


def _complaint(book: ComplianceBook, data: dict[str, Any]) -> None:
    book.complaints[data["subject"]] = [*book.complaints.get(data["subject"], []), data["at_us"]][-data["kept"] :]


def _ciphers(book: ComplianceBook, data: dict[str, Any]) -> None:
    book.ciphers[data["model"]] = data["ciphers"]


FOLD: Mapping[str, Callable[[ComplianceBook, dict[str, Any]], None]] = {
    "certificate": _certificate,
    "certificate_needed": _certificate_needed,
    "inspected": _inspected,
    "complaint": _complaint,
    "model_ciphers": _ciphers,
}
