"""Application packages: what a vendor signs and a terminal installs.

    magic 4 "PSRG" | format 1 | model | version | minimum | dialect | payload length 4 | SHA-256 of the payload 32
    | Ed25519 signature 64 over all octets before it | payload

The four texts are a length octet and ASCII.  The layout is posrig's choice: vendors publish none.  The signature covers
the digest, so that one check says who made it and the other that it arrived whole.  `minimum` is the oldest version
that it works beside: it replaces none that is older, and once it runs, none that is older replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from hmac import compare_digest
from typing import IO, Any, Final

from construct import Int32ub

from .codec import Codec, Leaf, Record, Refused, read_octets
from .errors import DecodeError
from .text import Text

MAGIC: Final = b"PSRG"
FORMAT: Final = 1
PACKAGE_OCTETS_MAX: Final = 65_536
"""Of a whole package.  Real ones are larger; what has to be proved of them does not depend on it."""
VERSION_LENGTH_MAX: Final = 8
"""Item 05 of the device information has so many characters (UnionPay notice 21)."""
MODEL_LENGTH_MAX, DIALECT_LENGTH_MAX = 16, 32
DIGEST_OCTETS, SIGNATURE_OCTETS = 32, 64
HEAD_OCTETS_MAX: Final = 173
"""Everything before the payload, with the longest texts."""
PATH: Final = "package"

_CURE = Text("换一个软件包", "Take another package")
_NOT_ONE = Text("不是软件包，以 {found} 开头", "This is no application package, it begins with {found}")
_NO_FORMAT = Text("不认识软件包格式 {found}", "Format {found} of packages is not known")
_BAD_SIZE = Text("长度不对", "This has another length")
_BAD_TEXT = Text(
    "{name} 应为 {least} 至 {most} 个可打印 ASCII 字符", "{name} has {least} to {most} printable ASCII characters"
)
_TOO_LONG = Text("软件包最多 {most} 字节", "A package has at most {most} octets")


@dataclass(frozen=True, slots=True)
class Package:
    """`model` 1 to 16 characters, `version` 1 to 8 (`1.10.2`), `minimum` such a version or "" for any, `dialect` the
    one that the application speaks, at most 32, "" for that of the application before it.

    `digest` and `signature` are as they stand in the package, good or not.
    """

    model: str
    version: str
    minimum: str = ""
    dialect: str = ""
    payload: bytes = field(default=b"", repr=False)
    digest: bytes = b""
    signature: bytes = b""

    @property
    def is_whole(self) -> bool:
        """The payload is the one that was digested."""
        return compare_digest(sha256(self.payload).digest(), self.digest)

    def is_signed_by(self, public_key: bytes) -> bool:
        """Whether the owner of this Ed25519 key (32 octets) signed it.  Raises ValueError for a key of other length."""
        # Imported here and in `sign_package`: a native part, which need not load where nothing is signed.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key = Ed25519PublicKey.from_public_bytes(public_key)
        try:
            key.verify(self.signature, _signed(self))
        except InvalidSignature:
            return False
        return True


class _Always(Leaf):
    """These octets and no others."""

    def __init__(self, octets: bytes, refused: Text) -> None:
        super().__init__()
        self._octets, self._refused = octets, refused

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> None:
        at = stream.tell()
        found = read_octets(stream, len(self._octets))
        if found != self._octets:
            raise Refused(self._refused.format(found=found.hex().upper()), _CURE, offset=at)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        stream.write(self._octets)
        return obj


class _Ascii(Leaf):
    """A length octet, then `least` to `most` printable ASCII characters."""

    def __init__(self, name: str, least: int, most: int) -> None:
        super().__init__()
        self._least, self._most = least, most
        self._refused = _BAD_TEXT.format(name=name, least=least, most=most)

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str:
        at = stream.tell()
        value = read_octets(stream, read_octets(stream, 1)[0]).decode("latin-1")
        return self._checked(value, at)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        stream.write(bytes([len(self._checked(obj, None))]) + obj.encode("ascii"))
        return obj

    def _checked(self, value: str, at: int | None) -> str:
        printable = value.isascii() and (value.isprintable() or not value)
        if not printable or not self._least <= len(value) <= self._most:
            raise Refused(self._refused, _CURE, offset=at, value=value)
        return value


class _Octets(Leaf):
    """A fixed number of octets."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> bytes:
        return read_octets(stream, self._count)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        if len(obj) != self._count:
            raise Refused(_BAD_SIZE, _CURE, value=obj)
        stream.write(obj)
        return obj


