"""Every fault of a card at every step of its sale, alone and with others: power cuts, a bad line, a cable pulled out.

A case is data (`Case`), and its text is how it is done again: `python -m tests.proofs.card_faults 'CASE'`.  What may
come of one fault stands in `card_rules`, by the specifications and not by our code; what must hold whatever comes is
`CardShop.check_cards` and the judges.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from harness.bench.fleet import USUAL_REGISTER, RegisterSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.engine import PartyDown
from harness.links.plan import FaultPlan
from harness.machine import SECOND_US
from harness.stores.memory import MemoryStore
from protocols.tlv import find_tlv, parse_tlv

from .cable import Pulled
from .card_rules import (
    APPROVED,
    AT_COMMAND,
    DECLINED,
    NOTHING,
    OF_CARD,
    REVERSED,
    STRIPE,
    endings,
)
from .shop import CURES_MAX, WORLD, NotRight, Outcome, Shop, ready_records

Json = dict[str, Any]
CARDS = ("debit", "credit", "sm4", "cda", "offline-pin", "enciphered-pin", "tap")
"""PIN online, none, online by SM4, none with signed cryptograms, offline in the clear, offline enciphered, tapped."""
AMOUNT_FEN, LAST_FEN = 4_321, 77
AGAIN_US = 3 * SECOND_US


@dataclass(frozen=True)
class Case:
    """`faults`: behaviours of the card with their settings, all at once.  `cuts`: party, number of the effect before
    which its power fails, and after how many microseconds it is back (None: later).  `line`: a fault of the host's
    line.  `cable`: how the register's cable fails, and at which piece (`proofs.cable.WAYS`).  `then`: a second sale
    before anything is put right, with these faults.
    """

    card: str
    faults: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    cuts: tuple[tuple[str, int, int | None], ...] = ()
    line: str = ""
    cable: tuple[str, int] | None = None
    then: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    def __str__(self) -> str:
        return json.dumps({name: value for name, value in vars(self).items() if value}, ensure_ascii=False)


def case_of(text: str) -> Case:
    """The case that a text describes."""
    told = json.loads(text)
    pairs = {name: tuple((fault, given) for fault, given in told.get(name, ())) for name in ("faults", "then")}
    cuts = tuple((party, at, back) for party, at, back in told.get("cuts", ()))
    way, at = told.get("cable") or ("", 0)
    return Case(told["card"], cuts=cuts, line=told.get("line", ""), cable=(way, at) if way else None, **pairs)


class CardShop(Shop):
    """A shop with a purse of cards; somebody at the terminal presents one of them and does as he is told."""

    def __init__(
        self,
        card: str,
        register: RegisterSpec = USUAL_REGISTER,
        seed: int = 7,
        terminal: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        stores = {party: MemoryStore() for party in ("host", "terminal", "card")}
        for party, records in ready_records().items():
            stores[party].append(records)
        settings = {**WORLD.terminal, "attendant": card, **terminal}
        world = World(identity=WORLD.identity, terminal=settings, register=register, card="chip")
        self.card = card
        self.bench = SimulatedBench(world, seed, self.machines(), stores)
        self.engine = self.bench.engine
        self.asked: list[Outcome] = []
        self.suffered: set[str] = set()
        self.cuts = 0
        self.since = 0

    def machines(self) -> Mapping[str, Any]:
        """Machines that take the place of the usual ones."""
        return {}

    def buy(self, amount_fen: int = AMOUNT_FEN) -> Outcome | None:
        """One sale with this card; None when the power failed."""
        self.since = len(self.bench.trace.events)
        return self.operate("sale", amount_fen=amount_fen)

    def seen(self, kind: str, party: str = "terminal", since: int | None = None) -> list[Mapping[str, Any]]:
        """What a party noted of this kind since the last sale began (or from `since` on)."""
        events = self.bench.trace.events[self.since if since is None else since :]
        return [e.data for e in events if (e.party, e.kind) == (party, kind)]

    def set_faults(self, faults: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """The card is so until it is healed."""
        for fault, settings in faults:
            self.suffered.add(fault)
            self.tell("cause", behaviour=fault, **settings)

    def tell(self, name: str, **args: Any) -> Mapping[str, Any]:
        """Ask the card's control; a power cut that was still to come comes here."""
        for _ in range(CURES_MAX):
            self.power_on()
            try:
                return self.engine.ask("card", "control", name, **args).value
            except PartyDown:
                continue
        raise NotRight("the card's power fails again and again")

    def heal(self) -> None:
        """Power, line and cable are in order, and so is the card."""
        self.bench.set_faults("host", None)
        self.engine.set_faults(("register", "terminal"), None)
        self.tell("heal")

    def power_on(self) -> None:
        super().power_on()
        if self.engine.machine("card") is None:
            self.bench.restart("card")

    def close(self) -> None:
        """A last sale with the card that is good again, then the settlement."""
        self.insist(lambda: self.buy(LAST_FEN))
        self.insist(lambda: self.operate("settle"))

    # what must hold of chips

    def check_cards(self, healthy_line: bool = True) -> None:
        """TC uploads, counters and PIN tries agree with what was sold.  Raises NotRight."""
        wrong = [*self._uploads_wrong(healthy_line), *self._card_wrong()]
        if wrong:
            raise NotRight("; ".join(wrong))

    def _messages(self, direction: str, mti: str) -> list[Mapping[str, Any]]:
        found = self.seen("message", since=0)
        return [data["fields"] for data in found if (data["dir"], data["mti"]) == (direction, mti)]

    def _uploads_wrong(self, once: bool) -> Iterator[str]:
        """Every chip sale that stands is accounted for by one cryptogram, which the issuer finds right."""
        chips = {
            str(one["stan"])
            for one in self.bench.ask("host", "control", "snapshot")["postings"]
            if one["kind"] == "sale" and not one["reversed"] and one["amount_fen"] in (AMOUNT_FEN, LAST_FEN)
        }
        sold = {str(fields["11"]): fields for fields in self._messages("out", "0200")}
        wanted = {stan for stan in chips if str(sold[stan].get("22", "")).startswith(("05", "07", "95", "98"))}
        uploads = [fields for fields in self._messages("out", "0320") if "55" in fields]
        told = Counter(str(fields["11"]) for fields in uploads)
        if set(told) != wanted:
            yield f"chip sales {sorted(wanted)}, uploads {sorted(told)}"
        if once and any(count > 1 for count in told.values()):
            yield f"uploaded twice: {dict(told)}"
        for fields in uploads:
            kind = 0x80 if str(fields["22"]).startswith("07") else 0x40
            given = find_tlv(parse_tlv(bytes.fromhex(str(fields["55"])), "F55"), 0x9F27)
            if given is None or given[0] & 0xC0 != kind:
                yield f"{fields['11']} went up with {given!r}"
        if any(data["what"] == "tc" and data["ok"] is not True for data in self.seen("chip", "host", 0)):
            yield "the issuer finds an uploaded cryptogram wrong"

    def _card_wrong(self) -> Iterator[str]:
        """The counter goes up by one with each transaction that began, and a right PIN costs no try."""
        status = self.tell("status", card=self.card)
        begun = [data["sw"] for data in self.seen("apdu", since=0) if data["name"] == "GET PROCESSING OPTIONS"]
        unseen = self.cuts  # a terminal whose power fails behind its command notes nothing of it
        if not begun.count("9000") <= status["atc"] <= len(begun) + unseen:
            yield f"ATC {status['atc']} after {begun}"
        if (status["pin_tries"], status["blocked"]) != (3, ""):
            yield f"the card has {status['pin_tries']} tries, blocked: {status['blocked']}"
        asked = [str(one["55"]) for one in self._messages("out", "0200") if "55" in one]
        objects = [parse_tlv(bytes.fromhex(one), "F55") for one in asked]
        counters = [int.from_bytes(find_tlv(one, 0x9F36) or b"", "big") for one in objects]
        if "atc_back" not in self.suffered and counters != sorted(set(counters)):
            yield f"the counters of the requests are {counters}"


