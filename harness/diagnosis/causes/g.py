"""Family G, host and provider (服务商)."""

from __future__ import annotations

from protocols.text import Text

from .cause import AGAINST, FITS, PROVES, RULES_OUT, TYPICAL, Cause

PROVIDER = Text("服务商", "the provider")

CAUSES: tuple[Cause, ...] = (
    Cause(
        "G1",
        Text("系统维护或日切", "A maintenance window, or the daily cut-over"),
        {
            "held_for_maintenance": PROVES,
            "inside_window": PROVES,
            "closed_at_once": TYPICAL,
            "connection_refused": TYPICAL,
            "code_90": TYPICAL,
            "code_96": TYPICAL,
            "other_address_fails": AGAINST,
            "refused_alone": AGAINST,
            "outside_window": AGAINST,
        },
        ("notices", "both_ends"),
        PROVIDER,
        Text("按公告等待窗口结束，之后照常", "Wait until the announced window ends; it works right after"),
        rungs=(9,),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "G2",
        Text("主机升级不当", "A botched upgrade of the host"),
        {
            "after_upgrade": PROVES,
            "equal_yet_refused": PROVES,
            "sessions_lost": PROVES,
            "parameters_refused": PROVES,
            "session_lost": TYPICAL,
            "reply_mac_bad": TYPICAL,
            "reply_unreadable": TYPICAL,
            "code_77": TYPICAL,
            "code_a0": TYPICAL,
            "code_99": TYPICAL,
            "code_30": TYPICAL,
            "code_03": TYPICAL,
            "code_97": TYPICAL,
            "download_wanted": FITS,
        },
        ("both_ends", "provider_status", "notices"),
        PROVIDER,
        Text(
            "重新签到、下载参数或更新终端应用",
            "Sign in again, download the parameters, or update the terminal's application",
        ),
        rungs=(6, 9),
    ),
    Cause(
        "G3",
        Text("服务商系统故障", "The provider's system fails"),
        {
            "gone_for_all": PROVES,
            "host_restarted": PROVES,
            "outside_window": PROVES,
            "code_91": PROVES,
            "code_92": PROVES,
            "code_98": PROVES,
            "code_96": TYPICAL,
            "connection_refused": TYPICAL,
            "other_address_fails": AGAINST,
            "refused_alone": AGAINST,
            "inside_window": AGAINST,
        },
        ("both_ends", "notices"),
        PROVIDER,
        Text(
            "等待服务商恢复；未决冲正先送达，再重做交易",
            "Wait until the provider is back; pending reversals go first, then the sale is repeated",
        ),
        rungs=(9,),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "G4",
        Text("终止合同，更换服务商", "The contract has ended, the provider was changed"),
        {"contract_ended": PROVES, "code_03": TYPICAL, "code_c1": TYPICAL, "code_97": TYPICAL},
        ("provider_status",),
        Text("商户", "the merchant"),
        Text("在新服务商开户并重新激活终端", "Open an account at the new provider and activate the terminal there"),
        rungs=(11,),
    ),
    Cause(
        "G5",
        Text("用户投诉", "Complaints"),
        {"held_for_complaints": PROVES, "code_03": TYPICAL},
        ("provider_status",),
        Text("商户", "the merchant"),
        Text(
            "按案件号配合调查，结案后恢复", "Cooperate with the examination of this case; reinstated when it is closed"
        ),
        rungs=(10,),
    ),
    Cause(
        "G6",
        Text("机型被暂停使用", "The model is suspended or withdrawn"),
        {"model_suspended": PROVES, "code_58": TYPICAL, "stopped_by_model": FITS, "stopped_by_version": RULES_OUT},
        ("provider_status",),
        PROVIDER,
        Text("更换机型，或等待机型恢复", "Change the model, or wait until it is released again"),
        rungs=(11,),
    ),
    Cause(
        "G7",
        Text("官方停用通知", "The announced end of the service"),
        {"service_ended": PROVES, "code_58": TYPICAL},
        ("provider_status",),
        Text("商户", "the merchant"),
        Text(
            "截止前结清批次，改用备用收款方式，再换服务商或设备",
            "Settle the batch before the cut-off, take payment by other means, then change provider or device",
        ),
        rungs=(11,),
    ),
)
