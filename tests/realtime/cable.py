"""The cable is pulled, or the terminal's power fails, at every piece of a sale, in every protocol: ledger, batch and
receipts agree afterwards, nothing is sold twice, and nobody was told what is not so."""

from __future__ import annotations

import pytest

from tests.proofs.cable import PROTOCOLS, WAYS, pieces_of, survive_cable


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_cable_that_is_pulled_anywhere(protocol: str, way: str) -> None:
    pieces = pieces_of(protocol)
    assert pieces >= 4, "a request, a result, and what acknowledges them"
    for at in range(1, pieces + 1):
        try:
            survive_cable(protocol, way, at)
        except AssertionError as error:
            raise AssertionError(f"{protocol}, {way} at piece {at} of {pieces}: {error}") from error
