"""Transaction codes of dialect A (DF02).

The list of commands is public, their numbers are not: they stand in a header that the public program does not ship.
Three are seen on the wire; **all others are assigned by posrig and unproven**.  Whoever knows a maker's numbers puts
them into a quirk profile (`MisposAQuirks.commands`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ...text import Text

SEEN, ASSIGNED = "seen", "assigned by posrig"


class Command(StrEnum):
    """What a register asks of the terminal; where dialect B has the same, by the same name."""

    STATUS = "status"
    SIGN_IN = "sign_in"
    SALE = "sale"
    VOID = "void"
    REFUND = "refund"
    BALANCE = "balance"
    PREAUTH = "pre_authorisation"
    PREAUTH_VOID = "pre_authorisation_void"
    COMPLETION = "pre_authorisation_completion"
    COMPLETION_VOID = "pre_authorisation_completion_void"
    DOWNLOAD = "download_parameters"
    SETTLE = "settle"
    REPRINT = "reprint"
    LIST = "list_transactions"
    TOTALS = "totals"
    LOAD_KEYS = "download_keys"
    SET_COMMUNICATION = "set_communication"


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """`code`: two digits, one BCD octet.  `basis`: `SEEN` in a public program or capture, or `ASSIGNED`."""

    command: Command
    code: str
    text: Text
    basis: str


_ROWS: tuple[tuple[Command, str, str, str, str], ...] = (
    (Command.STATUS, "13", "状态查询", "status", SEEN),
    (Command.SALE, "45", "消费", "sale", SEEN),
    (Command.VOID, "46", "消费撤销", "void", SEEN),
    (Command.SIGN_IN, "50", "签到", "sign-in", ASSIGNED),
    (Command.REFUND, "51", "退货", "refund", ASSIGNED),
    (Command.BALANCE, "52", "余额查询", "balance", ASSIGNED),
    (Command.PREAUTH, "53", "预授权", "pre-authorisation", ASSIGNED),
    (Command.PREAUTH_VOID, "54", "预授权撤销", "pre-authorisation void", ASSIGNED),
    (Command.COMPLETION, "55", "预授权完成", "pre-authorisation completion", ASSIGNED),
    (Command.COMPLETION_VOID, "56", "预授权完成撤销", "pre-authorisation completion void", ASSIGNED),
    (Command.DOWNLOAD, "57", "参数下载", "download parameters", ASSIGNED),
    (Command.SETTLE, "58", "结算", "settle", ASSIGNED),
    (Command.REPRINT, "59", "重打印", "print again", ASSIGNED),
    (Command.LIST, "60", "查流水", "list of transactions", ASSIGNED),
    (Command.TOTALS, "61", "统计", "totals", ASSIGNED),
    (Command.LOAD_KEYS, "62", "密钥下装", "load keys", ASSIGNED),
    (Command.SET_COMMUNICATION, "63", "通讯设置", "set communication", ASSIGNED),
)

COMMANDS: Mapping[str, CommandInfo] = {
    command: CommandInfo(command, code, Text(zh, en), basis) for command, code, zh, en, basis in _ROWS
}
"""By name.  45 and 46 are of a capture whose results read as a sale and a void; they may be those of payment by code
alone, which the program tells from cards."""


def codes_with(changes: tuple[str, ...]) -> dict[Command, str]:
    """The codes with a maker's own ones, each written `sale=21`.  Raises ValueError for what is no such text."""
    codes = {info.command: info.code for info in COMMANDS.values()}
    for change in changes:
        name, _, code = change.partition("=")
        if name not in codes or len(code) != 2 or not code.isdigit():
            raise ValueError(f"{change!r} is not COMMAND=NN, with COMMAND one of {', '.join(codes)} and two digits")
        codes[Command(name)] = code
    return codes


CODES: Mapping[str, Command] = {info.code: info.command for info in COMMANDS.values()}
"""The table the other way round."""
