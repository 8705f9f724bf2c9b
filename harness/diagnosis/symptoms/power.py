"""Power, battery, resets, and how long the terminal takes itself."""

from __future__ import annotations

from ..symptom import Symptom

SYMPTOMS: tuple[Symptom, ...] = ()
