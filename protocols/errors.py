"""The errors of posrig, told apart by who is to blame.

`LocalError`: our own caller asked for something illegal.  `RemoteError`: the peer sent it.
Each carries its data as attributes; the text ends with what to do next.  (The split is h11's.)
"""

from __future__ import annotations

from .text import Text


class PosrigError(Exception):
    """Base of every error that posrig raises on purpose.

    `what` says what is wrong, `cure` what to do next; both exist in both languages.
    """

    def __init__(self, what: Text, cure: Text) -> None:
        super().__init__(what, cure)
        self.what = what
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.what.en}. {self.cure.en}"


class LocalError(PosrigError):
    """Our caller asked for something illegal."""


class RemoteError(PosrigError):
    """The peer sent something illegal."""


class LinkError(PosrigError):
    """The link to the peer failed."""


class ScenarioError(PosrigError):
    """A scenario, provisioning or other data file of the user is wrong."""


class DecodeError(RemoteError):
    """Bytes that are no message.

    `path` names the place as `F60` or `F60/60.2`, in a list of tags as `F59/A2/02`; `offset` counts octets from the
    first octet of what was given to parse; `raw` holds the octets around that place (at most 16 before and after).
    """

    def __init__(self, what: Text, cure: Text, *, path: str, offset: int, raw: bytes) -> None:
        super().__init__(what, cure)
        self.path = path
        self.offset = offset
        self.raw = raw

    def __str__(self) -> str:
        return f"{self.path} at octet {self.offset} ({self.raw.hex().upper()}): {super().__str__()}"


RAW_AROUND_OCTETS = 16
"""How many octets before and after a fault an error shows."""

SHORT = Text("需要 {need} 字节，只剩 {left} 字节", "needs {need} octets, only {left} are left")
TRAILING = Text("报文之后还有 {left} 字节", "{left} octets follow the end of the message")
SHORT_CURE = Text("检查报文是否被截断，或长度域是否写错", "Look for a truncated message or a wrong length before it")


def decode_error(what: Text, cure: Text, *, path: str, offset: int, data: bytes, base: int = 0) -> DecodeError:
    """A DecodeError with the octets around `offset` of `data`; `base` is added to the offset that is reported."""
    raw = data[max(0, offset - RAW_AROUND_OCTETS) : offset + RAW_AROUND_OCTETS]
    return DecodeError(what, cure, path=path, offset=base + offset, raw=raw)


class EncodeError(LocalError):
    """A value that cannot be put on the wire.  `path` names the field, `value` what was given."""

    def __init__(self, what: Text, cure: Text, *, path: str, value: object) -> None:
        super().__init__(what, cure)
        self.path = path
        self.value = value

    def __str__(self) -> str:
        return f"{self.path}: {super().__str__()}"