def ending(shop: CardShop, outcome: Outcome) -> str:
    """How the last sale ended, read off the wire.  Raises NotRight where the Outcome says something else."""
    sent = [(data["mti"], data["fields"]) for data in shop.seen("message") if data["dir"] == "out"]
    sales = [fields for mti, fields in sent if mti == "0200"]
    reversals = [fields for mti, fields in sent if mti == "0400"]
    status = outcome["status"]
    swiped = [fields for fields in sales if str(fields["22"]).startswith("02")]
    said = f"{status} ({outcome['cause']}), {len(sales)} requests, {len(reversals)} reversals"
    if len(sales) > 1 or len(reversals) > len(sales) or (swiped and swiped[0]["60"][11] != "5"):
        raise NotRight(said)
    match status, len(sales), len(reversals):
        case "done", 1, 0:
            return STRIPE if swiped else APPROVED
        case "declined", 1, 0:
            return DECLINED
        case "cancelled", 1, 1:
            return REVERSED
        case (("refused" | "cancelled"), 0, 0):
            return NOTHING
    raise NotRight(said)


# the cases


TAPPED, INSERTED = "tap", "debit"
"""What the contactless card is by its contacts."""


@cache
def commands_of(card: str) -> tuple[str, ...]:
    """The commands of a healthy sale, in order."""
    shop = CardShop(card)
    outcome = shop.buy()
    assert outcome is not None and outcome["status"] == "done", outcome
    return tuple(str(data["name"]) for data in shop.seen("apdu"))


