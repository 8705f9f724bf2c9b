"""`posrig decode` of the small register protocols: one frame, or one lone control octet."""

from __future__ import annotations

from collections.abc import Callable

from protocols.concert import decode as concert_decode
from protocols.explained import Explained
from protocols.families import caisse_ap as caisse_ap_family
from protocols.families import codepay as codepay_family
from protocols.families import ecr17 as ecr17_family
from protocols.families import poslink as poslink_family
from protocols.families import transport as transport_family
from protocols.mispos import decode as mispos_decode
from protocols.transbank import decode as transbank_decode

from .decode_protocols import Read, Shown


def _reader(protocol: str, framing: str, explain: Callable[[bytes], Explained]) -> Read:
    def read(data: bytes, wanted: str, answers: str) -> Shown:
        return shown_of(protocol, framing, explain(data))

    return read


def shown_of(protocol: str, framing: str, explained: Explained) -> Shown:
    """What is shown of a message that was taken apart."""
    meanings = {
        path.strip(): {
            "name": {"zh": name.zh, "en": name.en},
            "meaning": None if meaning is None else {"zh": meaning.zh, "en": meaning.en},
        }
        for path, name, _, meaning in explained.rows
    }
    name = {"zh": explained.name.zh, "en": explained.name.en}
    shown = {"protocol": protocol, "framing": framing, "kind": explained.kind, "name": name}
    facts = "  ".join(f"{key} {value}" for key, value in explained.frame.items())
    head = f"{protocol}  {explained.name}" + (f"  {facts}" if facts else "")
    json = {**shown, "frame": dict(explained.frame), "fields": dict(explained.fields), "meanings": meanings}
    return Shown(json, (head,), explained.rows)


mispos_a: Read = _reader("mispos-a", "serial", mispos_decode.explain_a)
mispos_b: Read = _reader("mispos-b", "serial", mispos_decode.explain_b)
transbank: Read = _reader("transbank", "serial", transbank_decode.explain)
concert: Read = _reader("concert", "serial", concert_decode.explain)
ecr17: Read = _reader("ecr17", "serial", ecr17_family.explain)
poslink: Read = _reader("poslink", "serial", poslink_family.explain)
caisse_ap: Read = _reader("caisse-ap", "tcp", caisse_ap_family.explain)
codepay: Read = _reader("codepay", "serial", codepay_family.explain)
transport: Read = _reader("transport", "serial", transport_family.explain)
