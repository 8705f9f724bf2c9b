"""Symptoms of the second merchant account (商户二): what its requests are told, what portal and takings show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from protocols.text import Text

from ..story import FINANCIAL, Story, field_of
from ..symptom import Symptom, both_ends

Json = Any
Find = Callable[[Story], list[int]]


def _standing(name: str) -> Find:
    """The portal's status query, or the host's own decision, says that an account stands like this."""

    def find(story: Story) -> list[int]:
        told = [e.seq for e, a in story.portal("status") if any(row.get("standing") == name for row in _accounts(a))]
        told += [e.seq for e, a in story.portal("account") if a.get("standing") == name]
        return told + [event.seq for event in story.of("decision") if event.data.get("cause") == name]

    return find


def _accounts(answer: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    return list(answer.get("accounts") or ())


def _answered(code: str) -> Find:
    """F39 of anything but an activation."""

    def find(story: Story) -> list[int]:
        told = [e.seq for e, o in story.outcomes() if o.get("code") == code and o.get("op") != "activate"]
        found = (x for x in both_ends(story) if x.kind != "activation" and x.code == code)
        return told + [x.reply.seq for x in found if x.reply is not None]

    return find


def _menu_absent(story: Story) -> list[int]:
    return [event.seq for event, outcome in story.outcomes() if outcome.get("cause") == "no_account_menu"]


def _not_listed(story: Story) -> list[int]:
    """Somebody chose an account that the terminal was never told of."""
    return [event.seq for event, outcome in story.outcomes() if outcome.get("cause") == "no_account"]


def _no_record(story: Story) -> list[int]:
    """And the provider knows of none on this device: nobody ever applied."""
    status = [(event, answer) for event, answer in story.portal("status") if answer.get("terminals")]
    none = [event.seq for event, answer in status if not _accounts(answer)]
    return [*_not_listed(story), *none] if none and _not_listed(story) else []


def _another_account_sells(story: Story) -> list[int]:
    """One terminal: a sale of one merchant number is approved, requests of another one are refused."""
    good: dict[str, set[str]] = {}
    refused: list[tuple[str, str, int]] = []
    for exchange in both_ends(story):
        mid, reply = field_of(exchange.request, 42), exchange.reply
        if exchange.code == "00" and exchange.request.data["mti"] in FINANCIAL:
            good.setdefault(exchange.request.party, set()).add(mid)
        elif reply is not None and exchange.code in ("03", "40", "58", "D6") and mid.strip("0 "):
            refused.append((exchange.request.party, mid, reply.seq))
    return [seq for party, mid, seq in refused if good.get(party, set()) - {mid}]


RESULT_MID = (("9F14", "9F04"), ("DF07", "DF06/DF13"))
"""Where the dialects of the Chinese register interface tell a result, and whose books it is in."""


def _channels_share_account(story: Story) -> list[int]:
    """The register sold in two channels of the merchant's own books, all of it landed under one merchant number, and
    the provider's statement knows one account alone: nothing can split the takings."""
    alone = [e.seq for e, a in story.portal("statement") if len(_accounts(a)) == 1]
    channels: dict[str, dict[str, int]] = {}
    channel = ""
    for event in story.events:
        if event.party != "register":
            continue
        if event.kind == "operation" and event.data.get("phase") == "begin":
            channel = str((event.data.get("args") or {}).get("channel") or "")
        elif event.kind == "message" and channel and event.data.get("dir") == "in":
            fields = event.data.get("fields", {})
            mid = next(
                (fields[named] for result, named in RESULT_MID if fields.get(result) == "00" and named in fields), ""
            )
            if mid:
                channels.setdefault(str(mid), {}).setdefault(channel, event.seq)
    mixed = [seq for found in channels.values() if len(found) > 1 for seq in found.values()]
    return [*mixed, *alone] if mixed and alone else []


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "account_refused",
        Text("附加商户：审核未通过", "A further account was refused by the review"),
        _standing("account_refused"),
    ),
    Symptom(
        "account_draft",
        Text("附加商户：申请停在草稿", "The application for a further account was left as a draft"),
        _standing("account_draft"),
    ),
    Symptom(
        "account_not_enabled",
        Text("附加商户已批准，终端未开通", "A further account is approved and not enabled on the terminal"),
        _standing("account_not_enabled"),
    ),
    Symptom(
        "account_unsupported",
        Text("服务商不支持多商户", "The provider has no multi-merchant function"),
        _standing("account_unsupported"),
    ),
    Symptom(
        "account_menu_absent",
        Text("终端没有商户选择菜单，未发报文", "The terminal has no menu of accounts; no frame left"),
        _menu_absent,
    ),
    Symptom(
        "account_not_listed",
        Text("终端上没有所选的商户", "The account that was chosen is not on the terminal"),
        _not_listed,
    ),
    Symptom(
        "account_no_record",
        Text("终端上没有所选商户，门户也没有任何申请", "Not on the terminal, and the portal has no application for it"),
        _no_record,
    ),
    Symptom("account_d6", Text("签到或交易应答 D6（未开通）", "Sign-in or sale answered D6"), _answered("D6")),
    Symptom("account_40", Text("签到或交易应答 40（不支持）", "Sign-in or sale answered 40"), _answered("40")),
    Symptom(
        "another_account_sells",
        Text("同一终端：一个商户交易成功，另一个被拒", "One terminal: one account sells, another is refused"),
        _another_account_sells,
    ),
    Symptom(
        "channels_share_account",
        Text(
            "两个渠道的收款落在同一商户，对账单无法区分",
            "The takings of two channels land in one account, and the statement cannot split them",
        ),
        _channels_share_account,
    ),
)
