"""Every kind of message, told by MTI + F3 + F25 + F60.1 (+ F60.3 for management).

The table is the whole knowledge; `kind_of` only walks it.  Sources: Chanjet POS V2.0 (transaction elements and 60.3
table), PAX ETransType, Topwise, a real UnionPay test host (profile "cbc"), vfwz/iso8583-parser (0920, 60.3 = 420).
Codes that programs use for something else than the standard (60.3 = 380 as "KEK download", a sign-in reply with 011 to
a request with 005) are no kinds of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from ..errors import LocalError
from ..text import Text
from .dialect import CUP, Dialect
from .message import Message
from .private.f60 import net_code_of

Family = Literal["financial", "reversal", "notice", "management", "settlement"]
Profile = Literal["cup", "cbc", "chanjet"]
Posting = Literal["debit", "credit"]

# Every combination that the table can tell apart is a few hundred; hostile ones may only push each other out.
LOOKUP_CACHE_SIZE = 2_048

UPLOAD_MTIS = ("0320", "0330")
ADVICE_TYPE = "25"
"""Stands for the 60.1 of any advice in a batch upload that has none: it is told by the F3 of its original."""
BATCH_END_DIGITS = 4

# UnionPay documents say 04, its hosts want 03; a reader knows both.
QR_ENTRY_MODES = ("03", "04")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message.  Of several codes the first is the one to send; an empty tuple means "not looked at".

    `mti`, `reply_mti`: request and reply.  `processing_codes` F3, `conditions` F25, `type_codes` F60.1,
    `management_codes` F60.3.  `scanned`: F22 says that a customer code was read.  `raises_reversal`: no answer raises
    a 0400.  `needs_mac`: the request must carry F64.  `posting`: the side of the settlement totals of F48 that it
    counts on (None: on neither).  `reversal_of`: the kind that a 0400 takes back.  `profile`: rows that only some
    dialects know ("cbc": F3 is among the dialect's extra codes, "chanjet": it has order fields).
    """

    name: str
    title: Text
    family: Family
    mti: str
    processing_codes: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    type_codes: tuple[str, ...] = ()
    management_codes: tuple[str, ...] = ()
    scanned: bool = False
    raises_reversal: bool = False
    needs_mac: bool = False
    posting: Posting | None = None
    profile: Profile = "cup"
    reversal_of: Kind | None = None

    @property
    def reply_mti(self) -> str:
        """MTI of the reply: 0200 -> 0210."""
        return f"{self.mti[:2]}{int(self.mti[2]) + 1}{self.mti[3]}"

    @property
    def is_debit(self) -> bool:
        """Counts as debit (借记) in the settlement totals: sale, completion, offline, adjustment."""
        return self.posting == "debit"

    @property
    def is_credit(self) -> bool:
        """Counts as credit (贷记) in the settlement totals: refund, void, completion void."""
        return self.posting == "credit"


def _financial(
    name: str,
    zh: str,
    en: str,
    codes: str,
    flags: str = "",
    profile: Profile = "cup",
    scanned: bool = False,
) -> Kind:
    """`codes`: "MTI F3 F25 F60.1", alternatives after a slash.  `flags`: R raises a reversal, D debit, C credit."""
    mti, f3, f25, f60_1 = codes.split()
    posting: Posting | None = "debit" if "D" in flags else "credit" if "C" in flags else None
    return Kind(
        name,
        Text(zh, en),
        "financial",
        mti,
        tuple(f3.split("/")),
        tuple(f25.split("/")),
        tuple(f60_1.split("/")),
        scanned=scanned,
        raises_reversal="R" in flags,
        needs_mac=True,
        posting=posting,
        profile=profile,
    )


def _managed(name: str, zh: str, en: str, codes: str, family: Family = "management", needs_mac: bool = False) -> Kind:
    """`codes`: "MTI F60.1 F60.3", alternatives after a slash, `-` for "not looked at"."""
    mti, f60_1, f60_3 = codes.split()
    return Kind(
        name,
        Text(zh, en),
        family,
        mti,
        type_codes=() if f60_1 == "-" else tuple(f60_1.split("/")),
        management_codes=() if f60_3 == "-" else tuple(f60_3.split("/")),
        needs_mac=needs_mac,
    )


