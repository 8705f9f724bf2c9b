"""One visit to one terminal: what was found so far, and the ways to find out more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from .asking import Asker
from .model import Answer, Finding, Question
from .settings import Settings

if TYPE_CHECKING:
    from harness.bench.control_client import ControlClient
    from harness.bench.register import Register
    from harness.machine import Json
    from harness.trace import Event

    from .local_host import LocalHost

TRACE_EVENTS_MAX = 20_000
PARTY, SEEN_BY = "register", ("register", "bench")
"""What a visit notes was seen by whoever stands at the counter."""

PATIENCE: Mapping[str, int] = {"local_timeout_us": 10_000_000}
"""Of the register at the cable, other than usual: what a terminal answers by itself takes a second, and a technician
does not sit through half a minute for an answer that was lost (posrig's choice)."""


@dataclass(slots=True)
class Visit:
    """What checks are handed.

    `facts` is what is known of the terminal and its surroundings, by name, JSON; each check adds what it found out and
    later ones read it.  It is durable: an interrupted visit goes on with it.  The names in use:

    - port, protocol, line (`9600-8N1`, "" over TCP), transport, cable_device (chip, driver, serial number)
    - sn, tid, mid, batch, model, merchant, software_version, terminal_time, parts ({part: {id, uses, ok}})
    - sign_in (its Outcome), sign_in_s; life_cycle, first_missing (step of the ladder, "" for none)
    - application (its number), portal ({status, progress}, its answers), portal_failed; host_reached
    - test_sale ({state: begun|sold|voided|unknown|none, amount_fen, order, stan, owed ...}, see `trial`)
    - local_host, local_terminal ({tid, mid}), local_net_fen, host_address_before, host_address_by_hand
    """

    settings: Settings
    asker: Asker
    tell: Callable[[Text], None]
    """What is going on within the check that runs, for the live line."""
    facts: dict[str, Any] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    """By check, in the order in which they came."""
    earlier_of: Callable[[str], Sequence[Mapping[str, Any]]] = lambda sn: ()
    """Records of earlier visits to a serial number, the newest first (`VisitStore.visits`)."""
    known_sn: Callable[[str, str], str] = lambda tid, mid: ""
    """The serial number that an earlier visit found at a TID and MID, "" for none (`VisitStore.known_sn`)."""
    keep: Callable[[str, Mapping[str, Any]], None] = lambda kind, data: None
    """Make something durable at once (`fact`, `event`): what must survive a dead battery before the check has ended."""
    stack: ExitStack = field(default_factory=ExitStack)
    """What is closed when the visit ends."""
    noted: list[tuple[str, dict[str, Json]]] = field(default_factory=list)
    """What was seen besides the cable, as events (kind, data) for the diagnosis."""
    carried: list[Event] = field(default_factory=list)
    """What the cable carried before the visit was interrupted (`resume`)."""
    left_open: Callable[[], Mapping[str, Any] | None] = lambda: None
    """The test sale that another visit to this terminal left open, in the form of the fact (`left_behind`)."""
    recognised: bool = False
    """The terminal itself has told in this run that it is the one of the visit's facts; nobody merely said so."""
    sold_here: bool = False
    """The test sale was begun in this run, with nobody else at the terminal since."""
    nothing_between: bool | None = None
    """What somebody said to that where the test sale is another run's; None: not asked."""
    _traced: dict[int, int] = field(default_factory=dict)
    """By place in `_taps`: how many of its events are durable."""
    _local_host: LocalHost | None = None
    _register: Register | None = None
    _taps: list[Register] = field(default_factory=list)

    @property
    def earlier(self) -> Sequence[Mapping[str, Any]]:
        """Records of earlier visits to this terminal, the newest first; none while its serial number is not known."""
        sn = str(self.facts.get("sn") or "")
        return self.earlier_of(sn) if sn else ()

    def ask(self, question: Question) -> Answer:
        """Ask whoever is there; `UNANSWERED` (None) where nobody answers, () for none of several."""
        return self.asker.ask(question)

    def learn(self, **facts: Any) -> None:
        """Facts that are durable at once."""
        self.facts.update(facts)
        self.keep("fact", facts)

    def note(self, kind: str, **data: Json) -> None:
        """Something that was seen at the counter, as an event of the kinds that the diagnosis reads."""
        self.noted.append((kind, data))
        self.keep("event", {"kind": kind, "data": data})

    def passed(self, check: str) -> bool:
        """Whether a check was made and passed."""
        found = self.findings.get(check)
        return found is not None and found.verdict == "pass"

    @property
    def events(self) -> list[Event]:
        """What the cable carried and what was noted, as one trace (the sequence numbers are the order)."""
        from .events import events_of

        return events_of(self._taps, self.noted, self.carried)

    def keep_trace(self) -> None:
        """Make durable what the cable carried since the last time, up to TRACE_EVENTS_MAX events of a visit: enough for
        the diagnosis after a dead battery."""
        fresh: list[Event] = []
        for place, session in enumerate(self._taps):
            events, known = session.events, self._traced.get(place, 0)
            taken = events[known : known + TRACE_EVENTS_MAX - sum(self._traced.values())]
            self._traced[place] = known + len(taken)
            fresh += taken
        if fresh:
            names = ("t_us", "party", "kind", "data", "seen_by")
            self.keep("trace", {"events": [{name: getattr(event, name) for name in names} for event in fresh]})

    def register(self) -> Register:
        """The open session at the terminal's cable, by the facts `port`, `protocol`, `line`, `transport`.

        Raises LinkError when the port cannot be opened."""
        if self._register is None or self._register.cable.port != self.facts["port"]:
            from harness.bench.fleet import RegisterSpec
            from harness.bench.register import Cable, open_register
            from harness.links.line_settings import LineSettings

            quirks = self.settings.quirks
            spoken = RegisterSpec(self.facts["protocol"], self.facts.get("transport") or "serial", quirks)
            line = LineSettings.parse(self.facts["line"]) if self.facts.get("line") else None
            cable = Cable(self.facts["port"], spoken, line, self._host_address(), PATIENCE)
            self._register = self.stack.enter_context(open_register(cable))
            self._taps.append(self._register)
        return self._register

    def _host_address(self) -> str:
        """Where host traffic goes that comes through the cable and names no host."""
        try:
            host = self.local_host()
        except ImportError:  # no ciphers on this computer: it goes nowhere, and what needs the host says why
            return ""
        return self.settings.host_address if host is None else host.address

    def hang_up(self) -> None:
        """Close the session at the cable; `register` opens another one."""
        session, self._register = self._register, None
        if session is not None:
            session.close()

    def local_host(self) -> LocalHost | None:
        """The host of our own that `--local-host` asks for, which serves from the first call on; None where none is
        asked for.  With it this visit's terminal is to reach no other host.

        Raises PosrigError where it cannot serve."""
        provision = self.settings.local_host
        if provision is not None and self._local_host is None:
            from .local_host import LocalHost
            from .options import data_folder

            folder = data_folder(self.settings.data) / "local-host"
            self._local_host = self.stack.enter_context(LocalHost(provision, self.settings.listen, folder))
            self.learn(local_host=self._local_host.address)
        return self._local_host

    def service(self) -> ControlClient | None:
        """The control interface of the terminal, None where there is none."""
        if not self.settings.service:
            return None
        from .service import service_of

        return service_of(self.settings)
