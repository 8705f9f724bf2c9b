"""Renderings of a trace: HTML, JUnit, text."""
