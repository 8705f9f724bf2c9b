"""The case, the parts inside, lots, and the checks that people make."""

from __future__ import annotations

from ..symptom import Symptom

SYMPTOMS: tuple[Symptom, ...] = ()
