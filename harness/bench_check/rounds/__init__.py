"""Inspection rounds (巡检): many terminals to visit, what was found at each, and what is handed over."""
