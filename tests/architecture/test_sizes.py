"""A module that does not fit into a head, or a function that does not fit on a screen, is two."""

from __future__ import annotations

import ast

from .conftest import Source

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70


def test_no_module_is_longer_than_its_limit(sources: list[Source]) -> None:
    lengths = {source.name: len(source.text.splitlines()) for source in sources}
    assert {name: length for name, length in lengths.items() if length > MODULE_LINES_MAX} == {}


def test_no_function_is_longer_than_its_limit(sources: list[Source]) -> None:
    long = {}
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{source.name}:{node.lineno} {node.name}"] = lines
    assert long == {}
