"""How the messages of each register protocol are masked: the payload of one frame in, the same length out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from protocols.unionpay.dialect import Dialect

from .digits import Numbers
from .messages import Masked, mask_register_message
from .mispos_a import mask_mispos_a
from .small import mask_concert, mask_transbank
from .zvt import mask_zvt

MaskMessage = Callable[[bytes, Numbers, Sequence[Dialect]], Masked | None]
"""None: nobody can read it, and what may be shown of it is decided by whether a card number may be in it."""

REGISTER_MASKS: Mapping[str, MaskMessage] = {
    "mispos-a": mask_mispos_a,
    "mispos-b": mask_register_message,
    "zvt": mask_zvt,
    "transbank": mask_transbank,
    "concert": mask_concert,
}
"""By protocol (`protocols.registers`)."""
