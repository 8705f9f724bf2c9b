"""What this model cannot do."""

from __future__ import annotations

from ..symptom import Symptom

SYMPTOMS: tuple[Symptom, ...] = ()
