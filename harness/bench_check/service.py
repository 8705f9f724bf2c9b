"""The control interface of an emulated terminal (`posrig terminal --control`), which spares a person the looking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .settings import Settings

if TYPE_CHECKING:
    from harness.bench.control_client import ControlClient


def service_of(settings: Settings) -> ControlClient:
    """The client of `settings.service`.  Raises LocalError for a bad token file."""
    from harness.bench.control_client import ControlClient, token_of

    return ControlClient(settings.service, token_of(settings.token_file) if settings.token_file else "")
