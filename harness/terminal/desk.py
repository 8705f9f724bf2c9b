"""What the flows work on: state, settings, and the effects of this turn in the order in which they are carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from protocols.text import Text
from protocols.unionpay.dialect import Dialect
from protocols.unionpay.message import Message, MessageCodec, codec_for

from ..machine import Effect, Json, Note, Persist, Record
from .hardware import battery, display, printer, processor
from .lifecycle import next_state
from .settings import Config, Profile, TerminalSettings
from .slips import slip_lines
from .state import STAN_MAX, Entry, State, apply
from .vault import Vault

SEEN = ("terminal",)
SHOWN = ("terminal", "register")
FORCED = ("parameters", "aids", "public_keys")
"""Without these no transaction (Chanjet POS V2.0: a terminal without any AID or CAPK must be forced to download)."""


class Report(NamedTuple):
    """A report that is not printed here; the arguments of `Desk.slip`."""

    kind: str
    stan: str
    batch: str
    amount_fen: int
    rrn: str
    copy: str
    lines: Sequence[Text]


TWO_COPIES = ("preauth", "preauth_void", "completion", "completion_advice", "completion_void")
"""Whoever leaves a deposit gets a slip of it, too."""


class Desk:
    """One per terminal.  `now` is set at every turn; `effects` is emptied by the machine after every turn."""

    def __init__(self, settings: TerminalSettings) -> None:
        self.settings = settings
        self.dialect: Dialect = settings.dialect
        self.profile: Profile = settings.profile
        self.codec: MessageCodec = codec_for(settings.dialect)
        self.vault: Vault = Vault(settings.dialect, settings.storage_key)
        self.state: State = State()
        self.now = 0
        self.effects: list[Effect] = []
        self.faults: set[str] = set(settings.faults)
        """Behaviours that are switched on (`faults.FAULTS`)."""
        self.owed: list[Record] = []
        """What becomes durable with the next save (`owe`)."""
        self.operation = ""
        """The operation that is under way, "" while the terminal is idle."""
        self.ending: str | None = None
        """The restart that this turn ends with: its reset cause, "" for one that nobody announces; None: none."""
        self.up_since_us = 0
        self.own_time_us = 0
        """What the last transaction took of the terminal itself, without line, host and people."""
        self.reset_cause = ""
        """Of the last start."""
        self.late: tuple[Record, ...] = ()
        """Records of the seeded bug `reversal_after_send`, which become durable only behind the next Send."""

        self.slips_taken = False
        """The register prints the receipts of the operation that is under way; none comes out here."""
        self.reports: list[Report] | None = None
        """Where reports wait for the register's printer; None: they come out here."""

    # durable changes

    def save(self, *records: Record, events: Sequence[str] = ()) -> None:
        """Apply `records`, then the life-cycle `events` and what follows; one Persist makes it all durable."""
        durable, self.owed = [*self.owed, *records], []
        for record in durable:
            apply(self.state, record)
        self.speak()
        notes: list[Note] = []
        for event in events:
            self._step(event, durable, notes)
        for event in self._consequences():
            self._step(event, durable, notes)
        if durable:
            self.effects.append(Persist(tuple(durable)))
        self.effects += notes

    def owe(self, record: Record) -> None:
        """`record` need not be durable at once, such as a use more of a part: it goes with the next save, at the latest
        when the operation ends."""
        self.owed.append(record)

    def speak(self) -> None:
        """Speak the dialect of the application that runs: an update may have brought another one."""
        name = self.state.software.active.dialect
        spoken = self.settings.dialects[name] if name else self.settings.dialect
        if spoken is not self.dialect:
            self.dialect = spoken
            self.codec = codec_for(self.dialect)
            self.vault = Vault(self.dialect, self.settings.storage_key)

    def use(self, number: int) -> int:
        """Bring an account into use (`account`); the number of the one that was."""
        before = self.state.number
        if number != before:
            self.save({"kind": "account", "number": number})
        return before

    @property
    def version(self) -> str:
        """The application version that runs."""
        return self.state.software.active.version or self.settings.application_version

    @property
    def config(self) -> Config:
        """The parameters that people may change, as they stand."""
        changed = self.state.device.config
        return replace(self.settings.config, **changed) if changed else self.settings.config

    def audit(self, what: str, **facts: Json) -> None:
        """A line of the audit log, with the time and who is on duty; durable."""
        item: dict[str, Json] = {"what": what, "at_us": self.now, "operator": self.state.people.on_duty, **facts}
        self.save({"kind": "audit", "item": item})
        self.note("audit", item)

    def sent(self) -> None:
        """A request has just been handed to the line; that takes its share of the battery.  May raise Interruption."""
        late, self.late = self.late, ()
        if late:
            self.save(*late)
        battery.draw(self)
        processor.reach(self, "after_send")

    def restart(self, cause: str) -> None:
        """Begin anew when this turn is over and everybody who waits has his answer.  `cause`: the reset cause."""
        self.ending = cause

    def _step(self, event: str, durable: list[Record], notes: list[Note]) -> None:
        before = self.state.life_cycle
        after = next_state(before, event)
        if after == before:
            return
        record: Record = {"kind": "life_cycle", "life_cycle": after}
        apply(self.state, record)
        durable.append(record)
        subject = self.settings.serial + (f"/{self.state.number}" if self.state.number > 1 else "")
        data = {"machine": "life_cycle", "subject": subject, "from": before, "to": after, "why": event}
        notes.append(Note("state", data, SEEN))

    def _consequences(self) -> list[str]:
        state = self.state
        events = []
        if state.life_cycle == "activated" and state.tmk:
            events.append("tmk_loaded")
        if state.life_cycle == "signed_in" and state.downloaded.issuperset(FORCED):
            events.append("downloads_complete")
        full = self.profile.batch_warning_count + self.profile.batch_grace_count
        if state.life_cycle in ("signed_in", "ready") and len(state.open_entries) >= full:
            events.append("batch_full")
        return events

    def next_stan(self) -> tuple[str, Record]:
        """The STAN of the next request, and the record that moves the counter on (1 to 999999, then 1 again)."""
        stan = self.state.next_stan
        return f"{stan:06d}", {"kind": "stan", "next": stan % STAN_MAX + 1}

    # what people see

    def show(self, text: Text) -> None:
        """Put `text` on the display, which is dark while the terminal is off."""
        if self.state.device.power.off:
            return
        display.show(self, text)

    def note(self, kind: str, data: dict[str, Json], shown: bool = False) -> None:
        """An event for the trace."""
        self.effects.append(Note(kind, data, SHOWN if shown else SEEN))

    def print_slip(self, entry: Entry, copy: str) -> bool:
        """Print the slip of `entry`, then note durably that it came out; False when it did not come out whole.

        `copy`: "merchant" or "reprint".
        """
        if self.slips_taken:
            paper = _paper(self.state, entry.kind, entry.stan, entry.batch, entry.amount_fen, entry.rrn, copy)
            self.save(*([] if entry.printed else [{"kind": "printed", "stan": entry.stan, "batch": entry.batch}]))
            self.elsewhere(paper, slip_lines(entry, self.state, copy))
            return True
        if not self.profile.has_printer:
            return True
        copies = (copy, "customer") if copy == "merchant" and entry.kind in TWO_COPIES else (copy,)
        for one in copies:
            paper = _paper(self.state, entry.kind, entry.stan, entry.batch, entry.amount_fen, entry.rrn, one)
            run = printer.put_out(self, paper, slip_lines(entry, self.state, one, self.config.whole_card))
            came: list[Record] = [{"kind": "printed", "stan": entry.stan, "batch": entry.batch}]
            last = run.whole and one == copies[-1] and not entry.printed
            self.save(*run.records, *(came if last else ()))
            if not run.whole:
                return False
        return True

    def slip(
        self, kind: str, stan: str, batch: str, amount_fen: int, rrn: str, copy: str, lines: Sequence[Text]
    ) -> None:
        """A report.  One that does not come out whole waits for paper (`printer.due_reports`)."""
        if self.reports is not None:
            self.reports.append(Report(kind, stan, batch, amount_fen, rrn, copy, lines))
            return
        paper = _paper(self.state, kind, stan, batch, amount_fen, rrn, copy)
        run = printer.put_out(self, paper, lines)
        shown = [{"zh": line.zh, "en": line.en} for line in lines]
        due: list[Record] = [] if run.whole else [{"kind": "slip_due", "slip": {**paper, "lines": shown}}]
        if run.records or due:
            self.save(*run.records, *due)

    def taken(self, report: Report) -> None:
        """A report that the register has printed."""
        kind, stan, batch, amount_fen, rrn, copy, lines = report
        self.elsewhere(_paper(self.state, kind, stan, batch, amount_fen, rrn, copy), lines)

    def elsewhere(self, paper: dict[str, Json], lines: Sequence[Text]) -> None:
        """A slip that came out of the register's printer: whoever looks for receipts finds it as any other."""
        self.note("slip", {**paper, "lines": [{"zh": line.zh, "en": line.en} for line in lines]}, shown=True)

    # messages

    def message_note(self, link: str, direction: str, message: Message, kind: str, mac: str) -> None:
        """The decoded message for the trace."""
        fields = {str(n): _wire_text(value) for n, value in message.fields.items()}
        data: dict[str, Json] = {"link": link, "dir": direction, "mti": message.mti, "kind": kind}
        data |= {"fields": fields, "mac": mac}
        if message.header is not None and int(message.header.requirement):
            data["requirement"] = int(message.header.requirement)
        self.note("message", data)


def _paper(state: State, kind: str, stan: str, batch: str, amount_fen: int, rrn: str, copy: str) -> dict[str, Json]:
    """What the trace says of a slip besides its lines."""
    money = {"kind": kind, "tid": state.tid, "stan": stan, "batch": batch, "amount_fen": amount_fen}
    return {**money, "rrn": rrn, "copy": copy}


def _wire_text(value: str | bytes) -> str:
    if isinstance(value, str):
        return value
    return value.decode("ascii") if value and all(0x20 <= o < 0x7F for o in value) else value.hex().upper()