# Order matters twice: the first row that fits wins, and F25 or F60 that a dialect leaves out fits every row.
_FINANCIAL = (
    _financial("balance", "余额查询", "balance inquiry", "0200 310000 00 01"),
    _financial("sale_qr", "扫码消费", "QR sale (customer's code)", "0200 000000 00 22", "RD", scanned=True),
    _financial("sale", "消费", "sale", "0200 000000 00 22", "RD"),
    _financial("void", "消费撤销", "void", "0200 200000 00 23", "RC"),
    _financial("refund", "退货", "refund", "0220 200000 00 25", "C"),
    _financial("preauth", "预授权", "pre-authorisation", "0100 030000 06 10", "R"),
    _financial("preauth_void", "预授权撤销", "pre-authorisation void", "0100 200000 06 11", "R"),
    _financial("completion", "预授权完成(请求)", "completion (online)", "0200 000000 06 20", "RD"),
    _financial("completion_void", "预授权完成撤销", "completion void", "0200 200000 06 21", "RC"),
    _financial("completion_advice", "预授权完成(通知)", "completion advice", "0220 000000 06 24", "D"),
    _financial("preauth_incremental", "追加预授权", "incremental authorisation", "0100 030000 60 10", "R"),
    _financial("offline_sale", "离线结算", "offline sale", "0220 000000 00 30", "D"),
    _financial("adjustment", "结算调整", "settlement adjustment", "0220 000000 00 32", "D"),
    _financial("tip", "加小费", "tip", "0220 000000 00 34", "D"),
    _financial("ec_sale_upload", "电子现金脱机消费上送", "electronic cash offline sale", "0200 000000 00 36", "D"),
    _financial("ec_refund", "电子现金脱机退货", "electronic cash refund", "0220 200000 00 27", "C"),
    _financial("load_designated", "指定账户圈存", "load from the linked account", "0200 600000 91 45/40", "R"),
    _financial("cash_load", "现金充值", "cash load", "0200 630000 91 46/41", "R"),
    _financial("cash_load_void", "现金充值撤销", "cash load void", "0200 170000 91 51", "R"),
    _financial("load_undesignated", "非指定账户圈存", "load from another account", "0200 620000 91 47/42", "R"),
    _financial("instalment", "分期消费", "instalment sale", "0200 000000 64 22", "RD"),
    _financial("instalment_void", "分期消费撤销", "instalment void", "0200 200000 64 23", "RC"),
    _financial("points", "积分消费", "points sale", "0200 000000 65 22", "RD"),
    _financial("points_void", "积分消费撤销", "points void", "0200 200000 65 23", "RC"),
    _financial("points_balance", "积分查询", "points inquiry", "0200 310000 65 03"),
    _financial("moto", "MOTO 消费", "mail or telephone order sale", "0200 000000 08 22", "RD"),
    _financial("moto_void", "MOTO 消费撤销", "mail or telephone order void", "0200 200000 08 23", "RC"),
    _financial("moto_preauth", "MOTO 预授权", "MOTO pre-authorisation", "0100 030000 18 10", "R"),
    _financial("moto_preauth_void", "MOTO 预授权撤销", "MOTO pre-authorisation void", "0100 200000 18 11", "R"),
    _financial("moto_completion", "MOTO 预授权完成", "MOTO completion", "0200 000000 18 20", "RD"),
    _financial("moto_completion_void", "MOTO 预授权完成撤销", "MOTO completion void", "0200 200000 18 21", "RC"),
    _financial("recurring", "代收", "recurring payment", "0200 000000 28 22", "RD"),
    _financial("reservation", "预约消费", "reservation sale", "0200 000000 67 54", "RD"),
    _financial("reservation_void", "预约消费撤销", "reservation void", "0200 200000 67 53", "RC"),
    _financial("magstripe_load_check", "磁条卡现金充值账户验证", "magstripe cash load check", "0100 330000 00 01"),
    _financial("magstripe_cash_load", "磁条卡现金充值", "magstripe cash load", "0200 630000 00 48"),
    _financial("magstripe_account_load", "磁条卡账户充值", "magstripe account load", "0200 400000 66 49"),
    _financial("balance", "余额查询", "balance inquiry", "0200 300000 00 01", profile="cbc"),
    _financial("bill_payment", "缴费", "bill payment", "0200 190000 81/87 22", "RD", "cbc"),
    _financial("bill_payment_void", "缴费撤销", "bill payment void", "0200 280000 81/87 23/22", "RC", "cbc"),
    _financial("daily_sale", "日结消费", "daily settled sale", "0200 280000 00 22", "RD", "chanjet"),
    _financial("order_payment", "订单支付", "order payment", "0200 100000 00 22", "RD", "chanjet"),
    _financial("order_payment_void", "订单支付撤销", "order payment void", "0200 210000 00 23", "RC", "chanjet"),
    _financial("order_inquiry", "订单查询", "order inquiry", "0200 311000 00 01", profile="chanjet"),
    _financial("identity_check", "实名认证", "identity check", "0200 330000 00 50", profile="chanjet"),
    _financial("quota_inquiry", "额度查询", "quota inquiry", "0200 340000 00 01", profile="chanjet"),
    _financial("qr_present", "主扫下单", "QR order, merchant's code", "0200 700000 00 60", "D", "chanjet"),
    _financial("qr_scan", "被扫支付", "QR order, customer's code", "0200 710000 00 60", "D", "chanjet"),
    _financial("qr_void", "扫码撤销", "QR order void", "0200 720000 00 60", "C", "chanjet"),
    _financial("qr_inquiry", "扫码订单查询", "QR order inquiry", "0200 730000 00 60", profile="chanjet"),
    _financial("qr_refund", "扫码退货", "QR order refund", "0200 740000 00 60", "C", "chanjet"),
)

