"""Symptoms of a device that was reported lost or stolen: the report, and where the device turned up."""

from __future__ import annotations

from protocols.text import Text

from ..story import Story
from ..symptom import Symptom

REPORTED = ("lost", "stolen")
CAUSES = ("terminal_reported", "lost", "stolen")
"""What the host calls it in its log: any request, or an activation."""


def _reported(story: Story) -> list[int]:
    """Somebody reported the device at the portal, or the report was queried there."""
    return [
        event.seq
        for action in ("report", "loss")
        for event, answer in story.portal(action)
        if answer.get("status") in REPORTED
    ]


def _shown(story: Story) -> list[int]:
    found = [event.seq for event, answer in story.portal("status") if answer.get("status") in REPORTED]
    return found + [event.seq for event in story.of("decision") if event.data.get("cause") in CAUSES]


def _gone(story: Story) -> list[int]:
    """The status query says lost or stolen, and it was not a parcel that was lost."""
    found = []
    for event, answer in story.portal("status"):
        parcel = answer.get("parcel") or {}
        if answer.get("status") in REPORTED and parcel.get("state") != "lost":
            found.append(event.seq)
    return found


def _contact(story: Story) -> list[int]:
    """The report lists a contact with its place."""
    return [event.seq for event, answer in story.portal("loss") if answer.get("contacts")]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "loss_reported",
        Text("门户：商户已报失该机具（遗失或被抢）", "Portal: the merchant reported the device lost or stolen"),
        _reported,
    ),
    Symptom(
        "device_reported",
        Text("状态查询或主机日志：机具已挂失", "Status query or the host's log: the device is reported"),
        _shown,
    ),
    Symptom(
        "device_gone",
        Text("状态查询：机具已挂失，而包裹并未丢失", "Status query: reported lost or stolen, and no parcel was lost"),
        _gone,
    ),
    Symptom(
        "loss_contact",
        Text("挂失机具又联机，时间与地点已记录", "The reported device called again; time and place are recorded"),
        _contact,
    ),
)
