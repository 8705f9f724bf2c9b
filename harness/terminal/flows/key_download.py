"""Remote download of the master key (主密钥远程下载): RSA key (352), TMK under a transport key of ours (350), 351.

Nothing is kept until the host has confirmed 351, so that a power cut on the way leaves the old key.  F11 is absent in
all three.  Source: PAX TransTmkDownload, CardInfoLink's client.
"""

from __future__ import annotations

from protocols.errors import PosrigError
from protocols.unionpay import download
from protocols.unionpay.message import Value

from ..desk import Desk
from ..outcome import Outcome, declined, done
from ..wants import Order, Reply, Step
from .common import ask, failure


def download_master_key(desk: Desk, order: Order) -> Step[Outcome]:
    """The TMK of this terminal, checked by its KCV; the next operation is the sign-in."""
    algorithm = desk.dialect.key_algorithm
    answered = yield from ask(desk, "tmk_rsa_key", stan=False)
    bad = failure(order.op, answered)
    if bad is not None:
        return bad
    assert isinstance(answered, Reply)
    transport = desk.settings.rng.randbytes(download.TRANSPORT_KEY_OCTETS)
    try:
        rsa = download.parse_rsa_key(answered.message.octets(62) or b"")
        request = download.request_tmk(rsa, transport, algorithm)
    except PosrigError as error:
        return _unusable(order, error)
    extra: dict[int, Value] = {62: download.build_tmk_request(request)}
    answered = yield from ask(desk, "tmk_download", extra, stan=False)
    bad = failure(order.op, answered)
    if bad is not None:
        return bad
    assert isinstance(answered, Reply)
    try:
        tmk = download.open_tmk(download.parse_tmk_reply(answered.message.octets(62) or b""), transport, algorithm)
    except PosrigError as error:
        return _unusable(order, error)
    answered = yield from ask(desk, "tmk_activate", stan=False)
    bad = failure(order.op, answered)
    if bad is not None:
        return bad
    sealed = desk.vault.sealed(tmk)
    desk.save({"kind": "tmk", "tmk": sealed, "working_keys": "", "signed_in": False}, events=("tmk_loaded",))
    return done(order.op)


def _unusable(order: Order, error: PosrigError) -> Outcome:
    """The host said 00, and what it sent is no key: nothing is loaded."""
    result = declined(order.op, "00", "kcv_mismatch")
    return {**result, "text": {"zh": error.what.zh, "en": error.what.en}}
