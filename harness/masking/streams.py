"""Octets on links, masked frame by frame and handed back in the pieces in which they came.

A piece that ends in the middle of a frame is first known by length and hash only; when the frame is complete its octets
follow, masked.  Nothing unmasked is kept beyond one unfinished frame per direction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from protocols.framing import HostFramer
from protocols.registers import RegisterFramer

from ..machine import Json
from ..pieces import Piece, Splitter
from .digits import Numbers
from .messages import Masked, looks_like_key_reply

Read = Callable[[bytes], Masked | None]
"""Masks the payload of a frame; None when it cannot be read."""

MakeFramer = Callable[[], RegisterFramer | HostFramer]

Key = tuple[str, str, str]
"""(party, link, direction)."""


@dataclass(slots=True)
class _Entry:
    """One `bytes` event whose octets are not all known yet."""

    sequence: int
    data: dict[str, Json]
    octets: bytes
    masked: bytes = b""
    hashed: bool = False
    fields: list[str] = field(default_factory=list)
    fingerprints: list[str] = field(default_factory=list)
    done: int = 0


class Stream:
    """One direction of one link at one party.  `framer` makes what cuts it into frames.

    `physical`: what cannot be read is never shown.
    """

    def __init__(self, framer: MakeFramer, read: Read, numbers: Numbers, physical: bool) -> None:
        self._framer = framer
        self._read = read
        self._numbers = numbers
        self._physical = physical
        self._splitter = Splitter(self._framer())
        self._entries: list[_Entry] = []
        self._skip = 0

    @property
    def oldest(self) -> int | None:
        """Sequence of the oldest event that is not finished."""
        return self._entries[0].sequence if self._entries else None

    def feed(self, sequence: int, data: Mapping[str, Json], octets: bytes) -> list[tuple[int, dict[str, Json]]]:
        """Take one event; returns all events that are finished by it, this one perhaps among them."""
        rest = {key: value for key, value in data.items() if key != "hex"}
        self._entries.append(_Entry(sequence, rest, octets))
        for piece in self._splitter.feed(octets):
            self._place(piece)
        return self._finished()

    def give_up(self, ended: bool) -> list[tuple[int, dict[str, Json]]]:
        """The rest of the frame will not be waited for.  `ended`: it will not come at all."""
        if ended:
            rest = self._splitter.rest()
            self._place(Piece(rest))
            self._splitter = Splitter(self._framer())
            self._skip = 0
            return self._finished()
        self._skip = len(self._splitter.pending)
        done = [(e.sequence, hashed(e.data, e.octets, self._numbers)) for e in self._entries]
        self._entries.clear()
        return done

    def _place(self, piece: Piece) -> None:
        """Put the masked octets of `piece` into the events whose octets they are."""
        masked = self._mask(piece)
        place = min(self._skip, len(piece.raw))
        self._skip -= place
        for entry in self._entries:
            if place == len(piece.raw):
                break
            take = min(len(entry.octets) - entry.done, len(piece.raw) - place)
            if not take:
                continue
            entry.done += take
            if masked is None:
                entry.hashed = True
            else:
                entry.masked += masked.payload[place : place + take]
                entry.fields += [f for f in masked.fields if f not in entry.fields]
                entry.fingerprints += [f for f in masked.fingerprints if f not in entry.fingerprints]
            place += take

    def _mask(self, piece: Piece) -> Masked | None:
        """The piece as it may be shown, None when only its hash may be."""
        if piece.payload is not None:
            masked = self._read(piece.payload)
            if masked is not None:
                raw = piece.raw if masked.payload == piece.payload else self._framed(masked.payload, piece.raw)
                if len(raw) == len(piece.raw):
                    return Masked(raw, masked.fields, masked.fingerprints)
        if len(piece.raw) == 1:
            return Masked(piece.raw)
        if self._physical or looks_like_key_reply(piece.raw) or self._numbers.is_risky(piece.raw):
            return None
        return Masked(piece.raw)

    def _framed(self, payload: bytes, raw: bytes) -> bytes:
        """The frame of `payload` in the framing of `raw`; another length where the frame depends on its content."""
        framer = self._framer()
        framer.feed(raw)  # a host's framer takes the framing that came in
        return framer.frame(payload)

    def _finished(self) -> list[tuple[int, dict[str, Json]]]:
        done: list[tuple[int, dict[str, Json]]] = []
        while self._entries and self._entries[0].done == len(self._entries[0].octets):
            entry = self._entries.pop(0)
            if entry.hashed:
                done.append((entry.sequence, hashed(entry.data, entry.octets, self._numbers)))
                continue
            shown: dict[str, Json] = {**entry.data, "hex": entry.masked.hex().upper()}
            if entry.fields:
                shown["masked"] = entry.fields
            if entry.fingerprints:
                shown["fingerprints"] = entry.fingerprints
            done.append((entry.sequence, shown))
        return done


def hashed(data: Mapping[str, Json], octets: bytes, numbers: Numbers) -> dict[str, Json]:
    """`data` with length and keyed hash of the octets instead of the octets."""
    return {**data, "length": len(octets), "hash": numbers.fingerprint(octets)}
