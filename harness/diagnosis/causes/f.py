"""Family F, network (网络)."""

from __future__ import annotations

from protocols.text import Text

from .cause import AGAINST, FITS, PROVES, RULES_OUT, TYPICAL, Cause

LINE = Text("网络运营商或安装人员", "the network operator, or whoever installed the terminal")
UNANSWERED = {
    "no_answer": TYPICAL,
    "reversal_98": TYPICAL,
    "undecided": FITS,
    "reversal_25": TYPICAL,
    "reversal_00": TYPICAL,
    "outcomes_mixed": TYPICAL,
}
"""A request or its reply did not arrive: what the line did to it nobody can say from one side."""

CAUSES: tuple[Cause, ...] = (
    Cause(
        "F1",
        Text("无法连接", "No connection"),
        {
            "no_route": TYPICAL,
            "name_unknown": PROVES,
            "dial_unanswered": TYPICAL,
            "no_line": TYPICAL,
            "tls_refused": PROVES,
            "connection_refused": TYPICAL,
            "settings_changed": PROVES,
            "refused_alone": PROVES,
            "other_address_fails": PROVES,
            "other_address_works": FITS,
            "inside_window": AGAINST,
            "gone_for_all": AGAINST,
            "powered_together": RULES_OUT,
        },
        ("both_ends", "other_address"),
        LINE,
        Text(
            "换有线网络，或在终端菜单中改正地址、端口、APN、证书",
            "Take a wired line, or correct address, port, access point or certificate at the terminal's menu",
        ),
        rungs=(8,),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "F2",
        Text("网络不稳定、信号弱", "An unstable line, a weak signal"),
        {
            **UNANSWERED,
            "losses_scattered": PROVES,
            "reversals_repeated": TYPICAL,
            "line_slow": AGAINST,
            "octets_differ": AGAINST,
            "powered_together": RULES_OUT,
        },
        ("both_ends", "echo_series"),
        LINE,
        Text("换有线网络或移到信号好的位置", "Take a wired line, or a place with a better signal"),
        rungs=(8,),
    ),
    Cause(
        "F3",
        Text("网络延迟", "A slow line"),
        {
            **UNANSWERED,
            "line_slow": PROVES,
            "answers_slow": TYPICAL,
            "noise_at_host": TYPICAL,
            "powered_together": RULES_OUT,
        },
        ("both_ends", "echo_series"),
        LINE,
        Text("换更快的线路，或放宽终端的等待时限", "Take a faster line, or let the terminal wait longer"),
        rungs=(8,),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "F4",
        Text("数据在传输中损坏或截断", "Data damaged or cut off on the line"),
        {
            **UNANSWERED,
            "octets_differ": PROVES,
            "line_slow": AGAINST,
            "reply_noise": TYPICAL,
            "noise_at_host": TYPICAL,
            "reply_mac_bad": TYPICAL,
            "code_a0": TYPICAL,
            "code_30": TYPICAL,
            "tls_refused": RULES_OUT,
            "powered_together": RULES_OUT,
        },
        ("both_ends", "one_more_sale"),
        LINE,
        Text(
            "换一条干净的线路；冲正送达后以新流水号重做",
            "Take a clean line; once the reversal is delivered, repeat the sale under a new trace number",
        ),
        rungs=(8,),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "F5",
        Text("请求或应答丢失", "A request or a reply was lost"),
        {
            "no_answer": TYPICAL,
            "reversal_98": TYPICAL,
            "undecided": FITS,
            "request_lost": PROVES,
            "reply_lost": PROVES,
            "reply_cut": TYPICAL,
            "reversal_25": TYPICAL,
            "reversal_00": TYPICAL,
            "line_carried_again": FITS,
            "outcomes_mixed": TYPICAL,
            "losses_scattered": RULES_OUT,
            "line_slow": RULES_OUT,
            "octets_differ": RULES_OUT,
            "clear_line": RULES_OUT,
            "powered_together": RULES_OUT,
        },
        ("one_more_sale", "both_ends", "notices"),
        Text("操作员", "the operator"),
        Text(
            "等待冲正送达，再重做该笔交易；不要用原流水号重发",
            "Let the reversal be delivered, then repeat the sale as a new one (never under the same trace number)",
        ),
        rungs=(8,),
        hidden_from=frozenset(("host",)),
    ),
)
