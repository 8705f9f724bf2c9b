"""Family E (软件): versions, crashes, updates."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, RULES_OUT, TYPICAL, Cause

ASKED = {
    "update_asked": TYPICAL,
    "stopped_until_updated": TYPICAL,
    "code_58": TYPICAL,
    "stopped_by_version": FITS,
    "stopped_by_model": RULES_OUT,
}
"""What a version that is too old and one that is vulnerable have in common."""

CAUSES: tuple[Cause, ...] = (
    Cause(
        "E1",
        Text("未及时更新，应用版本过旧", "Not updated in time: the application version is too old"),
        {**ASKED, "version_outdated": PROVES, "older_is_served": RULES_OUT},
        ("provider_status", "control_set"),
        Text("操作员", "the operator"),
        Text("更新应用并保留数据，然后签到", "Update the application, keeping the data, then sign in"),
        rungs=(6,),
    ),
    Cause(
        "E2",
        Text("系统或应用崩溃", "A crash of system or application"),
        {
            "crashed": PROVES,
            "crash_logged": TYPICAL,
            "broken_off": TYPICAL,
            "silent_since": TYPICAL,
            "undecided": FITS,
        },
        ("local_poll", "both_ends"),
        Text("操作员；反复崩溃则重装软件", "the operator; where it goes on crashing, whoever installs the software"),
        Text(
            "重启终端，冲正送达后重做；反复崩溃则重装软件，保留数据",
            "Restart it and repeat the sale once the reversal is delivered; if it goes on, install the software again, "
            "keeping the data",
        ),
        rungs=(3, 4, 6),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "E3",
        Text("应用版本有安全漏洞", "The application version is vulnerable"),
        {**ASKED, "version_vulnerable": PROVES},
        ("provider_status", "control_set"),
        Text("操作员", "the operator"),
        Text("立即更新应用，然后签到", "Update the application at once, then sign in"),
        rungs=(6,),
    ),
    Cause(
        "E5",
        Text("升级不当或中断", "An update went wrong, or broke off"),
        {
            "package_refused": PROVES,
            "update_broken_off": PROVES,
            "version_rolled_back": PROVES,
            "worse_since_update": PROVES,
        },
        ("local_poll",),
        Text("操作员；升级包有误的由服务商更换", "the operator; a bad package is the provider's to replace"),
        Text(
            "原版本仍可用：退回原版本，换用正确的升级包重试",
            "The old version is still there: go back to it, then try again with the right package",
        ),
        rungs=(6,),
        hidden_from=frozenset(("host",)),
    ),
)
