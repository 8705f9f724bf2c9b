"""`posrig decode` of a whole conversation with a card, out of the log of whichever program had it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from protocols.emv.apdu_log import Said
from protocols.emv.decode import explain
from protocols.emv.dialogue import Dialogue, explain_step, nodes_of
from protocols.emv.meanings import CRYPTOGRAM_KINDS
from protocols.emv.status_words import meaning
from protocols.errors import DecodeError
from protocols.explained import Explained
from protocols.text import Text

from .decode_protocols import EMV, Shown

Row = tuple[str, Text, str, Text | None]
GET_RESPONSE = 0xC0
TAG_AID, TAG_CID, TAG_AC = 0x84, 0x9F27, 0x9F26
ARROWS = {"command": ">", "answer": "<", "atr": "<"}
HEX_SHOWN_MAX = 64
"""Characters of a message in its own row; its parts follow."""
UNREAD = Text("读不懂", "not understood")
HEAD = Text("{commands} 条命令，{answers} 条应答", "{commands} commands, {answers} answers")


def read(messages: Sequence[Said]) -> tuple[Shown, bool]:
    """What is shown of a conversation, and whether all of it could be read."""
    steps = _Steps()
    for number, said in enumerate(messages, 1):
        steps.add(number, said)
    counts = {name: sum(said.direction == name for said in messages) for name in ("command", "answer")}
    head = HEAD.format(commands=counts["command"], answers=counts["answer"])
    json = {"protocol": EMV, "kind": "session", "steps": steps.json, "summary": steps.summary}
    lines = [f"{EMV}  {head}", *(f"{name} {value}" for name, value in steps.summary.items())]
    return Shown(json, tuple(lines), tuple(steps.rows)), steps.whole


class _Steps:
    """The conversation so far."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.json: list[dict[str, Any]] = []
        self.summary: dict[str, str] = {}
        """What was selected, and the cryptograms that came."""
        self.whole = True
        self._dialogue = Dialogue()
        self._asked: bytes | None = None

    def add(self, number: int, said: Said) -> None:
        """One message more."""
        if said.direction == "atr":
            self._dialogue, self._asked = Dialogue(), None
        name = self._dialogue.name(said.octets) if said.direction == "command" else ""
        try:
            explained: Explained | None = self._explained(said, name)
            error = None
        except DecodeError as wrong:
            explained, error, self.whole = None, wrong, False
        self._show(number, said, explained, error)
        if said.direction == "command":
            fetched = said.octets[1:2] == bytes((GET_RESPONSE,)) and self._asked is not None
            self._asked = self._asked if fetched else said.octets
        elif said.direction == "answer" and self._asked is not None:
            self._learn(self._asked, said.octets)

    def _explained(self, said: Said, name: str) -> Explained:
        match said.direction:
            case "atr":
                return explain(said.octets, "atr")
            case "command":
                return explain_step(said.octets, None, self._dialogue.dol(said.octets), name)
            case "answer":
                return explain_step(said.octets, self._asked or b"", b"", "")

    def _learn(self, asked: bytes, answer: bytes) -> None:
        self._dialogue.answered(asked, answer)
        found = {node.tag: node.value for node in nodes_of(asked, answer)}
        if asked[1:2] == b"\xa4" and TAG_AID in found and answer[-2:] == b"\x90\x00":
            aid = found[TAG_AID]
            self.summary["AID"] = aid.decode() if aid.isascii() and aid[:1].isdigit() else aid.hex().upper()
        if TAG_CID in found and TAG_AC in found:
            kind = CRYPTOGRAM_KINDS[found[TAG_CID][0] & 0xC0].en.partition(",")[0] if found[TAG_CID] else "AC"
            self.summary[kind] = found[TAG_AC].hex().upper()

    def _show(self, number: int, said: Said, explained: Explained | None, error: DecodeError | None) -> None:
        octets = said.octets.hex().upper()
        shown = octets if len(octets) <= HEX_SHOWN_MAX else f"{octets[:HEX_SHOWN_MAX]}..."
        status = meaning(int.from_bytes(said.octets[-2:], "big")) if said.direction == "answer" else None
        title = explained.name if explained is not None else UNREAD
        self.rows.append((f"{number} {ARROWS[said.direction]}", title, shown, status))
        step: dict[str, Any] = {"line": said.line, "direction": said.direction, "hex": octets}
        if explained is not None:
            self.rows += [(f"  {path}", name, value, more) for path, name, value, more in explained.rows]
            step |= {"kind": explained.kind, "name": _both(explained.name), "fields": dict(explained.fields)}
        if error is not None:
            self.rows.append((f"  {error.path}", error.what, f"@{error.offset}", error.cure))
            step["error"] = {"path": error.path, "offset": error.offset, "what": _both(error.what)}
        self.json.append(step)


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
