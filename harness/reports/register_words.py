"""The words for messages of the small register protocols: what a message is, what its values are called and mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protocols.concert import results as concert
from protocols.text import Text
from protocols.transbank import commands, results
from protocols.transbank.decode import meaning_of

from ..machine import Json

COMMAND = Text("命令", "command")
TITLES: Mapping[str, Text] = {
    **{layout.text.en: layout.text for layout in (*commands.REQUESTS.values(), *commands.ANSWERS.values())},
    "request": Text("请求", "request"),
    "answer": Text("应答", "answer"),
}
"""By the kind that stands in the trace."""

Row = tuple[str, Text, str, Text | None]


def rows(fields: Mapping[str, Json]) -> Iterator[Row] | None:
    """The values of a message as path, name, value and meaning; None for one of another protocol."""
    if "command" in fields:
        return _transbank(fields)
    return _concert(fields) if "pos" in fields and "amount" in fields else None


def result(fields: Mapping[str, Json]) -> Text | None:
    """What an answer says, code and words; None for a message that says nothing of the kind."""
    if "command" in fields:
        code = str(fields.get("code", ""))
        known = results.CODES.get(code)
        return Text(f"{code} {known.text.zh}", f"{code} {known.text.en}") if known else None
    status = str(fields.get("status", ""))
    told = concert.STATUSES.get(status) if "pos" in fields else None
    return Text(f"{status} {told.zh}", f"{status} {told.en}") if told else None


def _transbank(fields: Mapping[str, Json]) -> Iterator[Row]:
    for key, value in fields.items():
        if key == "command":
            yield key, COMMAND, str(value), None
        elif value:
            yield (
                key,
                commands.NAMES.get(key, Text(f"文本 {key}", f"text {key}")),
                str(value),
                meaning_of(key, str(value)),
            )


def _concert(fields: Mapping[str, Json]) -> Iterator[Row]:
    for key, value in fields.items():
        meaning = concert.MEANINGS.get(key, {}).get(str(value))
        yield key, concert.NAMES.get(key, Text(key, key)), str(value), meaning
