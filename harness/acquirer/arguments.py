"""The arguments of every request of portal and control; the functions say what they mean."""

from __future__ import annotations

from collections.abc import Mapping

from ..arguments import Takes, takes
from .behaviours import BEHAVIOURS

_SETTINGS = tuple(dict.fromkeys(key for kind in BEHAVIOURS.values() for key in kind.settings))
_OF_PERIOD = takes("", "back")
_REPORT = takes("sn status", "reference")
_IDLE: Mapping[str, Takes] = {"idle": takes("", "mid"), "silent": takes("", "minutes")}

_LOTS = takes("", "lot")

PORTAL_TAKES: Mapping[str, Takes] = {
    "apply": takes("merchant", "model items sn account_of"),
    "progress": takes("application"),
    "supply": takes("", "application mid items merchant"),
    "resubmit": takes("application", "items merchant"),
    "withdraw": takes("application"),
    "renew_code": takes("application"),
    "bind": takes("application sn"),
    "unbind": takes("sn"),
    "status": takes("", "sn mid"),
    "raise_limit": takes("mid amount_fen", "items"),
    "invoices": takes("mid"),
    "pay": takes("mid", "invoice amount_fen"),
    "instant_payout": takes("mid amount_fen order"),
    "payouts": takes("mid"),
    "appeal": takes("case"),
    "material": takes("appeal", "items"),
    "appeal_status": takes("appeal"),
    "pause": takes("mid", "reason"),
    "unpause": takes("mid"),
    "account": takes("application"),
    "statement": takes("sn"),
    "batch_list": takes("sn", "batch mid"),
    "fee_statement": takes("mid", "date"),
    "report": _REPORT,
    "loss": takes("sn"),
    "lots": _LOTS,
    "quality": _OF_PERIOD,
    "versions": takes("", "model"),
    "notices": takes("", "sn mid"),
    "draft": takes("", "form model sn account_of"),
    "save_step": takes("application step", "merchant items"),
    "resume": takes("application", "form"),
    "expedite": takes("application"),
    "replacement": takes("application reason"),
    "track": takes("", "parcel sn"),
    "report_damage": takes("sn part"),
    **_IDLE,
}
CONTROL_TAKES: Mapping[str, Takes] = {
    "provision": takes("merchant"),
    "issue_tmk": takes("sn"),
    "snapshot": takes(),
    "unresolved": takes(),
    "review": takes("application decision", "reason items"),
    "cause": Takes(("behaviour",), _SETTINGS),
    "heal": takes("", "behaviour"),
    "hold": takes("kind subject", "facts"),
    "release": takes("case", "why"),
    "lots": _LOTS,
    "lot": takes("lot sns"),
    "demand_status": takes(),
    "recall": takes("lot"),
    "enable_account": takes("mid", "enabled"),
    "report": _REPORT,
    "quality": _OF_PERIOD,
    "company": takes("licence name"),
    "recheck": takes("mid", "lapsed"),
    "pack": takes("application sn"),
    "parcel_lost": takes("", "parcel sn"),
    "merchant": takes("mid status", "reason"),
    "announce": takes("kind", "subject from_us until_us cut_off_us facts"),
    "call_off": takes("notice"),
    "certificate": takes("model version", "from_us until_us revoked_us reason"),
    "need_certificates": takes("model", "from_us"),
    "model_ciphers": takes("model ciphers"),
    "complain": takes("subject"),
    "deregister": takes("sn", "delete"),
    "upgrade": takes("version", "breaks code minimum"),
    "demand_version": takes("wanted", "model minimum"),
    "mark_vulnerable": takes("version", "model"),
    "publish": takes("model version", "flaw"),
    "risk_rules": takes("rules"),
    "contract": takes("", "application mid rent_fen data_fen deposit_fen prices"),
    "show_code": takes("", "wallet valid_us"),
    "decide_appeal": takes("appeal decision", "reason"),
    "cards": takes(),
    "block_card": takes("pan", "why"),
    **_IDLE,
}
