"""A ready rig for tests, in plain words: a merchant is boarded, the terminal is activated, keyed, signed in and loaded.

Everything is synchronous, and nothing waits in simulated time: `rig.sale(100)` returns when the sale is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from protocols.errors import LocalError
from protocols.text import Lang, Text

from ..bench.base import BenchBroken
from ..links.plan import KINDS, FaultPlan
from ..machine import Json
from ..scenarios import model
from ..scenarios.load import load_steps
from ..scenarios.steps import Stage
from ..scenarios.worlds import first_variables

if TYPE_CHECKING:
    from ..bench.base import Bench
    from ..diagnosis import Diagnosis
    from ..judges import Verdict
    from ..trace import Event, Trace, Who

NOT_READY = Text("测试台未能就绪：{why}", "The rig did not become ready: {why}")
REFUSED = Text("{what} 被拒绝：{why}", "{what} was refused: {why}")
REFUSED_CURE = Text("改正请求", "Correct the request")
NO_CHIPS = Text(
    "测试台上没有芯片卡：读卡器给出的是卡片清单上的数据",
    "The rig has no chip cards: its readers hand over what the list of cards says",
)
NO_CHIPS_CURE = Text(
    '以 @pytest.mark.posrig(cards="chip") 标记测试，或用 --posrig-cards chip',
    'Mark the test with @pytest.mark.posrig(cards="chip"), or give --posrig-cards chip',
)
NO_STAN = Text("没有流水号可用：{what}", "There is no trace number to name: {what}")
NO_STAN_CURE = Text("给出流水号，或一笔已成交的消费", "Give a trace number, or the outcome of a sale that was done")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ended.

    `status`: "done", "refused" (by the terminal, no frame left), "declined" (the host answered `code`), "no_answer",
    "unknown" (a reversal is pending) or "cancelled".  `cause` is a stable name for tests, `text` what a person reads.
    `amount_fen` is an integer of fen; `stan`, `batch`, `rrn` as printed, empty where there is none.
    """

    op: str
    status: str
    code: str
    cause: str
    text: Text
    stan: str
    batch: str
    amount_fen: int | None
    rrn: str
    data: Mapping[str, Json]
    """The whole answer."""

    @property
    def done(self) -> bool:
        return self.status == "done"


def outcome_from(data: Mapping[str, Json]) -> Outcome:
    """From the answer of a machine."""
    text = data.get("text") or {}
    amount = data.get("amount_fen")
    return Outcome(
        op=str(data.get("op") or ""),
        status=str(data.get("status") or ""),
        code=str(data.get("code") or ""),
        cause=str(data.get("cause") or ""),
        text=Text(str(text.get("zh") or "-"), str(text.get("en") or "-")),
        stan=str(data.get("stan") or ""),
        batch=str(data.get("batch") or ""),
        amount_fen=None if amount is None else int(amount),
        rrn=str(data.get("rrn") or ""),
        data=data,
    )


class Host:
    """The acquirer host of a rig."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def snapshot(self) -> Mapping[str, Json]:
        """Postings, accounts, batches, unresolved transactions and applications."""
        return self._rig.ask("host", "control", "snapshot")

    @property
    def postings(self) -> list[dict[str, Json]]:
        """What is booked: {stan, tid, mid, batch, kind, amount_fen, net_fen, reversed, voided, rrn ...} each."""
        return list(self.snapshot()["postings"])

    @property
    def ledger(self) -> dict[str, int]:
        """Balance of each account in fen; they sum to zero."""
        return dict(self.snapshot()["accounts"])

    def cause(self, behaviour: str, **settings: Json) -> None:
        """Let the host misbehave until `heal`."""
        self._rig.cause("host", behaviour, **settings)

    def heal(self, behaviour: str) -> None:
        self._rig.heal("host", behaviour)

    def portal(self, action: str, **args: Json) -> Mapping[str, Json]:
        """The merchant's side of the provider: apply, progress, bind, unbind, renew_code, status ..."""
        return self._rig.ask("host", "portal", action, **args)


