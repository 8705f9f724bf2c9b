"""Symptoms of a device on its way: tracking, activation codes that ended before it came, and how it arrived."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.text import Text
from protocols.unionpay.activation import State

from ...trace import Event
from ..story import Story
from ..symptom import Symptom
from .review import Answer, Find, activation_answered, activation_says, progress_says


def _parcels(story: Story) -> Iterator[tuple[Event, Answer]]:
    """Parcels as any query at the portal showed them."""
    for action, key in (("track", ""), ("report_damage", ""), ("progress", "shipping"), ("status", "parcel")):
        for event, answer in story.portal(action):
            parcel = answer.get(key) if key else answer
            if parcel and "state" in parcel:
                yield event, parcel


def _parcel_is(*states: str) -> Find:
    return lambda story: [event.seq for event, parcel in _parcels(story) if parcel["state"] in states]


def _delayed(story: Story) -> list[int]:
    return [e.seq for e, parcel in _parcels(story) if parcel["state"] == "held" or parcel.get("late") is True]


def _first_self_test(story: Story) -> list[int]:
    """A part fails in the first self-test of a serial number, and that terminal had sent nothing before."""
    found, sent = [], set()
    for event in story.events:
        if event.kind == "message" and event.data.get("dir") == "out" and event.data.get("mti"):
            sent.add(event.party)
        if event.kind == "self_test" and event.data.get("first") and not event.data.get("ok"):
            found += [] if event.party in sent else [event.seq]
    return found


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "parcel_delayed",
        Text("运单查询：包裹滞留或超过承诺日期", "Tracking: the parcel is held, or past the promised date"),
        _delayed,
    ),
    Symptom(
        "activation_in_transit",
        Text("激活被拒：设备邮寄途中", "Activation refused: the device is on its way"),
        activation_says(State.IN_TRANSIT),
    ),
    Symptom(
        "activation_code_expired",
        Text(
            "激活被拒：激活码已过期，给出日期，不扣次数", "Activation refused: code expired, its date told, no try used"
        ),
        activation_says(State.CODE_EXPIRED),
    ),
    Symptom(
        "activation_58",
        Text("激活应答码 58（不允许）", "Activation answered 58 (not permitted)"),
        activation_answered("58"),
    ),
    Symptom(
        "activation_97",
        Text("激活应答码 97（终端未登记）", "Activation answered 97 (not registered)"),
        activation_answered("97"),
    ),
    Symptom(
        "code_expired_unused",
        Text("进度查询：激活码未使用即已过期", "Progress query: the activation code expired unused"),
        progress_says(lambda answer: answer.get("code_expired") is True),
    ),
    Symptom(
        "parcel_lost",
        Text("运单查询：包裹丢失", "Tracking: the parcel is lost"),
        _parcel_is("lost"),
    ),
    Symptom(
        "activation_lost",
        Text("激活被拒：设备已挂失", "Activation refused: the device is reported lost"),
        activation_says(State.LOST),
    ),
    Symptom(
        "first_self_test_failed",
        Text("该序列号首次自检即失败，此前未发任何报文", "A part fails in the first self-test, before any message"),
        _first_self_test,
    ),
    Symptom(
        "arrived_damaged",
        Text("签收记录：到货时部件已损坏", "Delivery record: it arrived with a damaged part"),
        _parcel_is("damaged"),
    ),
)
