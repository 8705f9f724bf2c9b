"""What 08 13 (change configuration) carries to an emulated terminal.

The specification leaves the content to the manufacturer; captures show files (tag 2D: id 1D, data 1C) and a host
address in private tags (E4: FF40 password, FF41 four octets of address, two of port, one more).  The ids of the items
are posrig's choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import tags
from .tlv import ZvtTlv

ACTIVATION_CODE = b"\x01"
FILE_DATA = 0x1C


def configuration(items: Mapping[bytes, str]) -> tuple[ZvtTlv, ...]:
    """The container for items by id; values are ASCII."""
    return tuple(
        ZvtTlv(tags.FILE, (ZvtTlv(tags.FILE_ID, name), ZvtTlv(FILE_DATA, value.encode("ascii"))))
        for name, value in items.items()
    )


def configured(container: Sequence[ZvtTlv]) -> dict[bytes, str]:
    """The items of a container, those that are no ASCII left out."""
    found: dict[bytes, str] = {}
    for item in container:
        inner = {child.tag: child.octets for child in item.children}
        name, value = inner.get(tags.FILE_ID), inner.get(FILE_DATA)
        if item.tag == tags.FILE and name is not None and value is not None and value.isascii():
            found[name] = value.decode("ascii")
    return found
