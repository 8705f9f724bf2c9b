"""POS ISO 8583 of the UnionPay (银联) family."""

from .dialect import Dialect
from .header import Header, Requirement, Tpdu
from .message import Message, MessageCodec, codec_for

__all__ = ["Dialect", "Header", "Message", "MessageCodec", "Requirement", "Tpdu", "codec_for"]
