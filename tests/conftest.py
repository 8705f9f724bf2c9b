"""Settings that hold for the whole suite."""

from __future__ import annotations

from hypothesis import settings

# The machines that run this suite are shared: a slow example says nothing about the code.
settings.register_profile("posrig", deadline=None)
settings.load_profile("posrig")

# Needs a database server, which `tools/setup` does not install.  Named on the command line it is collected.
collect_ignore = ["postgresql"]
