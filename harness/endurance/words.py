"""What an endurance run tells people, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from ..driver.operations import OPERATIONS

TITLE = Text("连续运行", "Endurance run")
SUMMARY = Text("{done} / {count} 笔，失败 {errors} 笔", "{done} of {count} sales, {errors} failed")
RATE = Text("失败率 {rate}（95 % 置信区间 {low} 至 {high}）", "error rate {rate} (95 % bounds {low} to {high})")
LATENCY = Text(
    "耗时：中位 {median}，95 % {p95}，99 % {p99}，最长 {max}",
    "took: median {median}, 95 % {p95}, 99 % {p99}, longest {max}",
)
AGREE = Text("主机账、终端批次、凭条与收银机相符", "ledger, batch, receipts and the register agree")
DIFFER = Text("账目不符：收银机 {register}，主机 {host}", "the books differ: register {register}, host {host}")
FIRST_FAILURE = Text("首次失败：第 {number} 笔 {op}：{text}", "first failure: sale {number}, {op}: {text}")
GAVE_UP = Text("连续失败太多，已停止", "too many failures in a row: stopped")
RESUMED = Text("从第 {number} 笔继续", "goes on with sale {number}")
MEMORY = Text("内存", "memory")
OVER_TIME = Text("耗时随时间的变化", "latency over time")
MEDIAN, P95 = Text("中位", "median"), Text("95 %", "95 %")
ERRORS = Text("失败", "errors")
CAUSES = Text("失败原因", "causes of failure")
INCIDENTS = Text("其间发生的事", "what came in between")
TRANSCRIPT = Text("首次失败的记录", "transcript of the first failure")
NO_FAILURE = Text("没有失败", "nothing failed")
MONEY = Text("账目", "the books")
NUMBER, OPERATION, COUNT, WHEN = (
    Text("序号", "no."),
    Text("操作", "operation"),
    Text("次数", "count"),
    Text("时间", "at"),
)

INCIDENT: Mapping[str, Text] = {
    "port_gone": Text("端口消失", "the port is gone"),
    "port_back": Text("端口恢复", "the port is back"),
    "unplugged": Text("拔插了线缆", "the cable was pulled and plugged in again"),
    "restarted": Text("终端断电重启", "the terminal's power was cut, and it started again"),
    "resumed": Text("程序中断后继续", "the run went on after an interruption"),
    "sign_in": Text("重新签到", "signed in again"),
    "download": Text("重新下载参数", "parameters were downloaded again"),
    "settle": Text("结算后继续", "settled, then went on"),
}
MARKED = frozenset(("port_gone", "unplugged", "restarted", "resumed"))
"""Incidents that the chart marks."""


def op_text(op: str) -> Text:
    """What an operation is called."""
    return OPERATIONS[op].text


def incident_text(what: str) -> Text:
    """What came in between."""
    return INCIDENT.get(what, Text(what, what))


def ms(us: int) -> str:
    """Milliseconds, or seconds from ten seconds on."""
    return (
        f"{us / 1_000_000:.1f} s"
        if us >= 10_000_000
        else f"{us / 1_000:.0f} ms"
        if us >= 100_000
        else f"{us / 1_000:.1f} ms"
    )


def span(us: int) -> str:
    """Hours, minutes, seconds."""
    seconds = us // 1_000_000
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def percent(rate: float) -> str:
    """Two significant figures are enough for a bound."""
    return f"{rate * 100:.3g} %"


def yuan(fen: int) -> str:
    """An amount in the major unit."""
    return f"{fen // 100}.{fen % 100:02d}"