class _Length(Leaf):
    """The payload's length; with what stands around it no more than a package may have."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> int:
        at = stream.tell()
        return self._checked(int.from_bytes(read_octets(stream, 4), "big"), at)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        return Int32ub._build(self._checked(obj, None), stream, context, path)

    def _checked(self, value: int, at: int | None) -> int:
        if value > PACKAGE_OCTETS_MAX - HEAD_OCTETS_MAX:
            raise Refused(_TOO_LONG.format(most=PACKAGE_OCTETS_MAX), _CURE, offset=at, value=value)
        return value


_HEAD = Record(
    ("magic", _Always(MAGIC, _NOT_ONE)),
    ("format", _Always(bytes([FORMAT]), _NO_FORMAT)),
    ("model", _Ascii("model", 1, MODEL_LENGTH_MAX)),
    ("version", _Ascii("version", 1, VERSION_LENGTH_MAX)),
    ("minimum", _Ascii("minimum", 0, VERSION_LENGTH_MAX)),
    ("dialect", _Ascii("dialect", 0, DIALECT_LENGTH_MAX)),
    ("length", _Length()),
    ("digest", _Octets(DIGEST_OCTETS)),
)
LENGTH: Final = 6
"""Which part of the head the payload's length is."""


class _Whole(Leaf):
    """Head, signature, and the payload of the length that the head tells."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> tuple[Any, ...]:
        head = _HEAD._parse(stream, context, path)
        return (*head, *_rest(head[LENGTH])._parse(stream, context, path))

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        *head, signature, payload = obj
        _HEAD._build(head, stream, context, path)
        return _rest(head[LENGTH])._build((signature, payload), stream, context, path)


def _rest(length: int) -> Record:
    return Record(("signature", _Octets(SIGNATURE_OCTETS)), ("payload", _Octets(length)))


_HEAD_CODEC, _WHOLE_CODEC = Codec(_HEAD), Codec(_Whole())
_NO_PADS: Mapping[int, str] = {}


def _head(package: Package) -> tuple[Any, ...]:
    names = (package.model, package.version, package.minimum, package.dialect)
    return (None, None, *names, len(package.payload), package.digest)


def _signed(package: Package) -> bytes:
    return _HEAD_CODEC.build(_head(package), _NO_PADS)


def build_package(package: Package) -> bytes:
    """The octets of `package` with the digest and signature that it has.  Raises EncodeError that names the part."""
    return _WHOLE_CODEC.build((*_head(package), package.signature, package.payload), _NO_PADS)


def sign_package(package: Package, private_key: bytes) -> Package:
    """The same with digest and signature by this Ed25519 private key (32 octets).  Raises EncodeError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    digested = replace(package, digest=sha256(package.payload).digest())
    return replace(digested, signature=Ed25519PrivateKey.from_private_bytes(private_key).sign(_signed(digested)))


def parse_package(data: bytes) -> Package:
    """Read a whole package; neither digest nor signature is checked (`Package.is_whole`, `Package.is_signed_by`).

    Raises DecodeError with path (`package/version`) and offset for anything else, also for octets left over.
    """
    try:
        (_, _, model, version, minimum, dialect, _, digest, signature, payload), _ = _WHOLE_CODEC.parse(data)
    except DecodeError as error:
        place = f"{PATH}/{error.path}"
        raise DecodeError(error.what, error.cure, path=place, offset=error.offset, raw=error.raw) from None
    return Package(model, version, minimum, dialect, payload, digest, signature)


def version_number(version: str) -> tuple[int, ...]:
    """What versions are compared by: `1.10` is newer than `1.9.2` and the same as `1.10.0`.  A part that is no number
    counts as 0."""
    numbers = [int(part) if part.isascii() and part.isdigit() else 0 for part in version.strip().split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
