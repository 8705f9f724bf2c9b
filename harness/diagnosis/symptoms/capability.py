"""What this model cannot do."""

from __future__ import annotations

from protocols.text import Text

from ..story import Story, field_of
from ..symptom import Symptom, both_ends

SM4_CODES = ("005", "006")
"""60.3 of a sign-in that asks for SM4 keys."""
NET_CODE = slice(8, 11)
"""60.3 in F60."""
CAPABILITY = slice(11, 12)
STRIPE_ONLY, STRIPE = "2", ("02", "90")
UNSUPPORTED, CHIP_DEMANDED = "40", ("45", "57")


def _no_function(story: Story) -> list[int]:
    return [event.seq for event, outcome in story.outcomes() if outcome.get("cause") == "no_function"]


def _interface_lacks(story: Story) -> list[int]:
    """A card was held where the terminal's own status says that this model reads none."""
    found = []
    for status in story.of("local_status"):
        reads = status.data.get("capabilities", {}).get("reads", [])
        tried = (e for e in story.of("card", status.party) if e.data.get("what") == "unnoticed")
        found += [event.seq for event in tried if reads and event.data.get("how") not in reads]
    return found


def _cipher_refused(story: Story) -> list[int]:
    """The sign-in asked for SM4, and the host knows that this model has none."""
    signed_in = (x for x in both_ends(story) if x.kind == "sign_in" and x.reply is not None and x.code == UNSUPPORTED)
    return [x.reply.seq for x in signed_in if x.reply and field_of(x.request, 60)[NET_CODE] in SM4_CODES]


def _stripe_only(story: Story) -> list[int]:
    """Declined for want of a chip, and the request says that the terminal reads stripes alone (60.4)."""
    found = []
    for exchange in both_ends(story):
        mode, capability = field_of(exchange.request, 22)[:2], field_of(exchange.request, 60)[CAPABILITY]
        if (
            exchange.reply is not None
            and exchange.code in CHIP_DEMANDED
            and mode in STRIPE
            and capability == STRIPE_ONLY
        ):
            found.append(exchange.reply.seq)
    return found


def _sign_in_refused(story: Story) -> list[int]:
    ends = ((e, o) for e, o in story.outcomes() if o.get("op") == "sign_in")
    return [event.seq for event, outcome in ends if outcome.get("code") == UNSUPPORTED]


def _cipher_lacks(story: Story) -> list[int]:
    """The terminal is told to ask for SM4 keys, and its own status says that this model has no SM4."""
    told = ((e, e.data.get("capabilities", {})) for e in story.of("local_status"))
    return [
        event.seq
        for event, able in told
        if able.get("sign_in_code") in SM4_CODES and "sm4" not in able.get("ciphers", [])
    ]


def _no_reader(story: Story) -> list[int]:
    """A card could not be used, and a test of all readers knows of none for chips."""
    wanted = [e for e, o in story.outcomes() if o.get("code") in CHIP_DEMANDED]
    wanted += [e for e in story.of("card") if e.data.get("what") == "unnoticed"]
    tested = ((e, o["reading"]) for e, o in story.outcomes() if o.get("op") == "reader_test" and o.get("reading"))
    return [event.seq for event, reading in tested if wanted and set(reading) == {"swipe"}]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom("no_function", Text("本机型没有这项功能", "The model has no such function"), _no_function),
    Symptom(
        "interface_lacks",
        Text("本机型没有顾客所用的读卡方式", "The model has no reader for what the customer held out"),
        _interface_lacks,
    ),
    Symptom(
        "cipher_refused",
        Text("国密签到应答 40", "A sign-in that asks for SM4 is answered 40"),
        _cipher_refused,
    ),
    Symptom(
        "cipher_lacks",
        Text("本机型没有国密算法，却被设为国密签到", "Told to sign in with SM4, which this model does not have"),
        _cipher_lacks,
    ),
    Symptom("sign_in_40", Text("签到应答 40（不支持）", "Sign-in answered 40"), _sign_in_refused),
    Symptom(
        "no_chip_reader",
        Text("读卡器测试：本机没有芯片读卡器", "The test of all readers knows of none for chips"),
        _no_reader,
    ),
    Symptom(
        "stripe_only_declined",
        Text("只能读磁条的终端，因未用芯片被拒", "Declined for want of a chip, at a terminal that reads stripes alone"),
        _stripe_only,
    ),
)
