"""Printer, display and keypad: what comes out, what is seen, which key arrives."""

from __future__ import annotations

from ..symptom import Symptom

SYMPTOMS: tuple[Symptom, ...] = ()
