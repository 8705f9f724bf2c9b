"""A card in a virtual reader behind a real pcscd, through the reader link.  `symptoms.py` has what takes longer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from harness.bench.virtual_reader import VirtualReader
from harness.links.pcsc import Card, choose, readers

PROFILE = json.loads((Path(__file__).parents[1] / "protocols/vectors/emv.json").read_text())["card_profile"][0]
SELECT_PSE = "00A404000E315041592E5359532E444446303100"


def test_the_published_test_card_reads_as_published(posrig_reader: VirtualReader) -> None:
    name = posrig_reader.insert("pboc-test")
    found = choose(readers(), "posrig virtual reader")
    assert (found.name, found.present, found.contactless, found.mute) == (name, True, False, False)
    with Card(name) as card:
        assert card.protocol == 1
        assert card.transmit(bytes.fromhex(SELECT_PSE)).hex().upper() == PROFILE["pse_fci"] + "9000"
        select = "00A4040008" + PROFILE["aid"] + "00"
        assert card.transmit(bytes.fromhex(select)).hex().upper() == PROFILE["fci_contact"] + "9000"
        for place, record in PROFILE["records"].items():
            sfi, number = map(int, place.split("/"))
            if sfi <= 4:  # beyond these READ RECORD asks for more than the profile says
                command = bytes((0x00, 0xB2, number, sfi << 3 | 4, 0))
                assert card.transmit(command).hex().upper() == record + "9000", place
    posrig_reader.pull()
    assert not choose(readers(), name).present


def test_posrig_reader_check_finds_card_and_reader_good(posrig_reader: VirtualReader) -> None:
    posrig_reader.insert("debit")
    ran = subprocess.run(
        [sys.executable, "-m", "harness.cli", "reader", "check", "--reads", "20", "--json", "-"],
        capture_output=True,
        text=True,
        env={**os.environ, "PCSCLITE_CSOCK_NAME": posrig_reader.socket},
        timeout=50,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    report = json.loads(ran.stdout)
    lines = {line["id"]: line for line in report["lines"]}
    assert report["good"] and report["reader"] == posrig_reader.contact
    assert lines["selects"]["timing"]["trials"] == 20 and lines["selects"]["timing"]["errors"] == 0
    assert round(lines["selects"]["timing"]["high"], 4) == 0.1684  # Clopper and Pearson: 1 - 0.025 ** (1 / 20)
    assert "6212142000000000012" in lines["card"]["found"]["en"]
