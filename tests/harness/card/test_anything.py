"""Whatever a terminal sends, in whatever order, and wherever the power fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.card.behaviours import BEHAVIOURS, COMMAND_NAMES
from harness.card.profile import Chip
from harness.card.session import Turn
from harness.card.state import rebuilt
from harness.machine import Json, Received, Send
from protocols.emv.apdu import Command
from protocols.emv.commands import PPSE, PSE, get_data, read_record, select
from protocols.emv.dol import fill_dol
from protocols.emv.gpo import parse_ac
from protocols.emv.pin import encipher, padding_octets, plain_block
from protocols.emv.scripts import SecureMessaging
from protocols.errors import DecodeError

from .reader import LINK, TOLD, Pulled, Reader, arpc

CARDS = ("debit", "cda", "enciphered-pin", "ecash", "pboc-test", "foreign-18", "sm4", "blocked-application")
WORDS = (
    "select", "pse", "next", "gpo", "record", "data", "challenge", "right", "wrong", "cipher", "dda", "arqc", "tc",
    "aac", "cda", "second", "decline", "no_issuer", "arpc", "bad_arpc", "block", "unblock", "pin_unblock", "pin_change",
    "put_data", "bad_script", "reset", "out",
)  # fmt: skip
SCRIPTS = ("block", "unblock", "pin_unblock", "pin_change", "put_data", "bad_script")
REFUSALS = {0x6700, 0x6983, 0x6985, 0x6A81, 0x6A82, 0x6A83, 0x6A86, 0x6D00, 0x6E00, 0x6988, 0x6A80, 0x6A88}


class Terminal:
    """Says what a word stands for, as right as the card lets it."""

    def __init__(self, name: str, how: str) -> None:
        self.reader = Reader()
        self.name, self.how = name, how
        self.first = b""
        self.atc = b""
        self.reader.put_in(name, how)

    @property
    def chip(self) -> Chip:
        return self.reader.chip(self.name)

    def octets(self, word: str) -> bytes:
        """The command of a word."""
        application = self.chip.applications[0]
        way = application.pdol.get("tap" if self.how == "tap" else "insert", ())
        key = application.pin_key or application.icc_key
        told = {**TOLD, 0x8A: b"Z3" if word == "no_issuer" else b"00"}
        cdol1, cdol2 = (fill_dol(dol, told) for dol in (application.cdol1, application.cdol2))
        if word in SCRIPTS:
            return self.script(word).build()
        commands = {
            "select": select(application.aid),
            "pse": select(PSE if self.how == "insert" else PPSE),
            "next": select(application.aid[:5], next_one=True),
            "gpo": Command(0x80, 0xA8, 0, 0, b"\x83" + bytes((len(fill_dol(way, TOLD)),)) + fill_dol(way, TOLD), 256),
            "record": read_record(3, 1),
            "data": get_data(0x9F17),
            "challenge": Command(0, 0x84, 0, 0, b"", 256),
            "right": Command(0, 0x20, 0, 0x80, plain_block(self.chip.pin)),
            "wrong": Command(0, 0x20, 0, 0x80, plain_block("9876")),
            "dda": Command(0, 0x88, 0, 0, TOLD[0x9F37], 256),
            "arqc": Command(0x80, 0xAE, 0x80, 0, cdol1, 256),
            "tc": Command(0x80, 0xAE, 0x40, 0, cdol1, 256),
            "aac": Command(0x80, 0xAE, 0x00, 0, cdol1, 256),
            "cda": Command(0x80, 0xAE, 0x90, 0, cdol1, 256),
            "second": Command(0x80, 0xAE, 0x40, 0, cdol2, 256),
            "no_issuer": Command(0x80, 0xAE, 0x40, 0, cdol2, 256),
            "decline": Command(0x80, 0xAE, 0x00, 0, cdol2, 256),
            "arpc": Command(0, 0x82, 0, 0, self.arpc()),
            "bad_arpc": Command(0, 0x82, 0, 0, bytes(10)),
        }
        if word == "cipher":
            if key is None:
                return commands["right"].build()
            challenge = self.reader.answers[0][:8] if self.reader.answers else b""
            padding = bytes(padding_octets(key.public))
            block = encipher(key.public, plain_block(self.chip.pin), challenge.ljust(8, b"\0"), padding)
            return Command(0, 0x20, 0, 0x88, block).build()
        return commands[word].build()

    def arpc(self) -> bytes:
        if not self.first:
            return bytes(10)
        answer = parse_ac(self.first)
        if not answer.cryptogram:
            return bytes(10)
        scheme = self.chip.applications[0].scheme
        return arpc(self.reader, self.name, answer, b"00" if scheme.arpc_method == 1 else bytes(4))

    def script(self, word: str) -> Command:
        application = self.chip.applications[0]
        answer = parse_ac(self.first) if self.first else None
        ac = answer.cryptogram if answer is not None and answer.cryptogram else bytes(8)
        messaging = SecureMessaging(application.scheme, application.keys, answer.atc if answer else bytes(2), ac)
        match word:
            case "block":
                return messaging.application_block()
            case "unblock":
                return messaging.application_unblock()
            case "pin_unblock":
                return messaging.pin_unblock()
            case "pin_change":
                return messaging.pin_change(self.chip.pin)
            case "put_data":
                return messaging.put_data(0x9F58, b"\x05")
        return Command(0x84, 0x1E, 0, 0, bytes(8))

    def say(self, word: str) -> bytes:
        """One step; the answer."""
        if word in ("reset", "out"):
            if word == "out":
                self.reader.take_out()
            self.first = b""
            self.reader.put_in(self.name, self.how)
            return b"\x90\x00"
        answer = self.reader.octets(self.octets(word))
        assert answer is not None
        if word in ("arqc", "cda") and answer[-2:] == b"\x90\x00":
            self.first = answer[:-2]
        elif word in ("gpo", "select", "pse", "next"):
            self.first = b""
        return answer


@settings(max_examples=80)
@given(st.sampled_from(CARDS), st.sampled_from(("insert", "tap")), st.lists(st.sampled_from(WORDS), max_size=24))
def test_no_order_of_commands_breaks_a_card(name: str, how: str, words: Sequence[str]) -> None:
    """Always an answer with a status word; counters as they must be; a blocked application gives AAC alone."""
    if how == "tap" and "tap" not in Reader().chip(name).applications[0].fci:
        how = "insert"
    terminal = Terminal(name, how)
    reader = terminal.reader
    aid = terminal.chip.applications[0].aid
    tries, atc, blocked = terminal.chip.pin_tries, 0, name == "blocked-application"
    for word in words:
        answer = terminal.say(word)
        assert 2 <= len(answer) <= 258
        sw = int.from_bytes(answer[-2:], "big")
        good = sw in (0x9000, 0x6283)
        assert good or sw in REFUSALS or sw >> 4 == 0x63C or sw in (0x6300, 0x6984), (word, f"{sw:04X}")
        status = reader.ask("status", card=name)
        if status["pin_tries"] > tries:
            assert word in ("right", "cipher", "pin_unblock", "pin_change") and good
        if status["pin_tries"] < tries:
            assert word in ("wrong", "right") and status["pin_tries"] == tries - 1
        now = status["applications"][aid.hex().upper()]
        assert now["atc"] == atc + (word == "gpo" and good)
        if now["blocked"] != blocked:
            assert good and word == ("block" if now["blocked"] else "unblock")
        if blocked and good and word in ("arqc", "tc", "cda", "second", "no_issuer"):
            assert parse_ac(answer[:-2]).cid == 0x00
        tries, atc, blocked = status["pin_tries"], now["atc"], now["blocked"]
    assert rebuilt(reader.records) == reader.machine.state, "the records are all there is to know"


@settings(max_examples=40)
@given(st.sampled_from(CARDS), st.lists(st.sampled_from(WORDS), min_size=4, max_size=16), st.data())
def test_power_that_fails_between_any_two_effects_gives_nothing_back(
    name: str, words: Sequence[str], data: st.DataObject
) -> None:
    """Neither PIN tries nor the counter; what a terminal has heard is never unsaid."""
    terminal = Terminal(name, "insert")
    reader = terminal.reader
    aid = terminal.chip.applications[0].aid
    for word in ("select", "gpo", *words):
        heard = terminal.say(word)
        status = reader.ask("status", card=name)
        if data.draw(st.booleans()):
            reader.restart()
            reader.put_in(name)
            terminal.first = b""
            after = reader.ask("status", card=name)
            assert after == {**status, "insertions": status["insertions"] + 1}
        if word == "gpo" and heard[-2:] == b"\x90\x00":
            assert (
                reader.machine.state.card(name).application(aid).atc == status["applications"][aid.hex().upper()]["atc"]
            )


octets = st.binary(max_size=40) | st.builds(
    lambda cla, ins, rest: bytes((cla, ins)) + rest,
    st.sampled_from((0x00, 0x80, 0x84, 0x04, 0x8C, 0xFF)),
    st.sampled_from((0xA4, 0xB2, 0xCA, 0xA8, 0x20, 0x84, 0x88, 0xAE, 0x82, 0x16, 0x18, 0x1E, 0x24, 0xDA, 0xDC)),
    st.binary(max_size=40),
)


@settings(max_examples=100)
@given(st.sampled_from(CARDS), st.lists(octets, max_size=12), st.sampled_from(("", "select", "gpo", "arqc")))
def test_no_octets_break_a_card(name: str, sent: Sequence[bytes], upto: str) -> None:
    """Behind any beginning of a transaction: two octets at least, and the PIN's tries never rise."""
    terminal = Terminal(name, "insert")
    for word in ("", "select", "gpo", "arqc"):
        if word:
            terminal.say(word)
        if word == upto:
            break
    tries = terminal.reader.ask("status", card=name)["pin_tries"]
    for data in sent:
        answer = terminal.reader.octets(data)
        assert answer is not None and 2 <= len(answer) <= 258
        left = terminal.reader.ask("status", card=name)["pin_tries"]
        assert left <= tries
        tries = left


