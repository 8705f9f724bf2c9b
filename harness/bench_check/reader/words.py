"""What the check of a reader says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Lang, Text


def filled(phrase: Text, **values: object) -> Text:
    """`phrase` with its placeholders filled; a value that is a `Text` in its own language."""

    def half(lang: Lang) -> str:
        told = {name: value.in_(lang) if isinstance(value, Text) else value for name, value in values.items()}
        return phrase.in_(lang).format(**told)

    return Text(half("zh"), half("en"))


NAMES: Mapping[str, Text] = {
    "reader": Text("读卡器", "reader"),
    "plug": Text("插入与拔出", "insertion and removal"),
    "power": Text("上电", "power-up"),
    "atr": Text("ATR", "ATR"),
    "atr_rules": Text("ATR 与 EMV", "ATR by EMV"),
    "cold": Text("冷复位", "cold resets"),
    "warm": Text("热复位", "warm resets"),
    "protocols": Text("协议", "protocols"),
    "uid": Text("UID", "UID"),
    "selects": Text("连续 SELECT", "SELECTs in a row"),
    "resets_selects": Text("冷复位后 SELECT", "cold reset and SELECT"),
    "card": Text("测试卡", "test card"),
    "counters": Text("计数器", "counters"),
    "cryptogram": Text("应用密文", "cryptogram"),
    "stopped": Text("中止", "stopped"),
}
VERDICTS: Mapping[str, Text] = {
    "good": Text("通过", "good"),
    "bad": Text("不通过", "BAD"),
    "note": Text("提示", "note"),
}
NOT_TOLD = Text("未说明", "not told")
CONTACT, CONTACTLESS = Text("接触式", "contact"), Text("非接触", "contactless")
POWERED = Text("卡片有应答，使用 T={protocol}", "the card answers, T={protocol} in use")
ATR = Text(
    "{atr}；协议 {protocols}，最高 {baud} 波特，电压类别 {classes}",
    "{atr}; protocols {protocols}, up to {baud} baud, voltage class {classes}",
)
BAD_ATR = Text("{atr}：{why}", "{atr}: {why}")
ATR_RULES = Text("符合 EMV", "as EMV has it")
OTHER_ATR = Text("同一张卡给出 {count} 个不同的 ATR", "one card gave {count} different ATRs")
PROTOCOLS = Text("{protocols} 均可用", "{protocols}: each can be used")
PROTOCOL_REFUSED = Text("ATR 所列的 {protocols} 用不了", "{protocols} is offered by the ATR and cannot be used")
PROTOCOL_CURE = Text(
    "更新读卡器的驱动（libccid）与固件；换一个读卡器对比",
    "Update the reader's driver (libccid) and firmware; compare with another reader",
)
UID = Text("读卡器给出 {octets} 字节的 UID", "the reader tells a UID of {octets} octets")
NO_UID = Text("读卡器不提供 UID（{sw}）", "the reader tells no UID ({sw})")
FAILED = Text("有失败：{troubles}", "some failed: {troubles}")
UNSTEADY = Text("有的应答远慢于其他", "some answers are far slower than the others")
STEADY = Text("无失败", "none failed")
BLOCKED = Text("卡上的应用被发卡行锁定（6283）", "the card's application was blocked by its issuer (6283)")
CARD = Text(
    "目录 {directory}，应用 {aid} {label}，卡号 {pan}，有效期 {expiry}，{records} 条记录",
    "directory {directory}, application {aid} {label}, card {pan}, expires {expiry}, {records} records",
)
COUNTER_NAMES: Mapping[str, Text] = {
    "atc": Text("交易计数器 ATC（9F36）{value}", "transaction counter ATC (9F36) {value}"),
    "last_online_atc": Text("上次联机的 ATC（9F13）{value}", "ATC last time online (9F13) {value}"),
    "pin_tries": Text("PIN 余次（9F17）{value}", "PIN tries left (9F17) {value}"),
}
NO_COUNTERS = Text("卡片不提供计数器", "the card tells no counters")
NO_TRIES = Text("PIN 已试完（9F17 = 0）", "no PIN tries are left (9F17 = 0)")
CRYPTOGRAM = Text("卡片给出 AAC（9F27 = {cid}），未发生交易", "the card gave an AAC (9F27 = {cid}); nothing was paid")
PLUGGED = Text("拔出与插入都被看到", "removal and insertion were both seen")
NOT_PLUGGED = Text(
    "{limit_s} 秒内没有看到卡片拔出再插入", "the card was not seen to leave and come back within {limit_s} s"
)
PLUG_CURE = Text(
    "确实拔插过而未看到：读卡器的卡片检测开关失灵，应更换；PC/SC 服务须在运行",
    "Where it was pulled out and put in: the reader's switch that sees cards is broken, replace it; the PC/SC service "
    "must "
    "run",
)
PULL_NOW, INSERT_NOW = Text("请拔出卡片", "Pull the card out, please"), Text("请插入卡片", "Put the card in, please")
WHOLE_GOOD = Text("读卡器与卡片工作正常", "Reader and card work")
WHOLE_BAD = Text("有 {count} 项不通过", "{count} of the checks failed")
