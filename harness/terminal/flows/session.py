"""Sign-in, sign-off, echo, and the downloads that make a terminal ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from protocols.errors import PosrigError
from protocols.tlv import Tlv, build_tlv
from protocols.unionpay.message import Message, Value
from protocols.unionpay.private import f62_download as download
from protocols.unionpay.private import f62_keys, f62_lists

from ...machine import Record
from .. import requests
from ..desk import FORCED, Desk
from ..hardware.parts import own_test
from ..outcome import Outcome, declined, done, no_answer
from ..software import install
from ..wants import NoReply, Order, Reply, Step
from . import accounts, lists
from .common import ask, failure

PAGES_MAX = 20
"""Pages of a key or AID list; hosts send ten entries or so in each."""

DISOWNING = ("97", "C1")
"""F39 of a sign-in that a host gives to a terminal that it does not know any more, or has withdrawn."""
REQUIREMENTS: dict[int, str] = {1: "parameters", 4: "public_keys", 5: "aids"}
LIST_REQUIREMENTS = (*lists.LISTS.values(), lists.CONTACTLESS_REQUIREMENT)


def sign_in(desk: Desk, order: Order) -> Step[Outcome]:
    """0800: working keys under the TMK, the host's batch number, the clock."""
    licence = f62_keys.SignInRequest(desk.profile.network_licence, desk.settings.serial)
    extra: dict[int, Value] = {62: f62_keys.build_sign_in_request(licence), 63: requests.operator(desk)}
    extra |= requests.device_field(desk, f"{desk.settings.rng.randrange(10**6):06d}")
    answered = yield from ask(desk, "sign_in", extra, net=desk.config.sign_in_code or desk.dialect.sign_in_code)
    if isinstance(answered, Reply) and answered.code in DISOWNING and desk.state.number == 1:
        desk.save({"kind": "disowned"})
    bad = failure(order.op, answered)
    if bad is not None:
        return bad
    assert isinstance(answered, Reply)
    return _keys_arrived(desk, order, answered.message)


def signed_in_again(desk: Desk) -> Step[None]:
    """A further account signs in by itself: the operator's sign-in is the first one's, and what is pending in another
    account stops them all.  When it fails, what was to be sent is refused and stays pending."""
    if desk.settings.gate and desk.state.number > 1 and not desk.state.signed_in:
        yield from sign_in(desk, Order("sign_in"))


def _keys_arrived(desk: Desk, order: Order, reply: Message) -> Outcome:
    f62 = reply.octets(62) or b""
    if not desk.state.tmk:
        return declined(order.op, "00", "no_tmk")
    try:
        desk.vault.working_keys(desk.state, f62)
    except PosrigError as error:
        result = declined(order.op, "00", "bad_keys")
        return {**result, "text": {"zh": error.what.zh, "en": error.what.en}}
    session: dict[str, str | bool] = {"kind": "session", "signed_in": True, "working_keys": f62.hex().upper()}
    session["disowned"] = False
    f60 = reply.text(60) or ""
    batch = f60[2:8] if len(f60) >= 8 else f60
    if len(batch) == 6 and batch.isdigit() and int(batch):
        session["batch"] = batch
    desk.save(session, {"kind": "session_changed", "session_since_us": desk.now}, events=("signed_in",))
    install.confirm(desk)
    return done(order.op, batch=desk.state.batch)


def sign_off(desk: Desk, order: Order) -> Step[Outcome]:
    """0820 / 002.  The session ends also when the host does not answer: the operator has left."""
    answered = yield from ask(desk, "sign_off")
    bad = failure(order.op, answered)
    if bad is None or isinstance(answered, NoReply):
        ended: Record = {"kind": "session", "signed_in": False}
        desk.save(ended, {"kind": "session_changed", "session_since_us": desk.now}, events=("signed_off",))
    return bad or done(order.op, batch=desk.state.batch)


def echo(desk: Desk, order: Order) -> Step[Outcome]:
    """0820 / 301."""
    answered = yield from ask(desk, "echo", stan=False)
    return failure(order.op, answered) or done(order.op)


# downloads


def download_parameters(desk: Desk, order: Order) -> Step[Outcome]:
    """0800 / 360, then 361."""
    answered = yield from ask(desk, "parameters", stan=False)
    bad = failure(order.op, answered)
    if bad is not None:
        return bad
    assert isinstance(answered, Reply)
    items: dict[str, str] = {}
    further: list[bytes] = []
    told = answered.message.octets(62)
    if told:
        listed = f62_lists.parse_parameters(told, chanjet=desk.dialect.name == "chanjet")
        items = {item.code: item.value.hex() for item in listed.items if item.code != f62_lists.FURTHER_ACCOUNT}
        further = [item.value for item in listed.items if item.code == f62_lists.FURTHER_ACCOUNT]
    ended = yield from ask(desk, "parameters_end", stan=False)
    bad = failure(order.op, ended)
    if bad is None:
        done_now: Record = {"kind": "downloaded", "what": "parameters", "items": items, "serves": [1]}
        desk.save(done_now, *accounts.told(desk, further))
    return bad or done(order.op)


