"""Family E (软件): lost records, leaks."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "E6",
        Text("数据未备份，交易记录丢失", "Records are lost"),
        {"records_lost": PROVES, "host_has_more": PROVES, "list_asked_for": TYPICAL},
        ("local_poll", "both_ends"),
        Text("商户与服务商", "merchant and provider"),
        Text(
            "恢复校验无误的备份，其余据主机流水补录并核对",
            "Restore a backup that verifies, take the rest from the host's list, reconcile",
        ),
        rungs=(4, 9),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "E7",
        Text("信息泄露", "Card data leaks"),
        {"leak": PROVES, "clear_line": PROVES, "code_99": TYPICAL, "undecided": FITS},
        ("both_ends",),
        Text("服务商与终端厂商", "provider and maker"),
        Text(
            "关闭调试开关：磁道与密码加密，卡号屏蔽，备份加密，启用 TLS",
            "Switch it off: encipher track and PIN, mask the number, encrypt the backup, TLS on",
        ),
        rungs=(6, 9),
        hidden_from=frozenset(("host", "register")),
    ),
)
