"""Terminals that their provider does not let sell, each with host, portal and terminal as processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from .situations import START_S, VISIT_S, Counter, counter

MID, SN = "898520154110004", "SN00000001"
PARTS = "computer,port,protocol,identity,activation"
ITEMS = ["licence", "identity", "account"]
MERCHANT = {"name": "Noodle house", "licence": "91310000MA1FL00001"}
pytestmark = pytest.mark.timeout(VISIT_S + 4 * START_S)


def ready(at: Counter) -> None:
    at.start_host()
    at.start_terminal("--ready", "--host", at.host, "--terminal", str(at.folder / "shop.toml"))


def held(kind: str, subject: str = f"merchant:{MID}", **facts: Any) -> Callable[[Counter], None]:
    def prepare(at: Counter) -> None:
        ready(at)
        at.host_ctl("hold", f"kind={kind}", f"subject={subject}", *(f"facts.{key}={one}" for key, one in facts.items()))

    return prepare


def applied(at: Counter) -> str:
    """Nobody's device yet; the number of the application."""
    at.start_host()
    told = at.ask_portal("apply", merchant=MERCHANT, model="CT-100", items=ITEMS)
    at.answers["activation.application"] = told["application"]
    at.start_terminal("--at", "connected", "--host", at.host)
    return str(told["application"])


def rejected(at: Counter) -> None:
    at.host_ctl("review", f"application={applied(at)}", "decision=reject", "reason=no shop there")


def incomplete(at: Counter) -> None:
    at.host_ctl("review", f"application={applied(at)}", "decision=incomplete", "reason=incomplete")


def nobody_applied(at: Counter) -> None:
    at.start_host()
    at.start_terminal("--at", "connected", "--host", at.host)


def wrong_key(at: Counter) -> None:
    at.start_host()
    shop = at.folder / "other.toml"
    text = (at.folder / "shop.toml").read_text("utf-8").replace("159D86", "259D86").replace('kcv = "6C07"\n', "")
    shop.write_text(text, encoding="utf-8")
    at.start_terminal("--at", "keyed", "--host", at.host, "--terminal", str(shop))


CASES: Mapping[str, tuple[Callable[[Counter], None], str, str]] = {
    "fees": (held("fees_owed"), "fees_owed", "merchant"),
    "check": (held("risk_check"), "risk_check", "merchant"),
    "pause": (held("paused"), "paused", "merchant"),
    "model": (held("model_suspended", "model:CT-100"), "model_suspended", "acquirer"),
    "rejected": (rejected, "review_rejected", "merchant"),
    "incomplete": (incomplete, "documents_missing", "merchant"),
    "nobody": (nobody_applied, "no_application", "merchant"),
    "wrong_key": (wrong_key, "key_wrong", "acquirer"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_provider_has_against_it_is_told_with_who_must_act(name: str, tmp_path: Path) -> None:
    prepare, fault, actor = CASES[name]
    with counter(tmp_path) as at:
        prepare(at)
        status, record, said = at.check("zh", "--only", PARTS)
        failed = [check["fault"] for check in record["checks"] if check["fault"]]
        assert [one["id"] for one in failed] == [fault], said
        assert (status, failed[0]["actor"], failed[0]["retry"]) == (1, actor, False)
        assert record["conclusion"]["actor"] == actor