def legal_endings(card: str, fault: str, settings: Mapping[str, Any]) -> frozenset[str]:
    """What may come of one fault.  Whoever is told so inserts a card that could not be tapped: then the rules of its
    contacts count."""
    found = endings(commands_of(card), fault, settings)
    return found | endings(commands_of(INSERTED), fault, settings) if card == TAPPED and NOTHING in found else found


def at_commands(card: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each fault of AT_COMMAND at each command, by its name and number; the first of each kind also by its place among
    all commands."""
    count: Counter[str] = Counter()
    for at, name in enumerate(commands_of(card), 1):
        count[name] += 1
        tried = set()
        for fault, settings in AT_COMMAND:
            yield fault, {**settings, "command": name, "number": count[name]}
            if fault not in tried:
                yield fault, {**settings, "command": "", "number": at}
            tried.add(fault)


def single(card: str) -> Iterator[Case]:
    """Every fault alone."""
    yield from (Case(card, ((fault, settings),)) for fault, settings in (*at_commands(card), *OF_CARD))


def drawn(card: str, kind: str, seed: int) -> Case:
    """One case of several things at once: `two` faults, `row` (one after the other), `cut`, `line`, `cable`."""
    rng = random.Random(f"{card}/{kind}/{seed}")
    faults = [*at_commands(card), *OF_CARD * 3]
    one, other = rng.choice(faults), rng.choice(faults)
    match kind:
        case "two":
            return Case(card, (one, other) if one[0] != other[0] else (one,))
        case "row":
            return Case(card, (one,), then=(other,))
        case "line":
            return Case(card, (one,), line=_line(rng))
        case "cable":
            ways = ("lost", "arrived", "out", "power")
            return Case(card, (one,), cable=(rng.choice(ways), rng.randint(1, 24)))
    cuts = tuple(_cut(rng) for _ in range(rng.randint(1, 2)))
    return Case(card, (one,), cuts=cuts, line=_line(rng) if rng.random() < 0.3 else "")


def _cut(rng: random.Random) -> tuple[str, int, int | None]:
    party = rng.choice(("terminal", "host", "card"))
    return party, rng.randrange({"terminal": 75, "host": 14, "card": 26}[party]), rng.choice((None, AGAIN_US))


def _line(rng: random.Random) -> str:
    stream, frame = rng.choice(("upstream", "downstream")), rng.randint(1, 3)
    fault = rng.choice(("drop", "delay", "flip", "duplicate", "truncate", "cut"))
    given = {"delay": ",delay=65000", "flip": f",offset={rng.randrange(60)}"}.get(fault, "")
    return f"{fault}:stream={stream},frame={frame}{given}"


def every_cut(card: str, faults: Sequence[tuple[str, Mapping[str, Any]]] = ()) -> Iterator[Case]:
    """The power of terminal, host or card fails before each effect of a sale; it is back soon, or later."""
    shop = CardShop(card)
    shop.buy()
    shop.set_faults(faults)
    before = {party: shop.engine.effects_of(party) for party in ("terminal", "host", "card")}
    shop.buy()
    for party, counted in before.items():
        for at in range(shop.engine.effects_of(party) - counted):
            for back_us in (None, AGAIN_US):
                yield Case(card, tuple(faults), cuts=((party, at, back_us),))


# one case


def endure(case: Case) -> None:
    """A good sale, the sale of the case, a good one, the settlement.  Raises NotRight (with the case)."""
    try:
        _endure(case)
    except AssertionError as error:
        raise NotRight(f"{error}\n  python -m tests.proofs.card_faults '{case}'") from error


def _endure(case: Case) -> None:
    shop = CardShop(case.card, RegisterSpec("mispos-b") if case.cable else USUAL_REGISTER)
    first = shop.buy()
    if first is None or first["status"] != "done":
        raise NotRight(f"the good sale before: {first}")
    if case.cable:
        shop.engine.ask("register", "person", "sign_in")
    outcome = _sell(shop, case)
    if not (case.cuts or case.line or case.cable or case.then) and len(case.faults) == 1:
        assert outcome is not None
        found, legal = ending(shop, outcome), legal_endings(case.card, *case.faults[0])
        if found not in legal:
            raise NotRight(f"{found} ({outcome['status']}, {outcome['cause']}); by the rules {sorted(legal)}")
    if case.then:
        shop.tell("heal")
        shop.set_faults(case.then)
        shop.buy()
    shop.heal()
    shop.close()
    shop.check()
    if not all(shop.balanced()):
        raise NotRight(f"a batch settled unbalanced: {shop.balanced()}")
    shop.check_cards(healthy_line=not (case.cuts or case.line or case.cable))


def _sell(shop: CardShop, case: Case) -> Outcome | None:
    shop.set_faults(case.faults)
    if case.line:
        shop.bench.set_faults("host", FaultPlan.from_specs([case.line]))
    shop.cuts = len(case.cuts)
    for party, at, back_us in case.cuts:
        shop.engine.crash_after(party, shop.engine.effects_of(party) + at, back_us)
    if case.cable is None:
        return shop.buy()
    shop.cuts += case.cable[0] == "power"
    shop.engine.set_faults(("register", "terminal"), Pulled(shop, *case.cable))
    shop.since = len(shop.bench.trace.events)
    told: Outcome = shop.engine.ask("register", "person", "sale", amount_fen=AMOUNT_FEN).value
    return told


def endure_all(cases: Iterable[Case]) -> int:
    """Each of them; how many.  Raises NotRight that names every case that failed."""
    wrong, count = [], 0
    for case in cases:
        count += 1
        try:
            endure(case)
        except AssertionError as error:
            wrong.append(str(error))
    if wrong:
        raise NotRight(f"{len(wrong)} of {count}:\n" + "\n".join(wrong[:20]))
    return count


if __name__ == "__main__":
    endure(case_of(sys.argv[1]))