_REVERSALS = tuple(
    replace(
        kind,
        name="reversal",
        title=Text(f"{kind.title.zh}冲正", f"reversal of {kind.title.en}"),
        family="reversal",
        mti="0400",
        raises_reversal=False,
        posting=None,
        reversal_of=kind,
    )
    for kind in _FINANCIAL
    if kind.raises_reversal
)

# The first row of an MTI also stands for messages without 60.3 (dialects with an F60 of 8 digits, or none).
_MANAGEMENT = (
    _managed("sign_in", "签到", "sign-in", "0800 00 003/001/004/005/006/011"),
    _managed("sign_off", "签退", "sign-off", "0820 00 002"),
    _managed("echo", "回响测试", "echo test", "0820 00 301"),
    _managed("parameters", "磁条参数下载", "parameter download", "0800 00 360"),
    _managed("parameters_end", "磁条参数下载结束", "parameter download end", "0800 00 361"),
    _managed("tms_parameters", "TMS 参数下载", "TMS parameter download", "0800 00 364"),
    _managed("tms_parameters_end", "TMS 参数下载结束", "TMS parameter download end", "0800 00 365"),
    # posrig's own: no public document says how an application comes over the messages (`software`)
    _managed("software_block", "应用程序下载", "application download", "0800 00 366"),
    _managed("software_end", "应用程序下载结束", "application download end", "0800 00 367"),
    _managed("status_upload", "终端状态上送", "status upload", "0820 00 362"),
    _managed("capk_list", "公钥查询", "public key list", "0820 00 372/373"),
    _managed("capk_download", "公钥下载", "public key download", "0800 00 370/373"),
    _managed("capk_end", "公钥下载结束", "public key download end", "0800 00 371"),
    _managed("aid_list", "IC 卡参数查询", "AID list", "0820 00 382"),
    _managed("aid_download", "IC 卡参数下载", "AID download", "0800 00 380"),
    _managed("aid_end", "IC 卡参数下载结束", "AID download end", "0800 00 381"),
    _managed("bin_blacklist", "黑名单下载", "BIN blacklist download", "0800 00 390"),
    _managed("bin_blacklist_end", "黑名单下载结束", "BIN blacklist download end", "0800 00 391"),
    _managed("contactless_parameters", "非接参数下载", "contactless parameter download", "0800 00 394"),
    _managed("contactless_parameters_end", "非接参数下载结束", "contactless parameter download end", "0800 00 395"),
    _managed("qps_bin_b", "免密 BIN 表 B 下载", "QPS BIN table B download", "0800 00 396"),
    _managed("qps_bin_b_end", "免密 BIN 表 B 下载结束", "QPS BIN table B download end", "0800 00 397"),
    _managed("qps_bin_c", "免密 BIN 表 C 下载", "QPS BIN table C download", "0800 00 398"),
    _managed("qps_bin_c_end", "免密 BIN 表 C 下载结束", "QPS BIN table C download end", "0800 00 399"),
    _managed("tmk_rsa_key", "主密钥传输公钥下载", "transport RSA key download", "0800 00 352"),
    _managed("tmk_download", "主密钥下载", "TMK download", "0800 00 350"),
    _managed("tmk_activate", "主密钥启用", "TMK activation", "0800 00 351"),
    _managed("activation", "终端激活", "activation", "0800 00 101"),
    _managed("merchant_download", "商户信息下载", "merchant and TMK download", "0800 00 420"),
    _managed("rates", "费率下载", "fee and exchange rates", "0300 01 800"),
    _managed("e_signature", "电子签名上送", "e-signature upload", "0820 07 800/301"),
    _managed("e_signature_0920", "电子签名上送", "e-signature upload (0920)", "0920 07 -", needs_mac=True),
    _managed("script_result", "IC 卡脚本结果通知", "issuer script result", "0620 - 951", "notice"),
)

