"""The pytest plugin as a project of somebody else sees it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import harness.pytest_plugin  # noqa: F401  loaded before pytester looks, as what follows
from harness.bench import emulated  # noqa: F401  see load_everything
from harness.bench.standing import StandingTerminal
from harness.console.opening import open_by_name
from harness.console.rig import Rig
from harness.fixtures import dialect_names, fixtures_dir

pytest_plugins = ["pytester"]

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "pytest.md"


def examples() -> list[str]:
    """The Python blocks of the documentation."""
    return re.findall(r"```python\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def load_everything() -> None:
    """pytester unloads what its runs have loaded, and cryptography cannot be loaded twice in one process."""
    rig = Rig(open_by_name("simulated", "cup", "countertop", 1))
    rig.sale(1_00)
    rig.judge()
    rig.diagnose()
    rig.transcript()
    rig.close()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSRIG_LANG", "en")


def run(pytester: pytest.Pytester, text: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(text)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "--strict-markers", *arguments)


@pytest.mark.parametrize("dialect", dialect_names())
def test_three_business_days_settle_under_three_batches(dialect: str) -> None:
    rig = Rig(open_by_name("simulated", dialect, "countertop", 1))
    batches = []
    for day in range(3):
        assert rig.sale(100 + day).done
        settled = rig.settle()
        assert settled.done, settled
        batches.append(settled.batch)
        assert rig.sign_in().done
    assert batches == ["000001", "000002", "000003"]
    assert [verdict.judge for verdict in rig.judge() if not verdict.ok] == []
    rig.close()


def test_the_rig_is_ready_under_every_dialect(pytester: pytest.Pytester) -> None:
    text = f"""
        import pytest

        @pytest.mark.parametrize("name", [
            pytest.param(name, marks=pytest.mark.posrig(dialect=name)) for name in {dialect_names()!r}
        ])
        def test_sale(posrig_rig, name):
            assert posrig_rig.sale(100).done and posrig_rig.complete(posrig_rig.preauth(200)).done
    """
    run(pytester, text).assert_outcomes(passed=len(dialect_names()))


def test_the_transcript_of_a_healthy_sale_reports_no_loss() -> None:
    rig = Rig(open_by_name("simulated", "cup", "countertop", 1))
    assert rig.sale(1_00).done
    told = rig.transcript().splitlines()
    assert len(told) > 10
    assert [line for line in told if line.startswith("!!")] == []
    rig.close()


def test_the_documentation_begins_with_five_lines() -> None:
    assert len(examples()[0].splitlines()) == 5


@pytest.mark.parametrize("number", range(len(examples())))
def test_the_documentation_runs_as_it_stands(number: int, pytester: pytest.Pytester) -> None:
    run(pytester, examples()[number]).assert_outcomes(passed=1)


def test_a_day_in_a_shop(pytester: pytest.Pytester) -> None:
    text = """
        def test_day(posrig_rig, posrig_host, posrig_terminal):
            first, second = posrig_rig.sale(10_00), posrig_rig.sale(25_50, card="tap")
            assert (first.amount_fen, second.amount_fen) == (10_00, 25_50)
            assert int(second.stan) > int(first.stan)
            assert posrig_rig.void(second).done
            assert posrig_rig.refund(first, 3_00).done
            assert sum(posting["net_fen"] for posting in posrig_host.postings) == 7_00
            assert sum(posrig_host.ledger.values()) == 0
            assert posrig_rig.register.last().done
            kinds = [slip["kind"] for slip in posrig_terminal.slips]
            assert kinds == ["sale", "sale", "void", "refund"]
            assert posrig_rig.settle().done
            refused = posrig_rig.sale(1_00)
            assert (refused.status, refused.cause) == ("refused", "not_signed_in")
            assert posrig_terminal.display.en
            assert posrig_rig.sign_in().done
            posrig_terminal.cut_power()
            assert posrig_rig.sale(1_00).done
            assert posrig_rig.sign_off().done
            assert posrig_terminal.status()["life_cycle"] == "signed_off"
            assert not [one for one in posrig_rig.judge() if one.ok is False]
    """
    run(pytester, text).assert_outcomes(passed=1)


def test_a_failing_test_shows_seed_command_and_transcript(pytester: pytest.Pytester) -> None:
    text = """
        import pytest
        @pytest.mark.posrig(seed=7, faults=["drop:stream=downstream,frame=1"])
        def test_it(posrig_rig):
            assert posrig_rig.sale(5_00).done
    """
    result = run(pytester, text)
    result.assert_outcomes(failed=1)
    name = "test_a_failing_test_shows_seed_command_and_transcript.py::test_it"
    result.stdout.fnmatch_lines(
        [
            "*- posrig -*",
            f"seed 7; run it again: pytest '{name}' --posrig-seed 7",
            "*0200 sale*5.00*",
            "*0210 sale*lost*",
        ]
    )
    result = run(pytester, text, "--posrig-seed", "11")
    result.stdout.fnmatch_lines(["seed 11; run it again:*--posrig-seed 11"])


def test_the_seed_of_the_command_line_makes_the_run(pytester: pytest.Pytester) -> None:
    text = """
        import pathlib
        def test_it(posrig_rig):
            posrig_rig.sale(5_00)
            with pathlib.Path("hex").open("a") as file:
                file.write(str(hash(tuple(e.line() for e in posrig_rig.trace if e.kind == "bytes"))) + "\\n")
    """
    for seed in ("4", "4", "5"):
        run(pytester, text, "--posrig-seed", seed).assert_outcomes(passed=1)
    first, again, other = (pytester.path / "hex").read_text(encoding="utf-8").split()
    assert first == again
    assert first != other


BUGGED = """
    import pytest
    @pytest.mark.posrig(faults=["give_up_silently", "drop:stream=downstream,times=40"], judge={judge})
    def test_it(posrig_rig):
        posrig_rig.sale(5_00)
        posrig_rig.sale(6_00)
