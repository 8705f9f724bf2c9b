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
    """`text`: what it is called.  `about`: what it does, for whoever sees it the first time.  `takes`: the arguments
    that it may have in any protocol.

    `books`: money moves, so its outcome after a lost answer must be learned.  `destructive`: it takes something away
    that cannot be brought back at the counter (keys, batch, software)."""

    text: Text
    about: Text
    takes: Takes = NOTHING
    books: bool = False
    local: bool = False
    """The terminal answers by itself, without people and without its host."""
    destructive: bool = False


MONEY = "account order channel"
"""`channel` is the merchant's own note, which only the register's books keep.  `payment_code` of a sale is the code of
the customer's wallet that the register has scanned (付款码), where the protocol has a place for it."""

OPERATIONS: Mapping[str, Operation] = {
    "identify": Operation(
        Text("识别终端", "identify the terminal"),
        Text("型号、序列号、终端号，视规程能说多少", "model, serial number, TID, as far as the protocol tells"),
        local=True,
    ),
    "status": Operation(
        Text("查询状态", "ask for the status"),
        Text("是否就绪、是否签到；不改变任何东西", "whether it is ready and signed in; changes nothing"),
        local=True,
    ),
    "self_test": Operation(
        Text("自检", "self-test"),
        Text("终端检查各部件与通讯", "the terminal checks its parts and its line to the host"),
    ),
    "activate": Operation(
        Text("激活", "activate"),
        Text(
            "首次开通时向主机登记，此后才能签到", "first use: it registers with its host and can sign in from then on"
        ),
        takes("", "code tid"),
    ),
    "load_keys": Operation(
        Text("下装密钥", "load keys"), Text("向主机取新的工作密钥", "it fetches fresh working keys from its host")
    ),
    "sign_in": Operation(
        Text("签到", "sign in"),
        Text(
            "每班开始时向主机报到，取工作密钥与批次号",
            "for each day: it reports to its host and gets keys and a batch",
        ),
    ),
    "download": Operation(
        Text("下载参数", "download parameters"),
        Text("向主机取参数、公钥、AID", "it fetches parameters, public keys and AIDs from its host"),
    ),
    "set_communication": Operation(
        Text("通讯设置", "set communication"),
        Text("设定它的主机地址", "tell it the address of its host"),
        takes("address"),
    ),
    "sale": Operation(
        Text("消费", "sale"),
        Text("收款；终端请顾客出示卡", "take money; the terminal asks the customer for a card"),
        takes("amount_fen", f"{MONEY} payment_code"),
        books=True,
    ),
    "void": Operation(
        Text("消费撤销", "void"),
        Text("当日撤销一笔消费，按其流水号", "take back a sale of the same batch, by its trace number"),
        takes("stan", MONEY),
        books=True,
    ),
    "refund": Operation(
        Text("退货", "refund"),
        Text("退回已结算的款", "give money back, also after settlement"),
        takes("amount_fen", f"{MONEY} stan rrn date"),
        books=True,
    ),
    "preauth": Operation(
        Text("预授权", "pre-authorisation"),
        Text("冻结金额，暂不收款", "hold money on a card without taking it"),
        takes("amount_fen", MONEY),
        books=True,
    ),
    "preauth_void": Operation(
        Text("预授权撤销", "pre-authorisation void"),
        Text("不收款，解冻", "let go of held money"),
        takes("stan", MONEY),
        books=True,
    ),
    "completion": Operation(
        Text("预授权完成", "pre-authorisation completion"),
        Text("收取预授权冻结的款", "take money that was held"),
        takes("stan amount_fen", MONEY),
        books=True,
    ),
    "completion_void": Operation(
        Text("预授权完成撤销", "pre-authorisation completion void"),
        Text("退回预授权完成所收的款", "take back such a completion"),
        takes("stan", MONEY),
        books=True,
    ),
    "balance": Operation(
        Text("余额查询", "balance"), Text("查询卡内余额", "ask what is on a card"), takes("", "account")
    ),
    "last": Operation(
        Text("查询上笔交易", "last result"),
        Text("应答丢失后，用它问清最近一笔的结果", "how the newest payment ended, when its answer was lost"),
        takes("", "order account channel"),
        local=True,
    ),
    "reprint": Operation(
        Text("重打印", "print again"),
        Text("再打一次最近的（或 stan= 那笔的）签购单", "print the newest slip again, or that of stan=NUMBER"),
        takes("", "stan order account channel"),
    ),
    "settle": Operation(
        Text("批结算", "settle"),
        Text("日终与主机对账，结束批次", "end of day: compare books with the host, close the batch"),
        takes("", "account order channel"),
        destructive=True,
    ),
    "sign_off": Operation(
        Text("签退", "sign off"),
        Text("每班结束时做，此后不再交易，直到签到", "for the night: no payments until it is signed in again"),
    ),
    "abort": Operation(
        Text("中止", "abort"), Text("中止正在进行的操作（即 Ctrl-C）", "end what is under way; Ctrl-C does it")
    ),
}
"""By name.  `last` is the one way to learn how an operation ended whose answer was lost: its Outcome has `of`
{op, order}, what the terminal's newest result belongs to, as far as the protocol tells."""
