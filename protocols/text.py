"""Text(zh, en): what an operator reads, in both languages.  Faces choose which one is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One phrase in Simplified Chinese and in English; neither half may be empty.

    Raises ValueError when a half is missing, so a table with a gap fails when it is imported.
    """

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh.strip() or not self.en.strip():
            raise ValueError(f"Text needs both languages: zh={self.zh!r}, en={self.en!r}")

    def in_(self, lang: Lang) -> str:
        """The phrase in `lang`."""
        return self.zh if lang == "zh" else self.en

    def format(self, **values: object) -> Text:
        """The same phrase with `{name}` placeholders filled in both halves."""
        return Text(self.zh.format(**values), self.en.format(**values))

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"