class Terminal:
    """The terminal of a rig, and the person at it."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    @property
    def displays(self) -> list[Text]:
        """Everything it has shown since the rig was ready."""
        return [Text(e.data["zh"], e.data["en"]) for e in self._rig.seen("terminal", "display") if e.data.get("zh")]

    @property
    def display(self) -> Text | None:
        """What it shows now; None when it has shown nothing since the rig was ready."""
        return self.displays[-1] if self.displays else None

    @property
    def slips(self) -> list[Mapping[str, Json]]:
        """What it has printed since the rig was ready: {kind, stan, batch, amount_fen, rrn, copy, lines} each.

        One that was cut by a fault of the printer has `complete` false."""
        return [event.data for event in self._rig.seen("terminal", "slip")]

    def status(self) -> Mapping[str, Json]:
        """{life_cycle, session, pending_reversal, batch, idle ...}."""
        return self._rig.ask("terminal", "control", "status")

    def operate(
        self,
        op: str,
        card: str | None = None,
        how: str | None = None,
        pin: str | None = None,
        pulled: bool = False,
        **args: Json,
    ) -> Outcome:
        """A person runs one of the 17 operations at the menu.  Of the card: see `Rig.sale`."""
        return self._rig.play(model.Operate(do="operate", op=op, card=card, how=how, pin=pin, pulled=pulled, args=args))

    def cause(self, behaviour: str, **settings: Json) -> None:
        """Let the terminal misbehave until `heal`."""
        self._rig.cause("terminal", behaviour, **settings)

    def heal(self, behaviour: str) -> None:
        self._rig.heal("terminal", behaviour)

    def cut_power(self) -> None:
        """At once, and on again: it starts from what it had made durable."""
        self._rig.bench.crash("terminal")
        self._rig.bench.restart("terminal")


class Register:
    """The cashier's register at the other end of the terminal's cable."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def ask(
        self,
        op: str,
        card: str | None = None,
        how: str | None = None,
        pin: str | None = None,
        pulled: bool = False,
        **args: Json,
    ) -> Outcome:
        """sign_in, sale, void, settle, last or reprint.  Of the card: see `Rig.sale`."""
        return self._rig.play(
            model.Register(do="register", op=op, card=card, how=how, pin=pin, pulled=pulled, args=args)
        )

    def last(self) -> Outcome:
        """The result of the last transaction, asked for again."""
        return self.ask("last")


class Cards:
    """The customer's chip cards, by the names of `fixtures/cards`.  Each method raises LocalError where the rig has
    none (`NO_CHIPS_CURE`)."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def cause(self, behaviour: str, card: str = "", **settings: Json) -> None:
        """Something is wrong with a card (`posrig card list` shows what can be), or with all of them, until `heal`."""
        self._has_chips()
        self._rig.cause("card", behaviour, **settings, **({"card": card} if card else {}))

    def heal(self, behaviour: str) -> None:
        """It is not any more, at any card."""
        self._has_chips()
        self._rig.heal("card", behaviour)

    def status(self, card: str = "debit") -> Mapping[str, Json]:
        """What a card keeps: {atc, pin_tries, blocked, insertions}."""
        self._has_chips()
        return self._rig.ask("card", "control", "status", card=card)

    @property
    def commands(self) -> list[Mapping[str, Json]]:
        """What the terminal has asked of cards since the rig was ready: {name, p1, p2, sw, meaning} each."""
        return [event.data for event in self._rig.seen("terminal", "apdu")]

    @property
    def steps(self) -> list[Mapping[str, Json]]:
        """What the terminal's kernel did since the rig was ready, {what, ...} each: selected, oda, cvm, first_ac ..."""
        return [event.data for event in self._rig.seen("terminal", "chip")]

    def _has_chips(self) -> None:
        if not self._rig.bench.world.card:
            raise LocalError(NO_CHIPS, NO_CHIPS_CURE)


