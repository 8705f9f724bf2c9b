"""The provider's portal, asked from the counter: what it has on record for this terminal.

Each answer is an event of the visit, of the kind that the diagnosis reads; an activation code that stands in it is left
out before anything is kept.  The protocol is that of `posrig host --portal`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from .reader.words import filled
from .visit import Visit

if TYPE_CHECKING:
    from harness.machine import Json

WAIT_S = 10.0
ANSWER_OCTETS_MAX = 1024 * 1024
"""What is on record for one terminal is a few kilobytes."""
SECRET = "activation_code"
ASKING = Text("正在问收单机构的门户……", "Asking the acquirer's portal ...")
FAILED = Text("收单机构的门户 {address} 没有回答（{why}）", "the acquirer's portal {address} did not answer ({why})")
FAILED_FACT = "portal_failed"
"""Fact: why the portal could not be asked, in both languages."""


def ask_portal(visit: Visit, action: str, **request: Json) -> Mapping[str, Any] | None:
    """What the portal answers, a refusal too (`cause`); None where there is no portal, or it did not answer: then it is
    not asked again in this visit, and the fact `portal_failed` says why."""
    if not visit.settings.portal or FAILED_FACT in visit.facts:
        return None
    visit.tell(ASKING)
    try:
        answer = _asked(visit.settings.portal, action, request)
    except _NoAnswer as error:
        why = filled(FAILED, address=visit.settings.portal, why=str(error))
        visit.learn(**{FAILED_FACT: {"zh": why.zh, "en": why.en}})
        return None
    visit.note("portal", action=action, request=request, answer=answer)
    return answer


class _NoAnswer(Exception):
    pass


def _asked(address: str, action: str, request: Mapping[str, Json]) -> dict[str, Any]:
    import http.client
    import json

    connection = None
    try:
        connection = http.client.HTTPConnection(address, timeout=WAIT_S)
        connection.request("POST", f"/portal/{action}", json.dumps(request), {"Content-Type": "application/json"})
        response = connection.getresponse()
        value = json.loads(response.read(ANSWER_OCTETS_MAX))
    except (OSError, http.client.HTTPException, ValueError) as error:  # an address that is none is a ValueError, too
        raise _NoAnswer(str(error) or type(error).__name__) from error
    finally:
        if connection is not None:
            connection.close()
    if not isinstance(value, dict) or response.status not in (200, 409):
        raise _NoAnswer(f"HTTP {response.status}")
    return {name: _discreet(one) for name, one in value.items() if name != SECRET}


def _discreet(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _discreet(one) for name, one in value.items() if name != SECRET}
    return [_discreet(one) for one in value] if isinstance(value, list) else value
