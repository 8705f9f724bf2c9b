"""Lost and stolen devices (挂失): the report, the keys that end with it, and every contact of the device afterwards.

Who calls with such a device is told 58, an activation 97: codes of terminals.  41 and 43 mean a card and are never
used.  The place of a contact is what a host has: the address of the line, and the location in F59 (usage A5) where the
terminal sends one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.activation import parse_request
from protocols.unionpay.private import f59
from protocols.unionpay.private.f62_keys import MARK, parse_sign_in_request
from protocols.unionpay.private.subtags import FORMS, find_sub, parse_subs

from .. import registry
from ..asks import Args, Refused, Value, text_of
from ..books.losses import Loss
from ..turn import Turn
from ..wire import Request, device_info

LONGITUDE, LATITUDE = "01", "02"


def serial_of(request: Request) -> str:
    """The serial number that the request itself tells, else that of the terminal it is from; "" for none.

    A device that was replaced still calls under its old numbers.
    """
    info = device_info(request)
    if info is not None and info.serial_number:
        return info.serial_number
    try:
        if request.name == "activation":
            return parse_request(request.message.octets(59) or b"", request.dialect).serial_number
        value = request.message.octets(62) or b""
        if request.name == "sign_in" and value.startswith(MARK):
            return parse_sign_in_request(value).serial
    except DecodeError:
        pass
    return request.terminal.sn if request.terminal else ""


def loss_of(turn: Turn, request: Request) -> Loss | None:
    """The report of the device that sent `request`."""
    return turn.state.losses.all.get(serial_of(request))


def note_contact(turn: Turn, request: Request, peer: str) -> None:
    """Whatever a reported device asks for, it has been somewhere at this moment."""
    loss = loss_of(turn, request)
    if loss is None:
        return
    longitude, latitude = _location(request)
    place = {"peer": peer, "longitude": longitude, "latitude": latitude}
    turn.record("loss_contact", sn=loss.sn, at_us=turn.now, request=request.name, **place)
    turn.changed("device", loss.sn, loss.how, loss.how, "contact")


def _location(request: Request) -> tuple[str, str]:
    try:
        parsed = f59.parse_f59(request.message.octets(59) or b"", request.dialect)
        usage = parsed.get(f59.LOCATION) if isinstance(parsed, f59.F59) else None
        subs = parse_subs(usage, FORMS[parsed.form], "F59/A5") if usage and isinstance(parsed, f59.F59) else ()
    except DecodeError:
        return "", ""
    told = [(find_sub(subs, tag) or b"").decode("latin-1") for tag in (LONGITUDE, LATITUDE)]
    return told[0], told[1]


def report(turn: Turn, args: Args) -> Value:
    """`{sn, status: lost | stolen, reference}`: the merchant (or the carrier) reports a device."""
    sn, reference = text_of(turn, args, "sn"), text_of(turn, args, "reference", "")
    status = registry.report(turn, args)
    turn.record("loss", sn=sn, how=status, at_us=turn.now, reference=reference)
    return shown(turn, turn.state.losses.all[sn])


def shown(turn: Turn, loss: Loss) -> Value:
    """A report and what became of it, as the portal shows it."""
    contacts = [{**one, "at_us": turn.told(one["at_us"])} for one in loss.contacts]
    return {
        "sn": loss.sn,
        "status": loss.how,
        "reported_us": turn.told(loss.at_us),
        "reference": loss.reference,
        "seen": loss.seen,
        "contacts": contacts,
    }


def loss(turn: Turn, args: Args) -> Value:
    """`{sn}`: the report of a device, with its contacts.  Raises Refused when there is none."""
    sn = text_of(turn, args, "sn")
    found = turn.state.losses.all.get(sn)
    if found is None:
        raise Refused("not_reported", Text(f"机具 {sn} 未挂失", f"device {sn} is not reported lost or stolen"))
    return shown(turn, found)


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"report": report, "loss": loss}
CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {"report": report}
