"""Attacks what a bench leaves behind after sales with a card that no list names: number, holder, PIN and keys are
looked for in every spelling in the trace, what is made of it, the log and the stores."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from functools import cache

import pytest

from harness.card.files import chip_from
from harness.card.profile import Chip
from harness.fixtures import fixtures_dir, read_toml
from harness.masking.digits import luhn_sum
from harness.recordings.export import export
from harness.recordings.fidelity import compare
from harness.reports.transcript import transcript
from harness.trace import Trace

from . import chips

PIN = "739158"
HOLDER = "LI/XIAOMING"
KEY_PREFIX = 8
"""Octets of a key that are looked for: half of one is a leak."""
CASES = [
    ("debit", "insert", "62121480926351470"),
    ("debit", "tap", "62121480926351470"),
    ("offline-pin", "insert", "621214809263514707"),
    ("enciphered-pin", "insert", "621214809263514707"),
    ("cda", "insert", "622202809263514707"),
    ("foreign", "insert", "476173809263514"),
    ("ecash", "tap", "62121480926351470"),
]
"""Whose chip, how it is presented, and a number that no list has, without its check digit."""


def number(begins: str) -> str:
    return next(begins + digit for digit in "0123456789" if luhn_sum(begins + digit) == 0)


def unlisted(of: str, pan: str) -> Chip:
    """The chip of a shipped card under another number, holder and PIN."""
    sheet = read_toml(fixtures_dir() / "cards" / "chips" / f"{of}.toml")
    return chip_from({**sheet, "pan": pan, "pin": PIN, "holder": HOLDER}, f"{of}.toml")


def spelled(digits: str) -> Iterator[str]:
    """Digits as text, as hex of text, packed, packed with the low nibble first, backwards, and in base64."""
    packed = digits + "F" * (len(digits) % 2)
    yield from (digits, digits[::-1], digits.encode().hex(), base64.b64encode(digits.encode()).decode()[: len(digits)])
    yield "".join(packed[at + 1] + packed[at] for at in range(0, len(packed), 2))[: len(digits) - 1]
    for before in range(4):  # in base64, wherever they begin among other octets, at the high or the low nibble
        for shifted in (packed, f"0{packed}0"):
            whole = bytes(before) + bytes.fromhex(shifted)
            first, last = before + (shifted != packed), before + len(digits) // 2
            yield base64.b64encode(whole).decode()[-(-first * 8 // 6) : last * 8 // 6]


def key_spellings(key: bytes) -> Iterator[str]:
    for octets in (key, key[::-1]):
        part = octets[:KEY_PREFIX]
        yield part.hex()
        yield base64.b64encode(part).decode()[:10]


@cache
def issuer_keys() -> tuple[bytes, ...]:
    """Of all test issuers."""
    rows = read_toml(fixtures_dir() / "issuers" / "test.toml")["issuer"].values()
    return tuple(bytes.fromhex(text) for row in rows for name, text in row.items() if "_mk_" in name or "imk_" in name)


def secrets_of(chip: Chip, pan: str) -> dict[str, list[str]]:
    """What must not be found, by what it is."""
    keys = [key for one in chip.applications for key in (one.keys.ac, one.keys.smi, one.keys.smc)]
    for one in chip.applications:
        for rsa in (one.icc_key, one.pin_key):
            keys += [prime.to_bytes(96, "big").lstrip(b"\0") for prime in (rsa.p, rsa.q)] if rsa else []
    name = HOLDER.partition("/")[2]
    return {
        "the number": [*spelled(pan), pan[6:-4]],
        "the PIN": [PIN, PIN.encode().hex(), f"26{PIN}FF"],
        "the holder": [name, name.encode().hex()],
        "a key": [text for key in (*keys, *issuer_keys()) for text in key_spellings(key)],
    }


def found(secrets: dict[str, list[str]], text: str) -> set[str]:
    """What of it stands in `text`."""
    low = text.lower()
    return {what for what, spellings in secrets.items() for one in spellings if len(one) > 5 and one.lower() in low}


def left_behind(trace: Trace) -> Iterator[tuple[str, str]]:
    """The trace, and all that is made of it."""
    yield "trace", trace.text()
    for wire in (False, True):
        octets = export(trace.events, "cup", "en", wire=wire).octets
        yield f"pcapng {wire}", octets.decode("latin-1")
        yield f"pcapng {wire} in hex", octets.hex()
    yield "transcript", transcript(trace.events, "en")
    said = compare(trace, chips.recorded())
    yield "fidelity", " ".join(f"{one.what} {one.why}" for one in said.findings)


@pytest.mark.parametrize(("of", "how", "begins"), CASES, ids=[f"{of} {how}" for of, how, _ in CASES])
def test_nothing_of_an_unlisted_card_is_left_behind(
    of: str, how: str, begins: str, caplog: pytest.LogCaptureFixture
) -> None:
    pan = number(begins)
    chip = unlisted(of, pan)
    secrets = secrets_of(chip, pan)
    bench = chips.with_chip(chip)
    with caplog.at_level(logging.DEBUG):
        answer = chips.sell(bench, how, PIN)
        assert answer["status"] == "done"
        chips.sell(bench, how, "111111")
    snapshot = bench.snapshot()
    stores = {party: json.dumps(list(store.load())) for party, store in bench.stores.items()}
    trace = bench.finish()
    assert [event for event in trace.events if event.kind == "apdu"], "the card was read"
    for where, text in left_behind(trace):
        assert found(secrets, text) == set(), where
    for where, text in (("log", caplog.text), ("answer", json.dumps(answer)), ("snapshot", json.dumps(snapshot))):
        assert found(secrets, text) == set(), where
    assert found(secrets, stores["card"]) == found(secrets, stores["host"]) == set()
    # A terminal keeps the number until its batch is settled: void and reversal need it (F2).  Nothing else.
    assert found(secrets, stores["terminal"]) <= {"the number"}
    assert f"{pan}D" not in stores["terminal"] and f"{pan}d" not in stores["terminal"]
    assert found({"keys": secrets["a key"]}, repr(chip)) == set()


def test_the_attack_finds_what_there_is() -> None:
    """The same look at the card's own records, and at a trace that takes the number for a listed one."""
    pan = number(CASES[0][2])
    chip = unlisted("debit", pan)
    secrets = secrets_of(chip, pan)
    records = b"".join(chip.applications[0].records.values())
    assert found(secrets, records.hex()) == {"the number", "the holder"}
    assert found(secrets, base64.b64encode(records).decode()) >= {"the number"}
    assert found(secrets, chip.applications[0].keys.ac.hex()) == found(secrets, issuer_keys()[0].hex()) == {"a key"}
    assert found(secrets, f"002000800826{PIN}FFFFFFFF") == {"the PIN"}


def test_a_number_that_a_card_has_hidden_is_found_in_what_the_terminal_sends_it() -> None:
    """A list may ask for the number (tag 5A): filled in by the terminal, it is no more shown than in the record."""
    from harness.mask import Masker

    pan = number(CASES[2][2])
    masker = Masker()

    def shown(octets: str, direction: str) -> str:
        return json.dumps(masker.enter(1, "terminal", "bytes", {"link": "card", "dir": direction, "hex": octets}))

    packed = pan + "F" * (len(pan) % 2)
    record = f"5A{len(packed) // 2:02X}{packed}8C055A0A9F0206"
    shown("3BE000008131FE45EB", "in")
    shown("00B2010C00", "out")
    assert pan not in shown(f"70{len(record) // 2:02X}{record}9000", "in")
    assert pan not in shown(f"80AE800010{packed}00000000123400", "out")
    assert pan not in shown(f"77{len(packed) // 2 + 3:02X}9F10{len(packed) // 2:02X}{packed}9000", "in")
