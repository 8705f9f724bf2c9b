"""Runs a construct layout over a whole buffer, and words what goes wrong.

`construct` describes the bytes; nothing of it leaves this module's callers: no Container, no construct error.  Two
habits of construct are closed off here: it ignores octets after the layout, and a bad value on build is a bare KeyError
or ValueError without a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from construct import Construct, ConstructError

from .errors import SHORT as SHORT
from .errors import SHORT_CURE as SHORT_CURE
from .errors import TRAILING as TRAILING
from .errors import EncodeError
from .errors import decode_error as decode_error
from .text import Text

if TYPE_CHECKING:  # at run time construct 2.10 is not generic
    LeafBase = Construct[Any, Any]
else:
    LeafBase = Construct

TRAILING_CURE = Text(
    "检查位图是否漏了一个域（常见为域 64），或长度是否写错",
    "Look for a field that the bitmap does not announce (often F64), or for a wrong length",
)
UNEXPECTED = Text("无法处理：{reason}", "Cannot be processed: {reason}")
UNEXPECTED_CURE = Text("检查该处的取值", "Check the value at this place")


class Refused(ConstructError):
    """A leaf's refusal: `what` and `cure` in both languages.

    `offset` counts octets in the buffer that is parsed (None on build), `value` is what build was given.  The
    constructs that hold the leaf put its name in front of `names` while the refusal travels up.
    """

    def __init__(self, what: Text, cure: Text, *, offset: int | None = None, value: object = None) -> None:
        super().__init__(what.en)
        self.what = what
        self.cure = cure
        self.offset = offset
        self.value = value
        self.names: list[str] = []

    def under(self, name: str) -> Refused:
        """The same refusal, seen from the construct that holds it under `name`."""
        self.names.insert(0, name)
        return self


class Leaf(LeafBase):
    """Base of our own constructs.  A leaf implements `_parse` and `_build`; the context is a plain dict.

    The context holds `at` (the field number that is being handled) and `pads` (field number to pad nibble, for the
    nibbles that differ from the default).
    """

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> Any:
        raise NotImplementedError

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        raise NotImplementedError


def read_octets(stream: IO[bytes], count: int) -> bytes:
    """Exactly `count` octets; raises Refused with the offset where they should have begun."""
    data = stream.read(count)
    if len(data) != count:
        what = SHORT.format(need=count, left=len(data))
        raise Refused(what, SHORT_CURE, offset=stream.tell() - len(data))
    return data


class Record(Leaf):
    """Named constructs one after the other; parses to a tuple, builds from one.  Names appear in error paths."""

    def __init__(self, *parts: tuple[str, LeafBase]) -> None:
        super().__init__()
        self.parts = parts

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> tuple[Any, ...]:
        values = []
        for name, part in self.parts:
            try:
                values.append(part._parse(stream, context, path))
            except Refused as refused:
                raise (refused.under(name) if name else refused) from None
        return tuple(values)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        for (name, part), value in zip(self.parts, obj, strict=True):
            try:
                part._build(value, stream, context, path)
            except Refused as refused:
                raise (refused.under(name) if name else refused) from None
        return obj


class Codec:
    """One layout, used on whole buffers."""

    def __init__(self, layout: LeafBase) -> None:
        self._layout = layout

    def parse(self, data: bytes) -> tuple[Any, dict[int, str]]:
        """The layout's value and the pads that differ from the default.

        Raises DecodeError, also for octets left over.
        """
        stream = BytesIO(data)
        pads: dict[int, str] = {}
        try:
            context: Any = {"at": 0, "pads": pads}
            value = self._layout._parse(stream, context, "")
            if (end := stream.tell()) != len(data):
                raise Refused(TRAILING.format(left=len(data) - end), TRAILING_CURE, offset=end).under("end")
        except Refused as refused:
            offset = stream.tell() if refused.offset is None else refused.offset
            path = "/".join(refused.names) or "message"
            raise decode_error(refused.what, refused.cure, path=path, offset=offset, data=data) from None
        except (ConstructError, KeyError, ValueError, TypeError) as error:
            what = UNEXPECTED.format(reason=repr(error))
            raise decode_error(what, UNEXPECTED_CURE, path="message", offset=stream.tell(), data=data) from error
        return value, pads

    def build(self, value: Any, pads: Mapping[int, str]) -> bytes:
        """The octets of `value`.  Raises EncodeError that names the field."""
        stream = BytesIO()
        try:
            context: Any = {"at": 0, "pads": pads}
            self._layout._build(value, stream, context, "")
        except Refused as refused:
            path = "/".join(refused.names) or "message"
            raise EncodeError(refused.what, refused.cure, path=path, value=refused.value) from None
        except (ConstructError, KeyError, ValueError, TypeError) as error:
            what = UNEXPECTED.format(reason=repr(error))
            raise EncodeError(what, UNEXPECTED_CURE, path="message", value=value) from error
        return stream.getvalue()