def download_aids(desk: Desk, order: Order) -> Step[Outcome]:
    """382 (list), 380 for each, 381."""
    return (yield from _download_list(desk, order, "aid", "aids", 5, lambda group: group[:1]))


def download_public_keys(desk: Desk, order: Order) -> Step[Outcome]:
    """372 (list), 370 for each, 371."""
    return (yield from _download_list(desk, order, "capk", "public_keys", 4, lambda group: group[:2]))


def _download_list(
    desk: Desk,
    order: Order,
    stem: str,
    what: str,
    requirement: int,
    key: Callable[[tuple[Tlv, ...]], tuple[Tlv, ...]],
) -> Step[Outcome]:
    wanted: list[bytes] = []
    for _ in range(PAGES_MAX):
        query: dict[int, Value] = {62: download.build_download(download.ListQuery(min(len(wanted), 99)))}
        answered = yield from ask(desk, f"{stem}_list", query, stan=False)
        bad = failure(order.op, answered)
        if bad is not None:
            return bad
        assert isinstance(answered, Reply)
        page = download.parse_list(answered.message.octets(62) or b"0")
        wanted += [build_tlv(key(group)) for group in page.records()]
        if page.more != "2":
            break
    got: list[str] = []
    for item in wanted:
        answered = yield from ask(desk, f"{stem}_download", {62: item}, stan=False)
        bad = failure(order.op, answered)
        if bad is not None:
            return bad
        assert isinstance(answered, Reply)
        told = download.parse_download(answered.message.octets(62) or b"0")
        if told.found == "1":
            got.append(build_tlv(told.items).hex().upper())
    ended = yield from ask(desk, f"{stem}_end", stan=False)
    bad = failure(order.op, ended)
    if bad is None:
        desk.save({"kind": "downloaded", "what": what, "items": got, "serves": [requirement]})
    return bad or done(order.op)


DOWNLOADS: dict[str, Callable[[Desk, Order], Step[Outcome]]] = {
    "parameters": download_parameters,
    "aids": download_aids,
    "public_keys": download_public_keys,
}


def serve(desk: Desk) -> Step[Outcome | None]:
    """Header requirements, and forced downloads where the profile does them by itself.  An Outcome that is not `done`
    stops the transaction."""
    if desk.profile.auto_download:
        for what in FORCED:
            if what not in desk.state.downloaded:
                result = yield from DOWNLOADS[what](desk, Order(f"download_{what}"))
                if result["status"] != "done":
                    return result
    for code in tuple(desk.state.requirements):
        if code == install.REQUIREMENT:  # the gate stops sales until people have the application updated
            continue
        result = yield from _serve_one(desk, code)
        if result["status"] != "done":
            return result
    return None


def _serve_list(desk: Desk, code: int) -> Step[Outcome]:
    for name, wanted in lists.LISTS.items():
        if wanted == code:
            return (yield from lists.download_list(desk, Order("download_bins"), name))
    return (yield from lists.download_contactless(desk, Order("download_contactless")))


STATUS_ITEMS: Mapping[str, tuple[str, ...]] = {
    "01": ("keypad",),
    "02": ("keypad",),
    "03": ("magnetic_reader", "chip_reader", "contactless_reader"),
    "04": ("printer",),
    "05": ("display",),
}
"""The device items of a status upload (Q/CUP 009) and the parts behind them; PINs go through the one keypad, too."""


def _standing(desk: Desk) -> Iterator[tuple[str, bool]]:
    """Each device item that this terminal has, and whether a part behind it fails its own test."""
    for code, parts in STATUS_ITEMS.items():
        built_in = [part for part in parts if part in desk.profile.parts]
        if built_in:
            yield code, any(own_test(desk, part) for part in built_in)


def _serve_one(desk: Desk, code: int) -> Step[Outcome]:
    if code in LIST_REQUIREMENTS:
        result = yield from _serve_list(desk, code)
        if result["status"] != "declined":
            return result
        desk.save({"kind": "downloaded", "what": f"requirement {code}", "serves": [code]})
        return done(result["op"])  # the host has no such list: asking for ever would stop the till
    if code in REQUIREMENTS:
        what = REQUIREMENTS[code]
        return (yield from DOWNLOADS[what](desk, Order(f"download_{what}")))
    status = f62_lists.StatusList(tuple(f62_lists.Coded(code, b"0" if bad else b"1") for code, bad in _standing(desk)))
    answered = yield from ask(desk, "status_upload", {62: f62_lists.build_sized(status)}, stan=False)
    if isinstance(answered, NoReply):
        return no_answer("download_parameters", answered)
    served: Record = {"kind": "downloaded", "what": f"requirement {code}", "serves": [code]}
    desk.save(served)  # also when the host refuses: asking for ever would stop the till
    return done("download_parameters")
