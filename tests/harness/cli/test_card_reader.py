"""`posrig card` where a card or a command line is wrong: what is said, before anything is started."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from harness.cli import main


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("nosuch",), "there is no chip card nosuch"),
        (("nowhere.toml",), "nowhere.toml cannot be read"),
        (("debit", "--fault", "mut"), "the nearest is mute"),
    ],
)
def test_a_wrong_card_or_fault_is_told_before_a_pcscd_is_started(
    wrong: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that reads the first line for PCSCLITE_CSOCK_NAME gets none that is gone a moment later."""
    monkeypatch.setenv("POSRIG_LANG", "en")
    result = CliRunner().invoke(main, ["card", "serve", *wrong, "--private"])
    written = capfd.readouterr()
    assert result.exit_code == 2
    assert "PCSCLITE_CSOCK_NAME" not in result.stdout + written.out
    assert said in result.stderr + written.err


def test_a_group_without_a_command_shows_its_help_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSRIG_LANG", "en")
    result = CliRunner().invoke(main, ["card"])
    assert result.exit_code == 2
    assert result.output == CliRunner().invoke(main, ["card", "--help"]).output