class Rig:
    """A bench with a terminal that is ready to sell.  `close` ends it; nothing is left behind."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.host: Host = Host(self)
        self.terminal: Terminal = Terminal(self)
        self.register: Register = Register(self)
        self.card: Cards = Cards(self)
        self._stage = Stage(bench, first_variables(bench))
        self._stage.play(load_steps("ready").step, "rig")
        if self._stage.failures:
            raise BenchBroken(NOT_READY.format(why=self._stage.failures[0]))
        self._ready_at = len(bench.events())

    # what the cashier does

    def sale(
        self, amount_fen: int, card: str = "debit", how: str | None = None, pin: str | None = None, pulled: bool = False
    ) -> Outcome:
        """消费: the register asks, the card of that name (`fixtures/cards`) is presented, its PIN is keyed.

        `how`: "insert", "tap", "swipe" ...; `pin`: what is typed; each by default as is usual for the card.  `pulled`:
        the customer takes it out while the host is being asked.
        """
        return self.register.ask("sale", card, how, pin, pulled, amount_fen=amount_fen)

    def void(self, original: Outcome | str | int) -> Outcome:
        """撤销: of a sale of the open batch, by its outcome or trace number."""
        return self.register.ask("void", stan=_stan(original))

    def refund(self, original: Outcome, amount_fen: int | None = None, card: str = "debit") -> Outcome:
        """退货: of an earlier sale, whole or in part, at the terminal's menu."""
        amount = original.amount_fen if amount_fen is None else amount_fen
        args: dict[str, Any] = {"stan": _stan(original), "batch": original.batch, "rrn": original.rrn}
        return self.terminal.operate("refund", card, amount_fen=amount, **args)

    def preauth(self, amount_fen: int, card: str = "debit") -> Outcome:
        """预授权: the amount is held on the card."""
        return self.register.ask("preauth", card, amount_fen=amount_fen)

    def preauth_void(self, original: Outcome | str | int) -> Outcome:
        """预授权撤销."""
        return self.register.ask("preauth_void", stan=_stan(original))

    def complete(self, original: Outcome, amount_fen: int | None = None) -> Outcome:
        """预授权完成: of the amount that was held, or of another, up to 115 % of it."""
        amount = original.amount_fen if amount_fen is None else amount_fen
        return self.register.ask("completion", stan=_stan(original), amount_fen=amount)

    def completion_void(self, original: Outcome | str | int) -> Outcome:
        """预授权完成撤销: of a completion of the open batch."""
        return self.register.ask("completion_void", stan=_stan(original))

    def settle(self) -> Outcome:
        """批结算."""
        return self.register.ask("settle")

    def sign_in(self) -> Outcome:
        """签到."""
        return self.register.ask("sign_in")

    def sign_off(self) -> Outcome:
        """签退."""
        return self.terminal.operate("sign_off")

    # what goes wrong, and time

    def fault(self, *specs: str, path: Literal["host", "register"] = "host") -> None:
        """From now on: link faults on `path` (`drop:stream=downstream,frame=1`, frames counted from here), and
        behaviours of the terminal by name.  They replace the link faults that were there.  Raises ScenarioError."""
        link = tuple(spec for spec in specs if spec.partition(":")[0].strip() in KINDS)
        FaultPlan.from_specs(link)
        if link:
            self._stage.answer_to(model.Cause(do="cause", link=link, path=path))
        for spec in specs:
            if spec not in link:
                self.terminal.cause(spec)

    def heal_line(self, path: Literal["host", "register"] = "host") -> None:
        """The line is good again."""
        self._stage.answer_to(model.Heal(do="heal", path=path))

    def cause(self, party: str, behaviour: str, **settings: Json) -> None:
        step = model.Cause(do="cause", party=party, behaviour=behaviour, settings=settings)
        _accepted(self._stage.answer_to(step), behaviour)

    def heal(self, party: str, behaviour: str) -> None:
        _accepted(self._stage.answer_to(model.Heal(do="heal", party=party, behaviour=behaviour)), behaviour)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.bench.advance(seconds * 1_000_000)

    # what can be known

    @property
    def trace(self) -> Sequence[Event]:
        """All events so far, those of the boarding included."""
        return self.bench.events()

    def seen(self, party: str, kind: str) -> list[Event]:
        """The events of one party and kind since the rig was ready."""
        return [event for event in self.trace[self._ready_at :] if event.party == party and event.kind == kind]

    def diagnose(self, seen_by: Who = "all") -> Diagnosis:
        """The cause that explains what `seen_by` could see; `.first` is its row or None."""
        from ..diagnosis import diagnose

        return diagnose(self.trace, seen_by)

    def judge(self) -> list[Verdict]:
        """What must hold over everything so far: money, order, settlement, secrecy."""
        from ..cards import listed_pans
        from ..judges import judge

        self.bench.snapshot()
        return judge(self.trace, listed_pans())

    def transcript(self, lang: Lang = "en") -> str:
        """What has happened since the rig was ready, a line each."""
        from ..reports.transcript import transcript

        return transcript(self.trace[self._ready_at :], lang)

    def close(self) -> Trace:
        """End the run.  May be called twice."""
        return self.bench.finish()

    # for the facades

    def ask(self, party: Any, who: str, name: str, /, **args: Json) -> Mapping[str, Json]:
        """As `Bench.ask`."""
        return self.bench.ask(party, who, name, **args)

    def play(self, step: model.Register | model.Operate) -> Outcome:
        """One step of a person; raises LocalError when the machine says that nobody can ask this."""
        return outcome_from(_accepted(self._stage.answer_to(step), step.op))


def _accepted(answer: Mapping[str, Json], what: str) -> Mapping[str, Json]:
    if answer.get("refused") is True:
        error = answer.get("error") or {}
        zh, en = str(error.get("zh") or "-"), str(error.get("en") or "-")
        text = Text(REFUSED.zh.format(what=what, why=zh), REFUSED.en.format(what=what, why=en))
        raise LocalError(text, REFUSED_CURE)
    return answer


def _stan(original: Outcome | str | int) -> str:
    stan = original.stan if isinstance(original, Outcome) else str(original)
    if not stan.isdecimal():
        raise LocalError(NO_STAN.format(what=repr(original)), NO_STAN_CURE)
    return stan