_SETTLEMENT = (
    _managed("settlement", "批结算", "settlement", "0500 00 201", "settlement"),
    _managed("batch_upload_magstripe", "磁条批上送", "batch upload, magstripe", "0320 00 201", "settlement"),
    _managed("batch_upload_tc", "IC 成功明细上送", "batch upload, IC approved", "0320 00 203/205", "settlement"),
    _managed("batch_upload_ic_notice", "IC 通知上送", "batch upload, IC failed", "0320 00 204/206", "settlement"),
    _managed("batch_upload_load", "圈存确认上送", "batch upload, load", "0320 00 208/209", "settlement"),
    _managed(
        "batch_upload_advice", "通知类交易批上送", "batch upload, advices", "0320 25/24/27/30/32/34 -", "settlement"
    ),
    _managed("batch_end", "批上送结束", "batch upload end", "0320 00 202/207", "settlement"),
)

KINDS: tuple[Kind, ...] = _FINANCIAL + _REVERSALS + _MANAGEMENT + _SETTLEMENT

_ROWS: dict[str, tuple[Kind, ...]] = {
    mti: tuple(kind for kind in KINDS if kind.mti == mti) for mti in dict.fromkeys(kind.mti for kind in KINDS)
}


class UnknownKind(LocalError):
    """No kind of message has that name."""


def _known(kind: Kind, extra_codes: tuple[str, ...], order_fields: bool) -> bool:
    """Whether a dialect with these settings knows the row at all."""
    if kind.profile == "cbc":
        return any(code in extra_codes for code in kind.processing_codes)
    return kind.profile == "cup" or order_fields


def kind_named(name: str, dialect: Dialect = CUP) -> Kind:
    """The kind with that name as `dialect` sends it: its own row where it has one (balance is F3 300000 in `cup-cbc`).

    A "reversal" is found by what it reverses: `reversal(kind)`.  Raises UnknownKind.
    """
    extra = dialect.extra_balance_codes + dialect.extra_sale_codes
    rows = [
        kind
        for kind in KINDS
        if kind.name == name and kind.reversal_of is None and _known(kind, extra, dialect.order_fields)
    ]
    if not rows:
        raise UnknownKind(
            Text("方言 {d} 没有名为 {n} 的报文", "dialect {d} has no kind of message named {n}").format(
                d=dialect.name, n=repr(name)
            ),
            Text("名称见 protocols.unionpay.kinds.KINDS", "protocols.unionpay.kinds.KINDS lists the names"),
        )
    return next((kind for kind in rows if kind.profile != "cup"), rows[0])


def reversal(original: Kind) -> Kind:
    """The 0400 that takes `original` back.  Raises UnknownKind when no answer to it raises none (balance, refund)."""
    found = next((kind for kind in _REVERSALS if kind.reversal_of == original), None)
    if found is None:
        raise UnknownKind(
            Text("{n}没有冲正", "a {n} is never reversed").format(n=original.name),
            Text("只有 raises_reversal 为真的报文才冲正", "Only kinds with raises_reversal have one"),
        )
    return found


