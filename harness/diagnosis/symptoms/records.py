"""Lost records, and what should not be in the clear."""

from __future__ import annotations

from protocols.text import Text

from ...trace import LEAK
from ..story import Story
from ..symptom import Symptom

FAULT = "storage_fault"
NO_TLS = "no_tls"


def _records_lost(story: Story) -> list[int]:
    """The checksums do not fit: said at a start, at the display, or by the terminal of itself."""
    checked = [e for e in story.of("part") if e.data.get("part") == "storage" and e.data.get("what") == "checksum"]
    found = [e.seq for e in checked if e.data.get("ok") is False]
    found += [e.seq for e, outcome in story.outcomes() if outcome.get("cause") == FAULT]
    return found + [e.seq for e in story.of("local_status") if (e.data.get("storage") or {}).get("ok") is False]


def _host_has_more(story: Story) -> list[int]:
    """The host booked in a batch what its upload had not."""
    return [e.seq for e, answer in story.portal("batch_list") if answer.get("not_uploaded")]


def _list_asked_for(story: Story) -> list[int]:
    return [e.seq for e, _ in story.portal("batch_list")]


def _leaks(story: Story) -> list[int]:
    return [e.seq for e in story.of(LEAK) if e.data.get("what") != NO_TLS]


def _clear_line(story: Story) -> list[int]:
    """What becomes of such a dial is no fault of the line: a host that wants TLS hangs up."""
    return [e.seq for e in story.of(LEAK) if e.data.get("what") == NO_TLS]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "records_lost",
        Text("存储校验不符：交易记录丢失，终端停止收款", "The checksums of the storage differ: records are lost"),
        _records_lost,
    ),
    Symptom(
        "host_has_more",
        Text("主机有而批上送没有的交易", "The host has transactions of a batch that its upload has not"),
        _host_has_more,
    ),
    Symptom(
        "list_asked_for",
        Text("商户索取主机流水", "The merchant asks for the host's list of a batch"),
        _list_asked_for,
    ),
    Symptom(
        "leak",
        Text("泄露检测：卡号、磁道、密码或备份为明文", "The leak detector: card data, PIN or backup in the clear"),
        _leaks,
    ),
    Symptom(
        "clear_line",
        Text("该用 TLS 的线路以明文拨号", "A line that must be under TLS is dialled in the clear"),
        _clear_line,
    ),
)
