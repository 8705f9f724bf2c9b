"""What keeps a terminal from being activated, keyed, signed in and loaded with its parameters."""

from __future__ import annotations

from protocols.text import Text

from ..model import Fault

STEPS = (
    Fault(
        "self_test_missing",
        Text("终端开箱后还没有通过自检", "the terminal has not passed its first self-test"),
        "technician",
        True,
        Text(
            "在终端菜单里做一次自检；有部件不合格就送修或换机",
            "Run the self-test in its menu; exchange it if a part fails",
        ),
        rows=("C1", "B3"),
    ),
    Fault(
        "not_connected",
        Text("终端还没有连上网络", "the terminal has not been connected to its network yet"),
        "technician",
        True,
        Text("在终端菜单里设好网络，再做“联网”测试", "Set up its network, then use “connect” in its menu"),
        rows=("F1", "C1"),
    ),
    Fault(
        "not_activated",
        Text("终端还没有激活", "the terminal has not been activated"),
        "technician",
        False,
        Text(
            "向收单机构要激活码，在终端菜单“激活”里输入；没有激活码，先问进件审核到哪一步",
            "Get the activation code from the acquirer and type it in the terminal's activation menu; without a code "
            "ask how far the application is",
        ),
        rows=("C1", "A1", "A7"),
    ),
    Fault(
        "key_missing",
        Text("终端里没有可用的主密钥", "there is no master key in the terminal that it can use"),
        "acquirer",
        False,
        Text("请收单机构灌装（或远程下载）主密钥，然后签到", "Have the acquirer load the master key, then sign in"),
        rows=("C1",),
    ),
    Fault(
        "key_lost",
        Text("主密钥丢失：上次检查（{date}）时还能签到", "the master key is gone: at the check of {date} it signed in"),
        "acquirer",
        False,
        Text(
            "不要反复签到；检查机壳有没有被打开过，再请收单机构重新灌装主密钥并激活",
            "Do not keep signing in; see whether the case was opened, then have the acquirer load the key again",
        ),
        rows=("E6", "C3", "D13"),
    ),
    Fault(
        "key_wrong",
        Text("终端的主密钥与主机的不一致", "the terminal's master key is not the one that the host has"),
        "acquirer",
        False,
        Text(
            "请收单机构核对终端号和序列号，再重新灌装主密钥",
            "Have the acquirer compare terminal and serial number and load the master key again",
        ),
        rows=("G2",),
    ),
    Fault(
        "keys_out_of_step",
        Text("终端与主机的密钥对不上（{code}）", "the keys of terminal and host do not match ({code})"),
        "technician",
        True,
        Text(
            "在终端上重新签到；仍不行请收单机构重新灌装主密钥",
            "Sign in again; if that fails the acquirer must reload the master key",
        ),
        rows=("G2", "F4"),
    ),
    Fault(
        "not_signed_in",
        Text("终端没有签到", "the terminal is not signed in"),
        "technician",
        True,
        Text("在终端上签到，然后再收款", "Sign in at the terminal, then take payments"),
        rows=("C1", "C4"),
    ),
    Fault(
        "no_parameters",
        Text("终端没有下载参数", "the terminal has not downloaded its parameters"),
        "technician",
        True,
        Text("在终端菜单里做“参数下载”，然后再收款", "Use “download parameters” in its menu, then take payments"),
        rows=("C1", "G2"),
    ),
    Fault(
        "no_aids",
        Text("终端没有下载 IC 卡参数，芯片卡不能用", "the terminal lacks the chip-card parameters (AIDs)"),
        "technician",
        True,
        Text("在终端菜单里做“IC 卡参数下载”", "Use “download IC-card parameters” (AIDs) in its menu"),
        rows=("C1", "G2"),
    ),
    Fault(
        "no_public_keys",
        Text("终端没有下载公钥，芯片卡不能用", "the terminal lacks the card schemes' public keys"),
        "technician",
        True,
        Text("在终端菜单里做“公钥下载”", "Use “download public keys” in its menu"),
        rows=("C1", "G2"),
    ),
    Fault(
        "too_few_parameters",
        Text("终端的卡参数不全：{what}", "the terminal's card parameters are incomplete: {what}"),
        "technician",
        True,
        Text("在终端菜单里重新下载 IC 卡参数和公钥", "Download IC-card parameters and public keys again in its menu"),
        rows=("G2",),
    ),
    Fault(
        "slow_sign_in",
        Text("签到很慢：用了 {seconds} 秒", "signing in is slow: it took {seconds} seconds"),
        "technician",
        True,
        Text(
            "改用有线网络或信号好的位置再试；仍慢请告诉收单机构",
            "Try a wired line or a better signal; if it stays slow tell the acquirer",
        ),
        rows=("F3", "H9", "G3"),
    ),
)