FAULTS = st.fixed_dictionaries({"behaviour": st.sampled_from(sorted(BEHAVIOURS))}, optional={}).flatmap(
    lambda chosen: st.fixed_dictionaries(
        {
            **{key: st.just(value) for key, value in chosen.items()},
            **(
                {"command": st.sampled_from(("", *COMMAND_NAMES)), "number": st.integers(0, 6)}
                if "command" in BEHAVIOURS[chosen["behaviour"]].settings
                else {}
            ),
        }
    )
)


@settings(max_examples=80)
@given(st.lists(FAULTS, min_size=1, max_size=3), st.lists(st.sampled_from(WORDS[:18]), max_size=16))
def test_no_fault_breaks_the_machine(faults: Sequence[dict[str, object]], words: Sequence[str]) -> None:
    """The card says something, or nothing, or is out; a run that is repeated says the same."""
    said = []
    for _ in range(2):
        terminal = Terminal("debit", "insert")
        reader = terminal.reader
        for fault in faults:
            reader.ask("cause", **fault)
        reader.take_out()
        reader.put_in("debit")
        heard: list[bytes | None] = []
        for word in ("select", "gpo", *words):
            try:
                terminal.say(word)
            except Pulled:
                reader.put_in("debit")
            except (AssertionError, DecodeError):  # it hangs, is mute, or its answer is damaged
                reader.wait(10_000_000)
            heard += reader.answers
        said.append((heard, reader.records))
    assert said[0] == said[1]


def test_the_invariants_can_be_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that forgets to count is noticed: what it kept is not what it knows."""
    terminal = Terminal("debit", "insert")
    real = Turn.record

    def forgetful(turn: Turn, kind: str, **data: Json) -> None:
        real(turn, kind, **data)
        turn.records.clear()

    monkeypatch.setattr(Turn, "record", forgetful)
    terminal.say("select")
    terminal.say("gpo")
    assert rebuilt(terminal.reader.records) != terminal.reader.machine.state
    answer = [one for one in terminal.reader.machine.handle(Received(LINK, b"\x00"), 0) if isinstance(one, Send)]
    assert answer == [Send(LINK, b"\x67\x00")]
