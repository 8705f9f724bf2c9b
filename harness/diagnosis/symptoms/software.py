"""Versions, updates, crashes."""

from __future__ import annotations

from ..symptom import Symptom

SYMPTOMS: tuple[Symptom, ...] = ()
