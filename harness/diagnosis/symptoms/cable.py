"""The cable between register and terminal."""

from __future__ import annotations

from ..symptom import Symptom

SYMPTOMS: tuple[Symptom, ...] = ()
