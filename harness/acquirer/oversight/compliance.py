"""What a device and its merchant must satisfy: certificates of model and firmware, rules with a date, complaints.

A firmware is `MODEL/VERSION`; the host learns the version from what a terminal says of itself (UnionPay notice 21: item
05 of the device information), and a firmware without a valid certificate is put on hold.  A rule is an announcement: a
request that does not meet it is answered with a notice before its date, and refused with its name from then on.
"""

from __future__ import annotations

from harness.machine import DAY_US
from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.private import f59

from .. import holds
from ..asks import Args, Refused, Value, bad_argument, text_of
from ..books.compliance import Certificate
from ..books.notices import Notice
from ..state import State
from ..turn import Turn
from ..wire import Request, device_info
from . import notices, versions

CERTIFICATES_MAX = 1_000
SUBJECTS_MAX = 10_000
"""Subjects that somebody complained about."""
COMPLAINTS_WINDOW_US = 30 * DAY_US
COMPLAINTS_LIMIT = 3
"""posrig's choice: no document gives a figure."""
SM4_CODES = frozenset({"005", "006"})
"""F60.3 of a sign-in that asks for SM4 keys."""
SINGLE_LENGTH_CODE = "001"
SALES = frozenset({"sale", "sale_qr"})
CIPHERS = ("3des", "sm4")


# what a terminal says of itself


def learn(turn: Turn, sn: str, version: str) -> None:
    """A device has said which application version it runs."""
    device = turn.state.devices.get(sn)
    if device is None or not version.strip() or device.version == version.strip():
        return
    turn.record("device_version", sn=sn, version=version.strip())
    turn.changed("device_version", sn, device.version, version.strip(), "told")
    _inspect(turn, device.firmware)
    versions.inspect(turn, device)


def hear(turn: Turn, request: Request) -> None:
    """The same from a request that carries the device's information and that a known terminal sent."""
    if request.terminal is not None:
        learn(turn, request.terminal.sn, _version(request))


def _version(request: Request) -> str:
    """The application version in the device's information; "" where there is none, or none that can be read."""
    info = device_info(request)
    return (info.application_version or "") if info is not None else ""


# certificates


def certificate(turn: Turn, args: Args) -> Value:
    """`{model, version, from_us, until_us, revoked_us, reason}`: what the certifying body says of a firmware.

    Times are of this run; without `from_us` it is valid from now on.
    """
    firmware = f"{text_of(turn, args, 'model')}/{text_of(turn, args, 'version')}"
    if len(turn.state.compliance.certificates) >= CERTIFICATES_MAX:
        raise Refused("too_many_certificates", Text("证书过多", "too many certificates"))
    times = {name: notices.time_of(turn, args, name) for name in ("from_us", "until_us", "revoked_us")}
    begins = turn.now if times["from_us"] is None else times["from_us"]
    turn.record(
        "certificate", firmware=firmware, reason=text_of(turn, args, "reason", ""), **{**times, "from_us": begins}
    )
    advance(turn)
    return {"firmware": firmware, "state": _fault(turn, firmware) or "valid"}


def need_certificates(turn: Turn, args: Args) -> Value:
    """`{model, from_us}`: from then on every firmware of the model needs a certificate that is valid."""
    model = text_of(turn, args, "model")
    from_us = notices.time_of(turn, args, "from_us")
    turn.record("certificate_needed", model=model, from_us=turn.now if from_us is None else from_us)
    advance(turn)
    return {"model": model}


def model_ciphers(turn: Turn, args: Args) -> Value:
    """`{model, ciphers: ["3des", "sm4"]}`: the key algorithms that the model was certified with."""
    model, ciphers = text_of(turn, args, "model"), args.get("ciphers")
    if not isinstance(ciphers, list) or not set(ciphers) <= set(CIPHERS):
        raise bad_argument("ciphers", f"可用: {', '.join(CIPHERS)}", f"known: {', '.join(CIPHERS)}")
    turn.record("model_ciphers", model=model, ciphers=sorted(set(ciphers)))
    return {"model": model}


def model_has(turn: Turn, sn: str, cipher: str) -> bool:
    """Whether the device is of a model that was certified with this key algorithm."""
    device = turn.state.devices.get(sn)
    return device is None or cipher in turn.state.compliance.ciphers.get(device.model, CIPHERS)


def _fault(turn: Turn, firmware: str) -> str:
    """What is wrong with the certificate of a firmware: missing, not_yet_valid, revoked, expired; "" when nothing is.

    A missing one matters only where one is needed.
    """
    book, now = turn.state.compliance, turn.now
    found: Certificate | None = book.certificates.get(firmware)
    if found is None:
        model = firmware.rpartition("/")[0]
        listed = not turn.settings.models or model in turn.settings.models
        needed_from = book.needed_from_us.get(model)
        return "" if listed and (needed_from is None or needed_from > now) else "missing"
    if found.revoked_us is not None and found.revoked_us <= now:
        return "revoked"
    if found.until_us is not None and found.until_us <= now:
        return "expired"
    return "not_yet_valid" if found.from_us > now else ""


