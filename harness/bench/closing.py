"""What holds something that must be let go, as a context manager."""

from __future__ import annotations

from typing import Self


class Closing:
    """`with` a subclass: at the end, however it ends, it is closed."""

    def close(self) -> None:
        """Let go of everything; a second call does nothing."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
