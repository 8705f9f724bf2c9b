"""Text(zh, en): what an operator reads, in both languages.  Faces choose which one is shown."""

from __future__ import annotations

from typing import Final, Literal

Lang = Literal["zh", "en"]


class Text:
    """One phrase in Simplified Chinese and in English; neither half may be empty.

    Raises ValueError when a half is missing, so a table with a gap fails when it is imported.  No dataclass: what a
    command shows first is a Text, and `dataclasses` would take a quarter of the time until it is there.
    """

    __slots__ = ("en", "zh")

    def __init__(self, zh: str, en: str) -> None:
        if not zh.strip() or not en.strip():
            raise ValueError(f"Text needs both languages: zh={zh!r}, en={en!r}")
        self.zh: Final = zh
        self.en: Final = en

    def __eq__(self, other: object) -> bool:
        return (self.zh, self.en) == (other.zh, other.en) if isinstance(other, Text) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.zh, self.en))

    def __repr__(self) -> str:
        return f"Text(zh={self.zh!r}, en={self.en!r})"

    def in_(self, lang: Lang) -> str:
        """The phrase in `lang`."""
        return self.zh if lang == "zh" else self.en

    def format(self, **values: object) -> Text:
        """The same phrase with `{name}` placeholders filled in both halves."""
        return Text(self.zh.format(**values), self.en.format(**values))

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"
