"""How every page that posrig writes is filled in, whichever folder its templates stand in."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def page_environment(*packages: str) -> Environment:
    """The templates of these packages (`templates/` of each; the first that has one counts).  What is filled in is
    escaped, and a name that nobody gave is an error instead of a gap in the page."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
