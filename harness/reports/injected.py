"""What the bench injected, in words."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from ..machine import Json
from . import words
from .words import COLON, COMMA, joined, same, word

CERTIFICATE = Text("TLS 证书", "TLS certificate")
LINE = Text("线路故障", "line fault")

CERTIFICATES: Mapping[str, Text] = {
    "unknown_ca": words.REASONS["tls-unknown-ca"],
    "expired": words.REASONS["tls-expired"],
    "not_yet_valid": words.REASONS["tls-not-yet-valid"],
    "wrong_name": words.REASONS["tls-wrong-name"],
    "no_tls": words.REASONS["tls-not-tls"],
    "client_required": Text("TLS：主机要求终端证书", "TLS: the host demands the terminal's certificate"),
}
"""What may be wrong with a host's end of TLS."""


def injected(data: Mapping[str, Json]) -> Text:
    """What a `cause` event injected; faults of a line with their settings."""
    link = data.get("link")
    if isinstance(link, list):
        return same(", ".join(str(spec) for spec in link))
    if data.get("certificate"):
        return word(CERTIFICATES, data["certificate"])
    return word(words.BEHAVIOURS, data.get("behaviour"))


def told(data: Mapping[str, Json]) -> Text:
    """A cause as one tells it: the faults of a line without their settings."""
    link = data.get("link")
    if not isinstance(link, list):
        return injected(data)
    names = dict.fromkeys(word(words.FAULTS, str(spec).partition(":")[0]) for spec in link)
    return joined(LINE, joined(*names, by=COMMA), by=COLON)
