"""The lines of slips, in both languages."""

from __future__ import annotations

from protocols.text import Text
from protocols.tlv import parse_tlv
from protocols.unionpay.codes import wallet_of

from ..machine import Json
from .account import masked as masked
from .state import Entry, State
from .texts import OPERATIONS

ADVICE = "advice"
"""Stands for the reason (F39 of a 0400) of an unresolved item that is an advice."""
REFUND = "refund"
"""The same of a refund that the host has not answered: it is never reversed."""
ORDER = "order"
"""The same of a payment by code that is an order, about which the host has not told yet."""
UNRESOLVED: dict[str, Text] = {
    ADVICE: Text("通知", "advice"),
    REFUND: Text("退货", "refund"),
    ORDER: Text("扫码订单", "order"),
}
REVERSAL = Text("冲正", "reversal")

COPIES: dict[str, Text] = {
    "merchant": Text("商户存根", "Merchant copy"),
    "customer": Text("持卡人存根", "Cardholder copy"),
    "reprint": Text("重打印凭证", "Reprint"),
    "test": Text("打印测试页", "Print test"),
}


def yuan(amount_fen: int) -> str:
    """`12.34`."""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def slip_lines(entry: Entry, state: State, copy: str, whole: bool = False) -> list[Text]:
    """A transaction's slip.  `whole`: with the whole card number, which no terminal in use may print."""
    card = entry.pan if whole else masked(entry.pan)
    title = OPERATIONS[entry.kind]
    rows = [
        COPIES[copy],
        Text(
            f"商户名称 {state.merchant_name or state.mid or '-'}", f"Merchant {state.merchant_name or state.mid or '-'}"
        ),
        Text(f"商户号 {state.mid}", f"MID {state.mid}"),
        Text(f"终端号 {state.tid}", f"TID {state.tid}"),
        *_paid_by(entry, card),
        Text(f"交易类型 {title.zh}", f"Type {title.en}"),
        Text(f"批次号 {entry.batch} 凭证号 {entry.stan}", f"Batch {entry.batch} trace {entry.stan}"),
        Text(f"参考号 {entry.rrn}", f"Reference {entry.rrn}"),
        Text(f"日期 {entry.date} 时间 {entry.time}", f"Date {entry.date} time {entry.time}"),
        Text(f"金额 RMB {yuan(entry.amount_fen)}", f"Amount RMB {yuan(entry.amount_fen)}"),
    ]
    if entry.label:
        rows += chip_lines(entry)
    if entry.supplied:
        rows.append(Text("据主机流水补录", "From the host's list"))
    if entry.original:
        rows.append(Text(f"原凭证号 {entry.original}", f"Original trace {entry.original}"))
    return rows


def _paid_by(entry: Entry, card: str) -> list[Text]:
    """The card; of a payment by code its wallet, and the voucher that a refund at any till of the merchant names."""
    if not entry.voucher:
        return [Text(f"卡号 {card}", f"Card {card}")]
    wallet = wallet_of(entry.pan)
    rows = [Text(f"支付方式 {wallet.text.zh}", f"Paid by {wallet.text.en}")] if wallet else []
    code = [Text(f"付款码 {card}", f"Payment code {card}")] if card else []
    return [*rows, *code, Text(f"付款凭证码 {entry.voucher}", f"Voucher {entry.voucher}")]


CHIP_ROWS = ((0x84, "AID"), (0x95, "TVR"), (0x9F36, "ATC"))
CRYPTOGRAM, CRYPTOGRAM_KIND, TC = 0x9F26, 0x9F27, 0x40


def chip_lines(entry: Entry) -> list[Text]:
    """What a chip leaves on its slip (UnionPay's acceptance rules; EMV Book 4 clause 11.4: the AID is mandatory)."""
    told = {item.tag: item.value for item in parse_tlv(bytes.fromhex(entry.chip), "chip")} if entry.chip else {}
    rows = [Text(f"应用标签 {entry.label}", f"Application {entry.label}")]
    found = [(name, told[tag].hex().upper()) for tag, name in CHIP_ROWS if tag in told]
    found += [("TSI", entry.tsi)] if entry.tsi else []
    if CRYPTOGRAM in told:
        name = "TC" if told.get(CRYPTOGRAM_KIND, b"\0")[0] & 0xC0 == TC else "ARQC"
        found.append((name, told[CRYPTOGRAM].hex().upper()))
    return [*rows, *(Text(f"{name} {value}", f"{name} {value}") for name, value in found)]


def test_lines() -> list[Text]:
    """The test page: every column of the paper has ink on it."""
    digits, letters = "0123456789" * 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 2
    rows = [letters[at : at + 32] for at in (0, 7, 13)] + [digits[at : at + 32] for at in (0, 3)]
    return [COPIES["test"], *(Text(row, row) for row in rows)]


def account_lines(state: State) -> list[Text]:
    """Whose report this is, where the terminal has several merchant accounts."""
    if not state.parked:
        return []
    name = state.merchant_name or state.mid
    return [Text(f"商户名称 {name}", f"Merchant {name}"), Text(f"商户号 {state.mid}", f"MID {state.mid}")]


def settlement_lines(batch: dict[str, Json], unresolved: list[dict[str, Json]]) -> list[Text]:
    """The settlement report; reversals that were handed to people stand at its end."""
    verdict = Text("对账平", "Totals agree") if batch["balanced"] else Text("对账不平", "Totals differ")
    rows = [
        Text(f"批次号 {batch['batch']}", f"Batch {batch['batch']}"),
        Text(
            f"借记 {batch['debit_count']} 笔 {yuan(batch['debit_fen'])}",
            f"Debit {batch['debit_count']} items {yuan(batch['debit_fen'])}",
        ),
        Text(
            f"贷记 {batch['credit_count']} 笔 {yuan(batch['credit_fen'])}",
            f"Credit {batch['credit_count']} items {yuan(batch['credit_fen'])}",
        ),
        verdict,
    ]
    for item in unresolved:
        stan, amount, what = item["stan"], yuan(item["amount_fen"]), UNRESOLVED.get(item["reason"], REVERSAL)
        rows.append(
            Text(f"未决{what.zh} 凭证号 {stan} 金额 {amount}", f"Unresolved {what.en}, trace {stan}, amount {amount}")
        )
    return rows


def codes_lines(entries: list[Entry]) -> list[Text]:
    """How much of a batch was paid by code, where any of it was: wallets pay the merchant by ways of their own."""
    fen = [entry.amount_fen for entry in entries if entry.kind == "sale_qr"]
    if not fen:
        return []
    return [Text(f"其中扫码 {len(fen)} 笔 {yuan(sum(fen))}", f"Of these by code {len(fen)} items {yuan(sum(fen))}")]


def unresolved_lines(item: dict[str, Json]) -> list[Text]:
    """The slip of a reversal, or an advice, that was handed to people."""
    what = UNRESOLVED.get(item["reason"], REVERSAL)
    return [
        Text(f"{what.zh}未决，须人工处理", f"{what.en.capitalize()} unresolved, to be handled by people"),
        Text(f"批次号 {item['batch']} 凭证号 {item['stan']}", f"Batch {item['batch']} trace {item['stan']}"),
        Text(f"金额 RMB {yuan(item['amount_fen'])}", f"Amount RMB {yuan(item['amount_fen'])}"),
        Text("请与收单行核对", "Please clarify with the acquirer"),
    ]