def requires_mac(kind: Kind, dialect: Dialect) -> bool:
    """Whether a request of this kind without F64 is refused (A0).  A MAC that is there is checked in any case."""
    return kind.needs_mac or dialect.mac_on_management


def request_mti(mti: str) -> str:
    """MTI of the request that a message of this MTI belongs to: 0210 -> 0200, 0200 -> 0200."""
    return f"{mti[:2]}{int(mti[2]) & ~1}{mti[3]}"


def _told_by_content(message: Message) -> str:
    """60.3 of a message that has none, by what else it holds: enough for a client that speaks such a dialect its own
    way.  A count alone in F48 ends an upload; F59 with a device and no F41 is an activation."""
    f48, f59 = message.text(48), message.octets(59)
    if message.mti in UPLOAD_MTIS and f48 is not None and len(f48) == BATCH_END_DIGITS:
        return "202"
    if message.mti == "0800" and 41 not in message.fields and f59 is not None and f59.startswith(b"A2"):
        return "101"
    return ""


def kind_of(message: Message, dialect: Dialect) -> Kind | None:
    """The kind of a request or reply; None when the table has no such combination.

    F25 or F60 that is absent fits every row, 60.3 that stands neither in F60 nor in F3 the first row of the MTI.  A QR
    sale is told by F22, which replies do not carry: the reply to one is found as "sale".  In F3 digits 3 and 4 may name
    an account type.
    """
    f60, f3 = message.text(60) or "", message.text(3)
    # Six digits are a batch number alone (an old dialect); otherwise 60.1 stands first, 60.3 in digits 9 to 11.
    f60_1 = f60[:2] if len(f60) >= 8 else None
    f60_3 = net_code_of(f60, f3) or _told_by_content(message)
    if message.mti in UPLOAD_MTIS and f60_1 is None:
        f60_1 = ADVICE_TYPE if f3 and not f60_3 else "00"
    return _lookup(
        message.mti,
        f3,
        message.text(25),
        f60_1,
        f60_3 or None,
        (message.text(22) or "")[:2] in QR_ENTRY_MODES,
        dialect.extra_balance_codes + dialect.extra_sale_codes,
        dialect.order_fields,
    )


def takes_back(message: Message, original: Kind) -> bool:
    """Whether a 0400 may be the reversal of `original` by its F3, F25 and F60.1.

    `kind_of` names the first kind that fits; where F60 has no 60.1, the void of a pre-authorisation and that of a
    completion are reversed by the same codes, and only the original tells them apart.
    """
    f3, f60 = message.text(3) or "", message.text(60) or ""
    if not original.raises_reversal or not {f3, _without_account(f3)} & {*original.processing_codes}:
        return False
    return _fits(original, message.text(25), f60[:2] if len(f60) >= 8 else None)


@lru_cache(maxsize=LOOKUP_CACHE_SIZE)
def _lookup(
    mti: str,
    f3: str | None,
    f25: str | None,
    f60_1: str | None,
    f60_3: str | None,
    scanned: bool,
    extra_codes: tuple[str, ...],
    order_fields: bool,
) -> Kind | None:
    if len(mti) != 4 or not (mti.isascii() and mti.isdigit()):
        return None
    rows = [
        kind
        for kind in _ROWS.get(request_mti(mti), ())
        if _known(kind, extra_codes, order_fields)
        and _fits(kind, f25, f60_1)
        and (not kind.management_codes or f60_3 is None or f60_3 in kind.management_codes)
        and (scanned or not kind.scanned)
    ]
    by_code = [kind for kind in rows if not kind.processing_codes or f3 in kind.processing_codes]
    if not by_code and f3 and len(f3) == 6:
        by_code = [kind for kind in rows if _without_account(f3) in kind.processing_codes]
    return next(iter(by_code), None)


def _fits(kind: Kind, f25: str | None, f60_1: str | None) -> bool:
    """F25 and F60.1; one that is absent fits every kind."""
    if kind.conditions and f25 is not None and f25 not in kind.conditions:
        return False
    return not kind.type_codes or f60_1 is None or f60_1 in kind.type_codes


def _without_account(f3: str) -> str:
    return f"{f3[:2]}00{f3[4:]}"
