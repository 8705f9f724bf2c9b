"""What the command line installs in a terminal so that it reaches its host by TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.links.plan import FaultPlan
from harness.links.tls import Certificates, check_files
from harness.terminal.settings import Config
from protocols.errors import LocalError, ScenarioError
from protocols.text import Text

from .base import NO_FRAMES, NO_FRAMES_CURE
from .world import NO_TLS_LINE, load_profile

INSTALLED, OWN = "installed", "own"
"""Names of the authority and of the terminal's own certificate."""
CURE = Text("见 posrig terminal --help", "See posrig terminal --help")
NEEDS_CA = Text(
    "--tls-name、--tls-cert、--tls-key 需要 --tls-ca", "--tls-name, --tls-cert and --tls-key need --tls-ca FILE"
)
NEEDS_HOST = Text("--tls-ca 需要 --host", "--tls-ca needs --host")
TOGETHER = Text("--tls-cert 与 --tls-key 须一起给出", "--tls-cert and --tls-key go together")

Own = tuple[Path | None, Path | None]
"""Certificate and key of the terminal's own, PEM."""


def installed(
    ca: Path | None, name: str, own: Own, host: str, profile: str, plan: FaultPlan
) -> tuple[Certificates, dict[str, Any]]:
    """The certificates, and the settings of the terminal that go with them; nothing of both without `ca`.

    `host` is its address, `name` the one in the host's certificate, "" for that of the address.  Raises `LocalError`,
    `LinkError` for files that cannot be used, `ScenarioError` for faults that TLS hides from the line.
    """
    certificate, key = own
    if ca is None:
        if certificate or key or name:
            raise LocalError(NEEDS_CA, CURE)
        return Certificates(), {}
    if not host:
        raise LocalError(NEEDS_HOST, CURE)
    if certificate is None or key is None:
        if certificate or key:
            raise LocalError(TOGETHER, CURE)
        pairs: dict[str, tuple[Path, Path]] = {}
    else:
        pairs = {OWN: (certificate, key)}
    if load_profile(profile).host_link != "tcp":
        raise LocalError(NO_TLS_LINE.format(profile=profile), CURE)
    if plan.strikes_frames:
        raise ScenarioError(NO_FRAMES, NO_FRAMES_CURE)
    found = Certificates({INSTALLED: ca}, pairs)
    check_files(found)
    shown = name or host.rpartition(":")[0].strip("[]")
    config = Config(ca=INSTALLED, server_name=shown, own_certificate=OWN if pairs else "")
    return found, {"tls": True, "config": config}
