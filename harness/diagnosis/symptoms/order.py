"""Symptoms of operations in the wrong order: who refused, and what was missing before."""

from __future__ import annotations

from protocols.text import Text
from protocols.unionpay.activation import State

from ..story import FINANCIAL, Exchange, Story, field_of
from ..symptom import Symptom, both_ends
from .review import activation_says

ORDER_CAUSES = frozenset(
    (
        "not_self_tested",
        "not_connected",
        "not_activated",
        "already_activated",
        "no_tmk",
        "not_signed_in",
        "no_parameters",
        "no_aids",
        "no_public_keys",
        "batch_upload_pending",
        "nothing_to_reverse",
        "not_settling",
        "no_original",
        "original_settled",
        "already_voided",
        "wrong_order",
    )
)
"""What a terminal says when an operation comes before the one it needs."""

UNBIND_CAUSES = frozenset(("must_settle", "not_bound"))
"""Why the provider refuses to unbind: there is a batch to settle first, or nothing is bound (any more)."""

UPLOAD_MTI = "0320"
REVERSAL_OPERATIONS = ("reversal", "send_reversal")
QUERIES = ("last", "reprint")
"""They need no operation before them: that there is nothing to show yet is an answer."""


def _refused_locally(story: Story) -> list[int]:
    refused = ((e, o) for e, o in story.outcomes() if o.get("status") == "refused" and o.get("op") not in QUERIES)
    return [e.seq for e, o in refused if o.get("cause") in ORDER_CAUSES]


def _refused_without_session(story: Story) -> list[int]:
    """F39 = 77 to a terminal that has no sign-in with 00 since its last sign-off or settlement.

    Where the recording begins later than that sign-in, an approval tells of it.
    """
    found, signed_in = [], False
    for exchange in both_ends(story):
        if exchange.kind == "sign_in":
            signed_in = exchange.code == "00"
        elif exchange.code == "77" and not signed_in and exchange.reply:
            found.append(exchange.reply.seq)
        elif exchange.code == "00" and str(exchange.request.data["mti"]) in FINANCIAL:
            signed_in = True
        if exchange.kind in ("sign_off", "settlement") and exchange.reply is not None and exchange.code in ("00", ""):
            signed_in = False
    return found


def _second_activation(story: Story) -> list[int]:
    states = activation_says(State.ALREADY_ACTIVATED)(story)
    return states or [x.reply.seq for x in both_ends(story) if x.kind == "activation" and x.code == "40" and x.reply]


def _original_missing(story: Story) -> list[int]:
    """25 or 64 to a void or refund: no such sale in the open batch, or nothing is left of it."""
    found = (x for x in both_ends(story) if x.kind in ("void", "refund") and x.code in ("25", "64"))
    return [x.reply.seq for x in found if x.reply]


def _without_identity(story: Story) -> list[int]:
    """03 or 97 to a request that names no terminal: only the activation tells a terminal who it is."""
    return [x.reply.seq for x in both_ends(story) if x.code in ("03", "97") and x.reply and _is_nobody(x)]


def _is_nobody(exchange: Exchange) -> bool:
    return not field_of(exchange.request, 41).strip("0 ") and exchange.kind not in ("activation", "echo")


def _unknown_terminal(story: Story) -> list[int]:
    """97 to a terminal that the merchant has unbound."""
    unbound = [event.seq for event, answer in story.portal("unbind") if not answer.get("error")]
    replies = (x.reply for x in both_ends(story) if x.code == "97" and not _is_nobody(x))
    return [reply.seq for reply in replies if reply and unbound and reply.seq > unbound[0]]


def _unbind_refused(story: Story) -> list[int]:
    return [event.seq for event, answer in story.portal("unbind") if answer.get("cause") in UNBIND_CAUSES]


def _keys_without_master_key(story: Story) -> list[int]:
    """The host signed the terminal in, and the terminal has no master key to open its working keys with."""
    ends = story.outcomes()
    return [e.seq for e, o in ends if o.get("op") == "sign_in" and o.get("cause") == "no_tmk" and o.get("code")]


def _upload_without_settlement(story: Story) -> list[int]:
    """12 to the first upload of a batch for which no totals were compared."""
    found, settling = [], False
    for exchange in both_ends(story):
        if exchange.kind == "settlement":
            settling = True
        elif exchange.code == "12" and str(exchange.request.data["mti"]) == UPLOAD_MTI and exchange.reply:
            found += [] if settling else [exchange.reply.seq]
    return found


def _needless_reversal(story: Story) -> list[int]:
    """A person had a reversal sent and the host declined it: there was nothing to reverse."""
    ends = story.outcomes()
    return [e.seq for e, o in ends if o.get("op") in REVERSAL_OPERATIONS and o.get("status") == "declined"]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "refused_locally",
        Text(
            "终端未发报文即拒绝，缺少前一步操作",
            "The terminal refused without sending: an earlier operation is missing",
        ),
        _refused_locally,
    ),
    Symptom(
        "no_session_77",
        Text("主机答 77，而终端没有有效签到", "The host answers 77 and the terminal has no valid sign-in"),
        _refused_without_session,
    ),
    Symptom(
        "second_activation",
        Text("已激活的终端再次激活", "A second activation of an activated terminal"),
        _second_activation,
    ),
    Symptom(
        "original_missing",
        Text(
            "撤销或退货没有可用的原交易（25、64）",
            "Void or refund without an original, or with nothing left of it (25, 64)",
        ),
        _original_missing,
    ),
    Symptom(
        "without_identity",
        Text(
            "请求中没有终端号（从未激活），主机答 03 或 97",
            "A request without terminal id (never activated) is answered 03 or 97",
        ),
        _without_identity,
    ),
    Symptom(
        "unknown_97",
        Text("已解绑的终端被主机答 97", "The host answers 97 to a terminal that was unbound"),
        _unknown_terminal,
    ),
    Symptom(
        "unbind_refused",
        Text("解绑被拒：须先结算，或本就未绑定", "Unbinding is refused: settle first, or nothing is bound"),
        _unbind_refused,
    ),
    Symptom(
        "keys_without_tmk",
        Text("签到已获应答，但终端没有主密钥", "The sign-in was answered, but the terminal has no master key"),
        _keys_without_master_key,
    ),
    Symptom(
        "upload_without_settlement",
        Text("未做结算对账即批上送，主机答 12", "A batch upload without a settlement is answered 12"),
        _upload_without_settlement,
    ),
    Symptom(
        "needless_reversal",
        Text(
            "人工发起的冲正被主机拒绝：没有可冲正的交易",
            "A reversal that a person asked for is declined: nothing to reverse",
        ),
        _needless_reversal,
    ),
)