"""


def test_the_judges_look_at_every_rig(pytester: pytest.Pytester) -> None:
    """A seeded bug of the terminal: it forgets a reversal that nobody answers, and the sale stays booked."""
    result = run(pytester, BUGGED.format(judge=True))
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["posrig: what must hold after every test does not:"])
    run(pytester, BUGGED.format(judge=False)).assert_outcomes(passed=1)


def test_a_row_of_the_catalogue(pytester: pytest.Pytester) -> None:
    text = """
        def test_good(posrig_scenario):
            assert posrig_scenario("A1").diagnosis == "A1"
        def test_wrong(posrig_scenario):
            posrig_scenario("A99")
    """
    result = run(pytester, text)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*There is no scenario A99*"])


def test_a_scenario_of_ones_own_is_named_by_its_path_from_the_test_file(pytester: pytest.Pytester) -> None:
    shipped = (fixtures_dir() / "scenarios" / "A7.toml").read_text(encoding="utf-8")
    (pytester.mkdir("own") / "mine.toml").write_text(shipped.replace('"A7"', '"MINE"', 1), encoding="utf-8")
    text = """
        def test_good(posrig_scenario):
            result = posrig_scenario("own/mine.toml")
            assert (result.id, result.diagnosis) == ("MINE", "A7")
        def test_wrong(posrig_scenario):
            posrig_scenario("own/none.toml")
    """
    result = run(pytester, text)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*none.toml cannot be read*"])


def test_a_row_that_fails_shows_why(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.scenarios import load

    wrong = load.load_scenario("A1").model_copy(update={"diagnosis": "F5"})
    monkeypatch.setattr(load, "load_scenario", lambda name: wrong)
    result = run(pytester, "def test_it(posrig_scenario):\n    posrig_scenario('A1')\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["posrig A1:", "*expected F5, found A1*", "*- posrig -*", "seed 1; run it again:*"])


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ("sede=1", "the marker posrig has no sede; the nearest is seed"),
        ("1", "the marker posrig takes keywords"),
        ("seed=-1", "the seed -1 is no integer"),
        ("seed='1'", "the seed '1' is no integer"),
        ("faults=['drap']", "drap"),
        ("dialect='cupp'", "cupp"),
        ("profile='x'", "x"),
    ],
)
def test_a_wrong_marker_is_named(marker: str, says: str, pytester: pytest.Pytester) -> None:
    text = f"import pytest\n@pytest.mark.posrig({marker})\ndef test_it(posrig_rig): pass\n"
    result = run(pytester, text)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{says}*"])


def test_the_same_test_on_real_processes(pytester: pytest.Pytester) -> None:
    text = examples()[0] + "\n    assert posrig_rig.bench.kind == 'emulated'\n"
    run(pytester, text, "--posrig-bench", "emulated").assert_outcomes(passed=1)


def test_options_and_marker_are_announced(pytester: pytest.Pytester) -> None:
    result = run(pytester, "", "--help")
    result.stdout.fnmatch_lines(["*--posrig-seed=N*", "*--posrig-bench=*"])
    run(pytester, "", "--markers").stdout.fnmatch_lines(["@pytest.mark.posrig(seed=1, faults=*"])


def test_where_the_chip_cards_are(pytester: pytest.Pytester) -> None:
    """The ini file says it for a suite, the marker for a test; without chips their facade says how to get them."""
    pytester.makeini("[pytest]\nposrig_cards = chip\n")
    text = """
        import pytest
        from protocols.errors import LocalError

        def test_chips(posrig_rig):
            assert posrig_rig.sale(1_00, how="tap").done
            assert "first_ac" in [step["what"] for step in posrig_rig.card.steps]
            assert posrig_rig.card.status()["atc"] == 1

        @pytest.mark.posrig(cards="none")
        def test_none(posrig_rig):
            assert posrig_rig.sale(1_00).done and posrig_rig.card.commands == []
            with pytest.raises(LocalError, match="no chip cards"):
                posrig_rig.card.cause("mute")

        @pytest.mark.posrig(cards="pcs")
        def test_wrong(posrig_rig):
            pass
    """
    result = run(pytester, text)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*no cards 'pcs'; the nearest is pcsc*"])


AT_THE_TILL = """
    def test_the_till(posrig_register):
        sale = posrig_register.sale(1_00)
        assert sale.done and sale.amount_fen == 1_00
        assert posrig_register.last().stan == sale.stan
        print("spoke", posrig_register.protocol, "at", posrig_register.port)
        assert "sale" in posrig_register.operations and not posrig_register.ask("void", stan="999999").done
"""


def test_a_register_drives_an_emulated_terminal_where_none_is_named(pytester: pytest.Pytester) -> None:
    run(pytester, AT_THE_TILL, "-s").assert_outcomes(passed=1)
    result = run(pytester, AT_THE_TILL, "-s", "--posrig-protocol", "zvt")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*spoke zvt at /dev/pts/*"])


def test_a_register_drives_the_terminal_at_the_port_that_is_named(pytester: pytest.Pytester) -> None:
    with StandingTerminal() as terminal:
        result = run(pytester, AT_THE_TILL, "-s", "--posrig-port", terminal.port)
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines([f"*spoke mispos-b at {terminal.port}*"])
        assert [entry["amount_fen"] for entry in terminal.ask("control", "snapshot")["entries"]] == [1_00]


def test_a_register_without_a_terminal_says_so_in_one_sentence(pytester: pytest.Pytester) -> None:
    result = run(pytester, AT_THE_TILL, "--posrig-port", "/dev/no-such-port")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*posrig: cannot open serial port /dev/no-such-port*"])


def test_a_failing_test_at_the_till_tells_what_was_said(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_it(posrig_register):\n    assert posrig_register.sale(7_00).stan == 'x'\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*mispos-b at *", "*sale*"])
