"""`posrig list`: the rows of the failure catalogue that can be run."""

from __future__ import annotations

import json

import click

from protocols.text import Text

from .failing import OK
from .language import current_lang, in_system_lang
from .options import lang_option
from .shape import command

BENCHES = ("simulated", "emulated")
"""Every row runs on both: a scenario does not know which of the two it runs in."""

DOCUMENTS = Text("文件 {names}", "documents {names}")
NOT_PHYSICAL = Text("（不能在实物台上运行：{why}）", "(not on a physical bench: {why})")
LIFE_LINE = Text("健康的一生，总是最先运行", "the healthy life, always run first")


@command(
    "list",
    "列出可以运行的故障场景。",
    "List the failure scenarios that can be run.",
    ("posrig list", "posrig list --json", "posrig run A1"),
)
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
def list_command(as_json: bool) -> int:
    from ..scenarios.load import LIFE, load_scenario, scenario_ids

    scenarios = [load_scenario(name) for name in scenario_ids()]
    if as_json:
        rows = [
            {
                "id": scenario.id,
                "title": scenario.title.model_dump(),
                "cause": scenario.cause.model_dump(),
                "cure": scenario.cure.model_dump(),
                "documents": list(scenario.documents),
                "cases": [case.name for case in scenario.case],
                "benches": list(BENCHES),
                "not_physical": scenario.not_physical.model_dump() if scenario.not_physical else None,
            }
            for scenario in scenarios
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return OK
    lang = current_lang()
    for scenario in scenarios:
        documents = DOCUMENTS.format(names=" ".join(scenario.documents)).in_(lang) if scenario.documents else ""
        title = scenario.title.zh if lang == "zh" else scenario.title.en
        why = NOT_PHYSICAL.format(why=scenario.not_physical.text.in_(lang)).in_(lang) if scenario.not_physical else ""
        click.echo("  ".join(part for part in (f"{scenario.id:5}", title, documents, why) if part))
    click.echo(f"{LIFE:5}  {LIFE_LINE.in_(lang)}")
    return OK