SIGNING_IN = (
    Fault(
        "sign_in_failed",
        Text("签到没有成功（{what}）", "signing in failed ({what})"),
        "technician",
        True,
        Text(
            "让终端回到待机画面再签到一次；仍不行就重启终端",
            "Let it return to its idle screen and sign in again; else restart it",
        ),
        rows=("C1",),
    ),
    Fault(
        "operator_needed",
        Text("终端上没有操作员签到，或键盘已锁", "no operator has signed on at the terminal, or its keypad is locked"),
        "merchant",
        False,
        Text(
            "请操作员用自己的工号和密码登录终端，再签到",
            "Have the operator sign on with number and password, then sign in",
        ),
        rows=("C5", "C2"),
    ),
)

REVIEW = (
    Fault(
        "review_pending",
        Text("开户申请还在审核（{stage}，已等 {age}）", "the application is still under review ({stage}, for {age})"),
        "acquirer",
        False,
        Text(
            "等收单机构审完（{promised}），期间不要重复申请，也不要反复激活",
            "Wait for the acquirer to decide ({promised}); do not apply again and do not keep activating",
        ),
        rows=("A1",),
    ),
    Fault(
        "review_queued",
        Text(
            "收单机构办理拥堵，还在排队（第 {position} 位）",
            "the acquirer is congested, still queued (place {position})",
        ),
        "acquirer",
        False,
        Text(
            "请收单机构加急；不要重复申请，轮到后再激活",
            "Ask the acquirer to speed it up; do not apply again, activate when it is due",
        ),
        rows=("A5",),
    ),
    Fault(
        "review_rejected",
        Text("开户审核没有通过：{reason}", "the application was rejected: {reason}"),
        "merchant",
        False,
        Text(
            "按原因改好资料，重新提交审核；通过前激活不了",
            "Correct the documents and submit them again; it cannot be activated before",
        ),
        rows=("A2",),
    ),
    Fault(
        "documents_missing",
        Text("商户资料不齐，缺：{items}", "documents of the merchant are missing: {items}"),
        "merchant",
        False,
        Text(
            "把缺的资料交给收单机构，审核会接着办",
            "Hand the missing documents to the acquirer; the review goes on from there",
        ),
        rows=("A3",),
    ),
    Fault(
        "documents_untrue",
        Text("商户资料与登记不符：{items}", "documents disagree with the register: {items}"),
        "merchant",
        False,
        Text("向收单机构交真实资料，请求复审", "Hand true documents to the acquirer and ask for a new review"),
        rows=("A4",),
    ),
    Fault(
        "application_draft",
        Text("开户申请只填了一半，没有提交", "the application was left half-way and never submitted"),
        "merchant",
        False,
        Text("接着填完（下一步：{next}）并提交", "Complete it (next step: {next}) and submit it"),
        rows=("A6",),
    ),
    Fault(
        "no_application",
        Text("收单机构没有这台终端的任何记录", "the acquirer has no record of this terminal at all"),
        "merchant",
        False,
        Text(
            "核对序列号；没有申请过就先向收单机构申请开户",
            "Compare the serial number; if nobody applied, apply to the acquirer first",
        ),
        rows=("A7",),
    ),
    Fault(
        "device_in_transit",
        Text(
            "收单机构的记录里终端还没有送到（{place}）",
            "by the acquirer's records the terminal has not arrived ({place})",
        ),
        "acquirer",
        False,
        Text(
            "查运单；终端已在店里，请收单机构登记签收后再激活",
            "Track the parcel; if it is here, have the acquirer book its arrival, then activate",
        ),
        rows=("B1",),
    ),
    Fault(
        "arrived_damaged",
        Text("收单机构的记录里终端到货时已损坏", "by the acquirer's records the terminal arrived damaged"),
        "acquirer",
        False,
        Text("不要再用，请收单机构换一台", "Do not use it; have the acquirer send another one"),
        rows=("B3",),
    ),
    Fault(
        "code_wrong",
        Text("激活码不对，还可再试 {tries} 次", "the activation code is wrong, {tries} tries are left"),
        "technician",
        False,
        Text(
            "向收单机构核对激活码再输；不要猜，试完会锁定",
            "Compare the code with the acquirer before you type it again; do not guess",
        ),
        rows=("C2",),
    ),
    Fault(
        "code_expired",
        Text("激活码已过期", "the activation code has expired"),
        "acquirer",
        False,
        Text("请收单机构换发新的激活码，再激活", "Have the acquirer renew the code, then activate"),
        rows=("B1",),
    ),
    Fault(
        "code_locked",
        Text("激活码已锁定或已用过", "the activation code is locked, or was used before"),
        "acquirer",
        False,
        Text("请收单机构解锁并换发新的激活码", "Have the acquirer unlock it and issue a new code"),
        rows=("C2",),
    ),
    Fault(
        "already_activated",
        Text("终端已经激活过，不能重复激活", "the terminal was activated before and cannot be again"),
        "technician",
        False,
        Text(
            "不用再激活，直接签到；签不了到请收单机构解绑后重来",
            "Do not activate, sign in; if that fails have the acquirer unbind it and begin anew",
        ),
        rows=("C1",),
    ),
    Fault(
        "not_registered",
        Text("主机不认识这台终端（97）", "the host does not know this terminal (97)"),
        "acquirer",
        False,
        Text(
            "把商户号、终端号、序列号报给收单机构核对；换过机构的要重新激活",
            "Give merchant, terminal and serial number to the acquirer; after a change of acquirer activate anew",
        ),
        rows=("G4", "B2", "A7"),
    ),
    Fault(
        "not_bound",
        Text("这台终端没有绑定商户", "the terminal is bound to no merchant"),
        "acquirer",
        False,
        Text(
            "把序列号报给收单机构，请其绑定商户，再激活",
            "Give the serial number to the acquirer to bind it, then activate",
        ),
        rows=("G4", "A7"),
    ),
    Fault(
        "withdrawn",
        Text("收单机构已撤销这台终端", "the acquirer has withdrawn the terminal"),
        "acquirer",
        False,
        Text(
            "问收单机构撤机原因；换了机构的，用新机构的资料重新激活",
            "Ask the acquirer why; after a change of acquirer activate with the new one",
        ),
        rows=("G4", "G7"),
    ),
    Fault(
        "merchant_closed",
        Text("商户在收单机构已关闭或未开通", "the merchant is closed at the acquirer, or was never opened"),
        "merchant",
        False,
        Text(
            "请商户向收单机构重新开通；不要反复尝试",
            "Have the merchant opened again by the acquirer; do not keep trying",
        ),
        rows=("G4", "A2"),
    ),
    Fault(
        "reported_lost",
        Text("这台终端已登记为丢失", "this terminal is reported lost"),
        "acquirer",
        False,
        Text(
            "停用，把序列号和所在地报给收单机构，换一台",
            "Stop using it, tell the acquirer its serial number and where it is, and get another",
        ),
        rows=("B2",),
    ),
    Fault(
        "reported_stolen",
        Text("这台终端已登记为被盗", "this terminal is reported stolen"),
        "acquirer",
        False,
        Text("停用并保管好，立即报告收单机构", "Stop using it, keep it safe and report it to the acquirer at once"),
        rows=("H10",),
    ),
)

ACTIVATION = (*STEPS, *SIGNING_IN, *REVIEW)
