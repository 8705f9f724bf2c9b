"""The words of the drill."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

SPECIAL: Mapping[str, Text] = {
    "none": Text("终端没有问题", "Nothing is wrong with the terminal"),
    "rate": Text("数据线两端设置的速率不同", "The two ends of the data cable are set to different speeds (baud rates)"),
    "clock": Text("终端的时钟不对", "The terminal's clock is wrong"),
    "batch_full": Text("批次已满，须先结算", "The batch is full and has to be settled first"),
}
"""Diagnoses that are no row of the catalogue, by the name that lessons and answer files use."""

ACT_WORDS: Mapping[str, Text] = {
    "look": Text("看终端屏幕和外观", "look at the display and the outside"),
    "paper": Text("看签购单与打印纸", "look at the paper and the last slip"),
    "ask_merchant": Text("再问问商户", "ask the merchant again"),
    "bench_check": Text("做一次上门检测（bench-check）", "run the bench check"),
    "sign_in": Text("在终端上签到", "sign in at the terminal"),
    "sale": Text("在终端上试卖 0.01 元", "try a sale of 0.01 at the terminal"),
    "last": Text("查询上笔交易", "look up the last transaction"),
    "self_test": Text("让终端自检", "have the terminal test itself"),
    "keypad_test": Text("做键盘测试", "test the keypad key by key"),
    "restart": Text("关机再开机", "switch the terminal off and on"),
    "replug": Text("拔下数据线再插紧", "pull the data cable out and plug it in firmly"),
    "rate": Text("把电脑一端的速率换成下一档", "set the computer's end of the cable to the next speed"),
    "portal": Text("打开收单机构的商户平台查状态", "look the terminal up at the provider's portal"),
    "hint": Text("要一个提示（扣分）", "take a hint (costs points)"),
    "answer": Text("我知道原因了，作答", "I know what it is: answer"),
}
"""What a trainee may do, in the order of the menu: what Enter takes does no harm, and the last ends the looking."""

ACTED = Text("{minutes} 分钟  {what}", "{minutes} min  {what}")
PREPARING = Text("正在准备仿真终端……", "preparing an emulated terminal ...")
CHOOSE_LESSON = Text("选一个课目", "Choose a lesson")
SURPRISE = Text("随便来一个", "Surprise me")
LESSON = Text(
    "课目 {number}：{title}（难度 {level}，种子 {seed}）", "Lesson {number}: {title} (level {level}, seed {seed})"
)
SAYS = Text("商户说：{words}", "The merchant says: {words}")
GOAL = Text(
    "目标：五分钟内查明。每个动作都要花时间。", "Find it out within five minutes. Everything you do takes time."
)
WHAT_NEXT = Text("接下来做什么？（已用 {minutes} 分钟）", "What do you do? ({minutes} minutes so far)")
ASK_DIAGNOSIS = Text("是什么问题？", "What is it?")
ASK_ACTOR = Text("该由谁处理？", "Who must act?")
ASK_ACTION = Text("下一步做什么？", "What is to be done next?")
ASK_RETRY = Text("什么都不改，再试一次会有用吗？", "Nothing put right: may trying again help?")
YES_NO: Mapping[str, Text] = {"yes": Text("会", "yes"), "no": Text("不会", "no")}
ASK_CARRY_OUT = Text("现在动手处理，看它恢复？", "Carry it out now, and see it work again?")
CARRY_OUT: Mapping[str, Text] = {"yes": Text("好", "yes"), "no": Text("不用", "no")}
IDLE: Mapping[tuple[str, ...], Text] = {
    ("unboxed", "self_tested", "connected"): Text("请激活终端", "Please activate the terminal"),
    ("activated",): Text("请装载主密钥", "Please load the master key"),
    ("keyed", "must_sign_in", "signed_off"): Text("请签到", "Please sign in"),
    ("must_settle", "settling", "batching"): Text("批次已满，请先结算", "The batch is full, please settle first"),
    ("suspended",): Text("终端已停用", "The terminal is suspended"),
    ("tampered",): Text("终端已触发自毁，请送修", "Terminal is tampered, please send it to repair"),
    ("signed_in", "ready"): Text("待机", "ready"),
}
"""What a terminal shows while nobody uses it, by the state of its life cycle."""
PENDING = Text("待发冲正：{amount} 元，流水号 {stan}", "a reversal is pending: {amount} yuan, trace number {stan}")
DISPLAY = Text("屏幕：{words}", "display: {words}")
CLOCK_SHOWN = Text("屏幕上方的时间：{time}", "the time at the top of the display: {time}")
DISPLAY_BAD = Text("屏幕上看不清任何字", "nothing on the display can be read")
OUTSIDE_GOOD = Text("外壳、插头、线缆看起来都正常", "casing, plugs and cables look good")
NO_SLIP = Text("没有打印过签购单", "no slip has been printed")
SLIP = Text("最后一张签购单：{lines}", "last slip: {lines}")
SLIP_CUT = Text("最后一张签购单没有印完", "the last slip is cut short")
SLIP_FAINT = Text("最后一张签购单字迹不清", "the last slip can hardly be read")
NOTHING_MORE = Text("商户：就是这样，别的我也说不上来。", "merchant: that is all I can tell you.")
NO_MORE_HINTS = Text("没有更多提示了", "there are no more hints")
HINT = Text("提示：{words}", "hint: {words}")
OUTCOME = Text("终端：{words}", "terminal: {words}")
CODE = Text("（应答码 {code}）", " (response code {code})")
DONE = Text("成功", "done")
DONE_SALE = Text("成功：{amount} 元，流水号 {stan}", "done: {amount} yuan, trace number {stan}")
RESTARTED = Text("终端重新启动了", "the terminal has started again")
REPLUGGED = Text("数据线已插紧", "the data cable is plugged in firmly")
NO_SERIAL = Text("电脑一端没有速率可调：两端已一致", "both ends of the cable agree already")
RATE_NOW = Text("电脑一端现在是 {line}", "the computer's end is now at {line}")
PORTAL_STATUS = Text("门户：{words}", "portal: {words}")
PORTAL_FINE = Text("终端已绑定，没有任何暂停", "the terminal is bound and nothing is on hold")
PORTAL_UNBOUND = Text("终端没有绑定到任何商户", "the terminal is bound to no merchant")
PORTAL_INACTIVE = Text("终端已绑定，尚未激活", "the terminal is bound and not activated yet")
PORTAL_HOLD = Text("暂停：{kind}，案件号 {case}", "on hold: {kind}, case {case}")
PORTAL_UPDATE = Text("要求更新到版本 {wanted}", "an update to version {wanted} is demanded")
PORTAL_APPLICATION = Text("申请 {number}：{state}", "application {number}: {state}")
CODE_LOCKED = Text("激活码的次数已用完", "no try of the activation code is left")
APPLICATION_STATES: Mapping[str, Text] = {
    "draft": Text("草稿", "a draft"),
    "in_review": Text("审核中", "under review"),
    "incomplete": Text("资料不全", "documents are missing"),
    "rejected": Text("审核未通过", "rejected by the review"),
    "approved": Text("已通过", "approved"),
}
HARM = Text("不该这样做：{why}", "That does harm: {why}")
FINDING = Text("{mark} {title}：{found}", "{mark} {title}: {found}")
FINDING_MARK = Text("{mark} {title}", "{mark} {title}")
CHECKED = Text(
    "上门检测：通过 {passed} 项，不通过 {failed} 项，无法检查 {others} 项",
    "bench check: {passed} passed, {failed} failed, {others} not possible",
)
NO_MORE_ACTS = Text("动作已够多，请作答", "that was enough looking: please answer")
RIGHT = Text("OK 对：{words}", "OK right: {words}")
WRONG = Text("!! 不对：{said}；正确的是：{words}", "!! wrong: {said}; right is: {words}")
UNSAID = Text("没有回答", "no answer")
EXPLAINED = Text("说明：{words}", "Explanation: {words}")
CATALOGUE = Text("故障目录 {row}：{title}。处理：{action}", "Catalogue {row}: {title}. What to do: {action}")
CAUSE = Text("原因：{title}。处理：{action}", "Cause: {title}. What to do: {action}")
LADDER = Text("恢复步骤 {number}：{words}", "recovery step {number}: {words}")
NEVER = Text("切记：{words}", "Never: {words}")
NOT_HERE = Text(
    "这件事不在技术员手里，终端保持原样", "this is not in the technician's hands: the terminal stays as it is"
)
STEP_DONE = Text("  - {words}", "  - {words}")
WORKS = Text("OK 试卖 0.01 元成功：终端恢复正常", "OK a sale of 0.01 succeeds: the terminal works again")
WORKS_NOT = Text("!! 试卖 0.01 元不成功：{words}", "!! a sale of 0.01 does not succeed: {words}")
POINTS = Text("  {points:>3} / {most:>2}  {what}", "  {points:>3} / {most:>2}  {what}")
SCORE_WORDS: Mapping[str, Text] = {
    "diagnosis": Text("诊断", "diagnosis"),
    "actor": Text("由谁处理", "who must act"),
    "action": Text("下一步", "next action"),
    "no_harm": Text("没有造成损害", "no harm done"),
    "hints": Text("提示", "hints"),
    "minutes": Text("超过五分钟", "minutes over five"),
}
TOTAL = Text("得分 {points} / 100（{minutes} 分钟）：{verdict}", "Score {points} / 100 ({minutes} minutes): {verdict}")
PASSED = Text("合格", "passed")
NOT_PASSED = Text("不合格", "not passed")
CERTIFICATE = Text(
    "演练记录：{trainee}，{count} 个课目，平均 {points} 分，{verdict}（难度 {level}，种子 {seed}）",
    "Drill: {trainee}, {count} lessons, {points} points on average, {verdict} (level {level}, seed {seed})",
)
NAMELESS = Text("（未写姓名）", "(no name given)")
NO_SCORES = Text("还没有演练成绩", "no drill has been taken yet")
SCORE_LINE = Text(
    "{at}  {trainee}  课目 {number} {title}  难度 {level}  {points} 分  {verdict}",
    "{at}  {trainee}  lesson {number} {title}  level {level}  {points} points  {verdict}",
)
BAD_LEVEL = Text("难度是 1、2 或 3，不是 {said}", "the level is 1, 2 or 3, not {said}")
BAD_LEVEL_CURE = Text("例如 --level 1", "As in --level 1")
NOT_POSSIBLE = Text("这台电脑上不能做演练：{what}", "The drill is not possible on this computer: {what}")
NOT_POSSIBLE_CURE = Text(
    "演练需要的部件在这里加载不了；其余检测照常。请换一台电脑，或重新安装 posrig",
    "It needs a part that does not load here; all other checks work. Use another computer, or install posrig anew",
)
DAMAGED_SCORES = Text("成绩文件 {path} 有 {count} 行读不出，已跳过", "{count} lines of {path} cannot be read; skipped")