def _inspect(turn: Turn, firmware: str) -> None:
    """Put a firmware on hold, or release it, as its certificate says."""
    if not firmware:
        return
    subject = f"firmware:{firmware}"
    fault = _fault(turn, firmware)
    there = [one for one in holds.in_force(turn, (subject,)) if one.kind == "not_certified"]
    if fault and not there:
        found = turn.state.compliance.certificates.get(firmware)
        reason = found.reason if found is not None else ""
        holds.hold(turn, "not_certified", subject, certificate=fault, since_us=turn.now, reason=reason)
    for one in there:
        if not fault:
            holds.release(turn, one.case, "certified")


def next_due_us(state: State) -> int | None:
    """When a certificate begins, ends or is revoked, or is needed for the first time."""
    book = state.compliance
    times = [time for one in book.certificates.values() for time in (one.from_us, one.until_us, one.revoked_us)]
    times += book.needed_from_us.values()
    return min((time for time in times if time is not None and time > book.inspected_us), default=None)


def advance(turn: Turn) -> None:
    """Look at every firmware that is known."""
    for firmware in sorted({device.firmware for device in turn.state.devices.values()}):
        _inspect(turn, firmware)
    turn.record("inspected", at_us=turn.now)


# rules


def broken_rule(turn: Turn, request: Request, stage: str) -> Notice | None:
    """The first rule of that stage (`announced`, `in_force`) that the request does not meet."""
    rules = (one for one in turn.state.notices.live.values() if one.kind == "rule" and one.stage in (stage, "cut_off"))
    return next((one for one in rules if _breaks(one, request)), None)


def _breaks(rule: Notice, request: Request) -> bool:
    """`algorithm`: sign-in and money need that key algorithm; `key_length`: keys of so many octets; `field`: a sale
    needs that usage of F59."""
    requires, value = rule.facts.get("requires"), str(rule.facts.get("value", ""))
    signs_in = request.name == "sign_in"
    if request.terminal is None or not (signs_in or (request.kind and request.kind.family == "financial")):
        return False
    if requires == "algorithm":
        found = "sm4" if signs_in and request.net_code in SM4_CODES else request.dialect.key_algorithm
        return found != value
    if requires == "key_length":
        octets = (8 if request.net_code == SINGLE_LENGTH_CODE else 16) if signs_in else len(request.terminal.pik) // 2
        return 0 < octets < int(value or 0)
    return request.name in SALES and not _has_usage(request, value)


def _has_usage(request: Request, tag: str) -> bool:
    try:
        parsed = f59.parse_f59(request.message.octets(59) or b"", request.dialect)
    except DecodeError:
        return False
    return isinstance(parsed, f59.F59) and parsed.get(tag) is not None


def algorithm_allowed(turn: Turn, algorithm: str) -> bool:
    """Whether terminals may change to this key algorithm: a rule asks for it, and the host speaks a dialect of that
    name."""
    if algorithm not in turn.settings.dialects:
        return False
    rules = (one for one in turn.state.notices.live.values() if one.kind == "rule")
    return any((one.facts.get("requires"), one.facts.get("value")) == ("algorithm", algorithm) for one in rules)


def remark(turn: Turn, request: Request) -> str:
    """What an approval says besides: the rule that this request would break from its date on; at sign-in, the next
    announcement that concerns the terminal."""
    rule = broken_rule(turn, request, "announced")
    if rule is not None:
        return notices.words(turn, rule)
    if request.name != "sign_in":
        return ""
    coming = notices.concerning(turn, holds.subjects(turn, request))
    return notices.words(turn, coming[0]) if coming else ""


# complaints


def complain(turn: Turn, args: Args) -> Value:
    """`{subject}` (`merchant:MID` or `model:NAME`): somebody complains.  `{count, limit, case}`; at the limit the
    subject is suspended until its case has been examined, and what was examined does not count again."""
    subject = text_of(turn, args, "subject")
    if subject.partition(":")[0] not in ("merchant", "model"):
        raise bad_argument("subject", "应为 merchant:商户号 或 model:机型", "must be merchant:MID or model:NAME")
    book = turn.state.compliance
    if subject not in book.complaints and len(book.complaints) >= SUBJECTS_MAX:
        raise Refused("too_many_complaints", Text("投诉过多", "too many complaints"))
    turn.record("complaint", subject=subject, at_us=turn.now, kept=COMPLAINTS_LIMIT)
    since = max(turn.now - COMPLAINTS_WINDOW_US, turn.state.holds.ended_us.get(f"complaints {subject}", -1))
    count = sum(at > since for at in book.complaints[subject])
    case = ""
    if count >= COMPLAINTS_LIMIT:
        case = holds.hold(turn, "complaints", subject, "examination", count=count, limit=COMPLAINTS_LIMIT).case
    return {"count": count, "limit": COMPLAINTS_LIMIT, "case": case}


CONTROL = {
    "certificate": certificate,
    "need_certificates": need_certificates,
    "model_ciphers": model_ciphers,
    "complain": complain,
}
