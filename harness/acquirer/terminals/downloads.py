"""Downloads: terminal parameters, CA public keys, AIDs.

Lists come in pages; the reply's first character says 0 none, 1 the last page, 2 more follow (Q/CUP 009 F62;
BestPay's host pages by ten).
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols.errors import DecodeError
from protocols.text import Text
from protocols.tlv import Tlv, find_tlv
from protocols.unionpay.private.f62 import build_f62, parse_f62
from protocols.unionpay.private.f62_download import Download, DownloadList, ListQuery, TlvList
from protocols.unionpay.private.f62_lists import FURTHER_ACCOUNT, Coded, ParameterList
from protocols.unionpay.private.layout import Context

from ..boarding import accounts
from ..oversight import upgrades
from ..replies import Outcome
from ..turn import Turn
from ..wire import Request
from .emv_data import TAG_AID, TAG_EXPIRY, TAG_INDEX

PAGE = 10
ENDS = {"parameters_end": "parameters", "capk_end": "capks", "aid_end": "aids"}


def download(turn: Turn, request: Request) -> Outcome:
    """Any of the download kinds, by name."""
    if request.name in ENDS:
        return _ended(turn, request)
    if request.name == "parameters":
        chanjet = request.dialect.f62_parameters == "chanjet"
        known = {code: value.encode("gbk") for code, value in turn.settings.parameters.items()}
        # Chanjet's items 11 and 12 are other things (a bitmap, the merchant's name), which ours must not be taken for.
        items = tuple(Coded(code, value) for code, value in known.items() if not (chanjet and code in ("11", "12")))
        assert request.terminal is not None
        items += tuple(Coded(FURTHER_ACCOUNT, value) for value in accounts.items(turn, request.terminal))
        return Outcome(fields={62: build_f62(ParameterList(items, chanjet=chanjet), request.dialect)})
    try:
        asked = _asked(request)
    except DecodeError as error:
        return Outcome("30", "format_error", Text("域 62 错", error.what.en), "F62")
    emv = turn.settings.emv
    if isinstance(asked, ListQuery):
        rows = emv.capks if request.name == "capk_list" else emv.aids
        tags = (TAG_AID, TAG_INDEX, TAG_EXPIRY) if request.name == "capk_list" else (TAG_AID,)
        return Outcome(fields={62: build_f62(_page(rows, asked.received, tags), request.dialect)})
    if isinstance(asked, TlvList):
        aid, index = find_tlv(asked.items, TAG_AID), find_tlv(asked.items, TAG_INDEX)
        found = emv.capk(aid, index) if request.name == "capk_download" else emv.aid(aid)
        reply = Download("1", found) if found else Download("0")
        return Outcome(fields={62: build_f62(reply, request.dialect)})
    return Outcome("30", "format_error", Text("域 62 错", "F62 is missing or no request"), "F62")


def _asked(request: Request) -> object:
    context = Context(request.message.mti, request.f60.type_code, request.net_code)
    return parse_f62(request.message.octets(62) or b"", request.dialect, context)


def _page(rows: Sequence[tuple[Tlv, ...]], received: int, tags: tuple[int, ...]) -> DownloadList:
    page = rows[received : received + PAGE]
    if not page:
        return DownloadList("0")
    items = tuple(item for row in page for item in row if item.tag in tags)
    return DownloadList("1" if received + PAGE >= len(rows) else "2", items)


def _ended(turn: Turn, request: Request) -> Outcome:
    assert request.terminal is not None
    what = ENDS[request.name]
    if what in request.terminal.needs:
        turn.record("downloaded", terminal=request.terminal.key, what=what)
        upgrades.downloaded(turn, request.terminal)
    return Outcome()
