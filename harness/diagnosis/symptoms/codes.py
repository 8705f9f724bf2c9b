"""What F39 alone tells: typical of every row that shares the code, proof of none.

The words of a code are those of the response table; the register knows it from the outcome of its operation.
"""

from __future__ import annotations

from collections.abc import Callable

from protocols.text import Text
from protocols.unionpay.responses import response

from ..story import Story
from ..symptom import Symptom, both_ends

CODES = ("03", "30", "31", "58", "61", "65", "77", "90", "91", "92", "96", "97", "98", "99", "A0", "C1")
"""Codes that several causes share, or that one cause has and nothing else tells a narrow view."""

ANSWERED = Text("应答码 {code}：{meaning}", "Answered {code}: {meaning}")


def refused_with(code: str) -> Callable[[Story], list[int]]:
    """Replies with this F39, and operations that ended with it."""

    def find(story: Story) -> list[int]:
        told = [event.seq for event, outcome in story.outcomes() if outcome.get("code") == code]
        return told + [x.reply.seq for x in both_ends(story) if x.reply is not None and x.code == code]

    return find


def _symptom(code: str) -> Symptom:
    meaning = response(code).meaning
    text = Text(
        ANSWERED.zh.format(code=code, meaning=meaning.zh),
        ANSWERED.en.format(code=code, meaning=meaning.en),
    )
    return Symptom(f"code_{code.lower()}", text, refused_with(code))


SYMPTOMS: tuple[Symptom, ...] = tuple(_symptom(code) for code in CODES)
