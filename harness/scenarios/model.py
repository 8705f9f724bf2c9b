"""What a scenario is: data.  One TOML file per row of the failure catalogue, named by the row's id.

A scenario causes something, takes steps, says what must be seen, which diagnosis must come out, and how it is cured.
`${name}` in any text is replaced by what an earlier step saved under that name.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from protocols.registers import DEFAULT_PROTOCOL, Transport
from protocols.text import Text

from ..bench.fleet import TERMINALS_MAX

Json = Any
ID_PATTERN = r"^[A-Z][A-Z0-9_]*$"
DURATION_PATTERN = r"^\d+(us|ms|s|min|h|d)$"
JUDGE_PATTERN = r"^(I\d+|C1)$"
DOCUMENT_PATTERN = r"^00[0-4]$"
WORDS_PATTERN = r"\S"
PIN_PATTERN = r"^\d+( \d+)*$"
HOW_PATTERN = r"^(swipe|insert|tap|scan|key)( (swipe|insert|tap|scan|key))*$"
KEYS_PATTERN = r"^(\d+|ENTER|CANCEL|CLEAR)( (\d+|ENTER|CANCEL|CLEAR))*$"
MID_PATTERN = r"^[\x20-\x7e]{15}$"
RowId = Annotated[str, Field(pattern=ID_PATTERN)]
Duration = Annotated[str, Field(pattern=DURATION_PATTERN)]
"""`90s`, `12h`, `3d`."""
CardPlace = Literal["", "chip", "pcsc"]
PartyName = str
"""`host`, `host2`, `terminal`, `terminal2` ... `terminal32`, `register`, `card`: those that the setup has."""


def _one_or_more(value: Json) -> Json:
    return (value,) if isinstance(value, str) else value


PartyNames = Annotated[tuple[PartyName, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
"""One name, or a list; of terminals also `all`, and `live` (those that were live from the start)."""


class Strict(BaseModel):
    """Unknown keys are errors."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """One phrase in both languages."""

    zh: str = Field(pattern=WORDS_PATTERN)
    en: str = Field(pattern=WORDS_PATTERN)

    @property
    def text(self) -> Text:
        """The phrase as everything else takes it."""
        return Text(self.zh, self.en)


class Step(Strict):
    """Common to all steps.  `note` says in both languages what a person would see happen."""

    note: Words | None = None
    mistake: bool = False
    """The step is itself what goes wrong (a person's mistake); a run without causes leaves it out."""
    expect: dict[str, Json] = {}
    """Parts that the answer must hold (dots go deeper); a list names the values that are allowed.

    A request that the machine calls illegal makes the step fail, unless `refused = true` stands here.
    """
    save: dict[str, str] = {}
    """Variable name to the key of the answer that it takes (dots go deeper)."""


class Portal(Step):
    """The merchant at the provider: apply, progress, supply, bind, renew_code ..."""

    do: Literal["portal"]
    party: PartyName = "host"
    """Whose portal."""
    action: str
    args: dict[str, Json] = {}


class Presenting(Step):
    """What the people at the terminal do with a card and with the keypad while the operation runs."""

    card: str | None = None
    """The test card that the person presents (`fixtures/cards`), with its PIN.  At several terminals also several, with
    blanks between, one for each in their order: no chip is in two readers at once."""
    how: str | None = Field(default=None, pattern=HOW_PATTERN)
    """Instead of the card's habit: the way it is presented, `swipe`, `insert`, `tap`, `scan` or `key`; several, with
    blanks between, one after the other, until it is read."""
    pulled: bool = False
    """The customer pulls the card out while the host is being asked."""
    misread: int = Field(default=0, ge=0, le=9)
    """So often the card is held the wrong way round, and never rightly."""
    pin: str | None = Field(default=None, pattern=PIN_PATTERN)
    """What is typed instead of the card's own PIN; several, with blanks between, one at each question."""
    keys: str | None = Field(default=None, pattern=KEYS_PATTERN)
    """What is typed before all that: digits, ENTER, CANCEL, CLEAR, with blanks between."""


REPEAT_MAX = 1_000


class Operate(Presenting):
    """A person runs an operation at the terminal's menu (one of the 17, or balance, echo, reprint, mark_unresolved).

    At several terminals, each has its person and all begin at the same time; the answer counts how many ended how
    (`done`, `declined`, `refused`, `no_answer`, `unknown`, `cancelled`) and holds all `outcomes` by terminal.
    """

    do: Literal["operate"]
    terminal: PartyNames = ("terminal",)
    op: str
    args: dict[str, Json] = {}
    repeat: int = Field(default=1, ge=1, le=REPEAT_MAX)
    """So often one after the other; from 2 on the answer counts how many ended how, and holds the `last` outcome."""


class Register(Presenting):
    """The cashier's register asks over the cable: sign_in, sale, void, settle, last, reprint; or records what was taken
    without a card: takings, reconcile."""

    do: Literal["register"]
    op: str
    args: dict[str, Json] = {}
    repeat: int = Field(default=1, ge=1, le=REPEAT_MAX)
    """As of `operate`."""


class Control(Step):
    """The bench steers a machine: inject keys, settings, review decisions, status."""

    do: Literal["control"]
    party: PartyName
    name: str
    args: dict[str, Json] = {}


_CAUSE_IS = Text(
    "cause 是三者之一：某一方的 behaviour、link 故障列表、主机的 certificate",
    "a cause is one of three: a behaviour of a party, a list of link faults, a host's certificate",
)
_CAUSE_WHOSE = Text(
    "behaviour 与 certificate 须说明是哪一方（party）", "a behaviour or a certificate needs the party whose it is"
)
Problem = Literal["unknown_ca", "expired", "not_yet_valid", "wrong_name", "no_tls", "client_required"]
"""What may be wrong with a host's end of TLS (`harness.links.certificates`)."""


class Cause(Step):
    """Something goes wrong: a `behaviour` of a machine, `link` faults in the notation of `--fault`, or the
    `certificate` of a host in a bench with `tls`."""

    do: Literal["cause"]
    party: PartyName | None = None
    behaviour: str | None = None
    settings: dict[str, Json] = {}
    path: Literal["host", "backup", "register"] = "host"
    terminal: PartyNames = ("terminal",)
    """Whose line, for `link`."""
    link: tuple[str, ...] = ()
    certificate: Problem | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Cause:
        if sum(map(bool, (self.link, self.behaviour, self.certificate))) != 1:
            raise ValueError(_CAUSE_IS)
        if (self.behaviour or self.certificate) and self.party is None:
            raise ValueError(_CAUSE_WHOSE)
        return self


class Heal(Step):
    """The cause goes away: a `behaviour`, with `certificate` that of the host `party`, else the faults of a line."""

    do: Literal["heal"]
    party: PartyName | None = None
    behaviour: str | None = None
    certificate: bool = False
    path: Literal["host", "backup", "register"] = "host"
    terminal: PartyNames = ("terminal",)


class Wait(Step):
    """Time passes."""

    do: Literal["wait"]
    time: Duration
    device: bool = False
    """The terminal's own clock counts (its session grows old, its battery runs down), not the provider's alone: on a
    physical bench nobody can shorten that."""


class See(Step):
    """An event must be in the trace since the case began (`times`: how often; 0: it must not be).

    `where` maps paths into the event's data (dots go deeper) to the value that stands there, or a list of allowed ones.
    """

    do: Literal["see"]
    party: PartyName
    kind: str
    where: dict[str, Json] = {}
    times: int | None = Field(default=None, ge=0)


class Crash(Step):
    """The parties lose their power at once, several in the same instant."""

    do: Literal["crash"]
    party: PartyNames


class Restart(Step):
    """The parties start again, all at once, each from what it had made durable."""

    do: Literal["restart"]
    party: PartyNames


class Use(Step):
    """A named list of steps from `fixtures/scenarios/steps/NAME.toml`."""

    do: Literal["use"]
    steps: str
    terminal: PartyNames = ("terminal",)
    """At another terminal than the first: what the list has people do there, and at the register, is done at its
    keypad."""


class Order(Step):
    """Every ordered pair of a table of operations, each in a bench of its own (row C1)."""

    do: Literal["order"]
    table: str


AnyStep = Annotated[
    Portal | Operate | Register | Control | Cause | Heal | Wait | See | Crash | Restart | Use | Order,
    Field(discriminator="do"),
]


class Proof(Strict):
    """Where the sale that proves a remedy is made: at the register, or at the keypad of another terminal."""

    terminal: PartyName = "terminal"
    account: str | None = None
    """The merchant account (an MID) that it must land in; left out: the terminal's own."""


class Case(Strict):
    """One way in which the row happens.  All cases of a row run one after the other in one bench."""

    name: str
    title: Words
    step: tuple[AnyStep, ...] = Field(min_length=1)
    remedy: tuple[AnyStep, ...] = ()
    """Steps that cure this case.  After them a real sale must be booked once."""
    prove: Proof = Proof()
    cured: tuple[AnyStep, ...] = ()
    """Steps that show that the remedy worked, where the proof sale alone would not: they fail without it."""
    harmless: bool = False
    """What happens here does no harm and must not be taken for a fault."""
    not_physical: Words | None = None
    """Why this case cannot run against a terminal on a physical bench, although the row's others can."""


class SetupTerminal(Strict):
    """A terminal besides, or (`name = "terminal"`) the first one as something else than a device in its box."""

    name: PartyName
    profile: str | None = None
    dialect: str | None = None
    version: str | None = None
    """Its application's."""
    serial: str | None = None
    lot: str | None = None
    """The production lot of the device, and of the parts that it was made with."""
    host: PartyName = "host"
    """The provider that its line leads to, and that knows it when it is live."""
    live: bool = True
    """Its provider knows it from the start, with a merchant and a master key: it needs to sign in and its downloads."""
    mid: str | None = Field(default=None, pattern=MID_PATTERN)
    """Of a live one; two with the same share the merchant."""


class SetupHost(Strict):
    """A provider besides, of another institution, or (`name = "host"`) the first one with other settings."""

    name: PartyName
    acquirer_id: str | None = Field(default=None, pattern=r"^\d{6,11}$")
    """F32 of its replies."""
    models: tuple[str, ...] | None = None
    """The models that it has certified; left out: every one."""
    first_batch: int | None = Field(default=None, ge=1, le=999_999)


class SetupCable(Strict):
    """What is spoken on the cable of the first terminal."""

    protocol: str = DEFAULT_PROTOCOL
    transport: Transport = "serial"
    quirks: tuple[str, ...] = ()
    """Profiles of `fixtures/quirks`, for both ends."""


class Setup(Strict):
    """The bench that the row needs."""

    dialect: str = "cup"
    profile: str = "countertop"
    terminal: tuple[SetupTerminal, ...] = ()
    host: tuple[SetupHost, ...] = ()
    cable: SetupCable = SetupCable()
    tls: bool = False
    """Hosts are reached by TLS, and by nothing else."""
    card: CardPlace = ""
    """Where the chips are (`bench.world.CARD_PLACES`); "": the reader hands over what the list of cards says."""
    fleet: int = Field(default=0, ge=0, lt=TERMINALS_MAX)
    """So many more live terminals with nothing special about them, under the next free names."""
    use: tuple[str, ...] = ()
    """Step lists that run first: `ready` boards a merchant and brings the terminal to its first sale."""


class Scenario(Strict):
    """One row of the catalogue."""

    id: RowId
    documents: tuple[Annotated[str, Field(pattern=DOCUMENT_PATTERN)], ...] = ()
    title: Words
    cause: Words
    seen: Words
    """What is seen on terminal, register and wire, in words."""
    cure: Words
    diagnosis: str | None = None
    """The row that the diagnosis must name first; None: no fault."""
    breaks: tuple[Annotated[str, Field(pattern=JUDGE_PATTERN)], ...] = ()
    """Invariants (judges) that the cause itself breaks; before it and from the remedy on they must hold."""
    also: tuple[RowId, ...] = ()
    """Rows that are there at the same time: all must be proved, and any of them may stand first."""
    not_physical: Words | None = None
    """Why no case of this row can run against a terminal on a physical bench; None: what its steps need decides
    (`physical.py`)."""
    setup: Setup = Setup()
    case: tuple[Case, ...] = Field(min_length=1)
    """Each case stands alone: it needs nothing that an earlier one left behind."""
    keep: tuple[Json, ...] = ()
    """Amounts, names and times that are the cause itself; all others may be changed at random without changing the
    diagnosis (`vary`)."""


class StepList(Strict):
    """A file of `fixtures/scenarios/steps`."""

    title: Words
    step: tuple[AnyStep, ...] = Field(min_length=1)


class Probe(Strict):
    """A next test: a file of `fixtures/probes`.  Its variables are those that the scenario has saved so far.

    `shows`: event kinds that whoever carries it out gets to see, however narrow his view; `whole`: also those that were
    recorded before (he asks for the recordings of the others).
    """

    title: Words
    shows: tuple[str, ...] = ()
    whole: bool = False
    step: tuple[AnyStep, ...] = ()


STEP_KINDS: dict[str, type[Step]] = {
    kind.model_fields["do"].annotation.__args__[0]: kind  # type: ignore[union-attr]  # every kind declares Literal do
    for kind in (Portal, Operate, Register, Control, Cause, Heal, Wait, See, Crash, Restart, Use, Order)
}
