"""The driver's one interface: the operations that a register asks of any terminal, whatever protocol it speaks.

Not every protocol has every operation; `speakers.SPEAKERS[...]` says which (`takes`).  What a protocol lacks is refused
with the cause `not_in_protocol`, and no frame leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.text import Text

from ..arguments import Takes, takes

NOTHING = Takes()


@dataclass(frozen=True, slots=True)
class Operation:
    """`text`: what it is called.  `takes`: the arguments that it may have in any protocol.

    `books`: money moves, so its outcome after a lost answer must be learned.  `destructive`: it takes something away
    that cannot be brought back at the counter (keys, batch, software)."""

    text: Text
    takes: Takes = NOTHING
    books: bool = False
    local: bool = False
    """The terminal answers by itself, without people and without its host."""
    destructive: bool = False


MONEY = "account order channel"
"""`channel` is the merchant's own note, which only the register's books keep."""

OPERATIONS: Mapping[str, Operation] = {
    "identify": Operation(Text("识别终端", "identify the terminal"), local=True),
    "status": Operation(Text("查询状态", "ask for the status"), local=True),
    "self_test": Operation(Text("自检", "self-test")),
    "activate": Operation(Text("激活", "activate"), takes("", "code tid")),
    "load_keys": Operation(Text("下装密钥", "load keys")),
    "sign_in": Operation(Text("签到", "sign in")),
    "download": Operation(Text("下载参数", "download parameters")),
    "set_communication": Operation(Text("通讯设置", "set communication"), takes("address")),
    "sale": Operation(Text("消费", "sale"), takes("amount_fen", MONEY), books=True),
    "void": Operation(Text("消费撤销", "void"), takes("stan", MONEY), books=True),
    "refund": Operation(Text("退货", "refund"), takes("amount_fen", f"{MONEY} stan rrn date"), books=True),
    "preauth": Operation(Text("预授权", "pre-authorisation"), takes("amount_fen", MONEY), books=True),
    "preauth_void": Operation(Text("预授权撤销", "pre-authorisation void"), takes("stan", MONEY), books=True),
    "completion": Operation(
        Text("预授权完成", "pre-authorisation completion"), takes("stan amount_fen", MONEY), books=True
    ),
    "completion_void": Operation(
        Text("预授权完成撤销", "pre-authorisation completion void"), takes("stan", MONEY), books=True
    ),
    "balance": Operation(Text("余额查询", "balance"), takes("", "account")),
    "last": Operation(Text("查询上笔交易", "last result"), takes("", "order account channel"), local=True),
    "reprint": Operation(Text("重打印", "print again"), takes("", "stan order account channel")),
    "settle": Operation(Text("批结算", "settle"), takes("", "account order channel"), destructive=True),
    "sign_off": Operation(Text("签退", "sign off")),
    "abort": Operation(Text("中止", "abort")),
}
"""By name.  `last` is the one way to learn how an operation ended whose answer was lost: its Outcome has `of`
{op, order}, what the terminal's newest result belongs to, as far as the protocol tells."""
