"""TLS over a port of ours (`ssl` of the standard library, between two memory buffers).

asyncio's own TLS would hide two things that matter here: whether the peer is accepted is decided by the clock of the
terminal and before the handshake is answered, so that neither an octet of the application nor the end of the handshake
leaves when it is not; and the octets on the wire are counted.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from protocols.errors import LinkError
from protocols.text import Text

from ..machine import Tls
from . import tcp
from .certificates import dates_refusal
from .port import READ_OCTETS, Handler, Port

if TYPE_CHECKING:
    from cryptography import x509

HANDSHAKE_S = 10.0
"""How long a client may take; it holds a place meanwhile."""
HANDSHAKES_MAX = 256
"""At once; a thousand terminals that dial after a power cut get their turn when they dial again."""
NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME (OpenSSL x509_vfy.h): the dates are compared with our own clock instead."""
FILE_OCTETS_MAX = 1 << 20
NOT_TLS = ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST", "UNEXPECTED_MESSAGE", "BAD_RECORD_TYPE")
"""What OpenSSL calls octets that are no TLS record."""
VERIFY_REASONS: Mapping[int, str] = {
    62: "tls-wrong-name",  # X509_V_ERR_HOSTNAME_MISMATCH
    64: "tls-wrong-name",  # X509_V_ERR_IP_ADDRESS_MISMATCH
    9: "tls-not-yet-valid",  # X509_V_ERR_CERT_NOT_YET_VALID
    10: "tls-expired",  # X509_V_ERR_CERT_HAS_EXPIRED
}
"""By OpenSSL's verify code (x509_vfy.h); every other code is a chain that leads to no authority of ours."""
UNREADABLE_CA = Text("{file} 不能用作 CA 证书：{why}", "{file} cannot be used as a CA certificate: {why}")
UNREADABLE_PAIR = Text("{file} 不能用作证书与私钥：{why}", "{file} cannot be used as certificate and key: {why}")
UNREADABLE_CURE = Text(
    "需要 PEM 格式，证书与私钥须成对", "It must be PEM, and certificate and key must belong together"
)


@dataclass(frozen=True, slots=True)
class Certificates:
    """What a dialler has installed, by name: authorities that it trusts, and certificates of its own with their
    keys."""

    trusted: Mapping[str, Path] = field(default_factory=dict)
    own: Mapping[str, tuple[Path, Path]] = field(default_factory=dict)


class Handshakes:
    """Those that are under way in one process, and the octets of all that came to nothing."""

    def __init__(self) -> None:
        self._ports: set[TlsPort] = set()
        self._in = self._out = 0

    @property
    def open(self) -> int:
        """How many wait for their peers."""
        return len(self._ports)

    @property
    def octets_in(self) -> int:
        return self._in + sum(port.octets_in for port in self._ports)

    @property
    def octets_out(self) -> int:
        return self._out + sum(port.octets_out for port in self._ports)

    def begun(self, port: TlsPort) -> None:
        self._ports.add(port)

    def over(self, port: TlsPort, reason: str) -> None:
        """`reason` "": it succeeded, and whoever gets the connection counts its octets."""
        self._ports.discard(port)
        if reason:
            self._in += port.octets_in
            self._out += port.octets_out


class TlsPort:
    """`Handler` towards the raw port, `Port` towards the handler that `accept` gives once the handshake is over.

    `check` looks at the peer at that moment and says why it is refused, "" when it is not.  `ended` is told the reason,
    "" for none, when it is settled whether the connection opens.
    """

    def __init__(
        self,
        session: tuple[ssl.SSLContext, str | None],
        accept: Callable[[], Handler | None],
        check: Callable[[ssl.SSLObject], str],
        ended: Callable[[str], None],
    ) -> None:
        context, name = session
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=name is None, server_hostname=name)
        self._accept, self._check, self._ended = accept, check, ended
        self._raw: Port | None = None
        self._handler: Handler | None = None
        self._peer = ""
        self._over = self._heard = False

    @property
    def octets_in(self) -> int:
        """On the wire, the handshake included."""
        return self._raw.octets_in if self._raw is not None else 0

    @property
    def octets_out(self) -> int:
        return self._raw.octets_out if self._raw is not None else 0

    # towards the raw port

    def opened(self, port: Port, peer: str) -> None:
        self._raw, self._peer = port, peer
        self._shake()

    def received(self, data: bytes) -> None:
        self._heard = True
        self._in.write(data)
        if self._handler is None:
            self._shake()
        if self._handler is not None:
            self._read()

    def finished(self) -> bool:
        """A connection that ends without the peer's word (close_notify) is cut off: there is nothing to wait for."""
        return False

    def closed(self, reason: str) -> None:
        if self._handler is not None:
            handler, self._handler = self._handler, None
            handler.closed(reason)
        elif not self._over:  # a peer that hangs up on a handshake without a word does not know what one is
            self._refuse(reason if self._raw is None else "tls-handshake" if self._heard else "tls-not-tls")

    # towards the user

    def send(self, data: bytes) -> bool:
        if self._handler is None or self._raw is None:
            return False
        try:
            self._tls.write(data)
        except ssl.SSLError:
            return False
        return self._flush()

    def close(self, reason: str = "local") -> None:
        if self._raw is None:
            return
        if self._handler is not None:
            try:
                self._tls.unwrap()
            except ssl.SSLError:  # wants the peer's close_notify, for which nobody waits
                pass
            self._flush()
        self._raw.close(reason)

    def pause(self) -> None:
        if self._raw is not None:
            self._raw.pause()

    def resume(self) -> None:
        if self._raw is not None:
            self._raw.resume()

    def give_up(self) -> None:
        """The handshake took too long."""
        if self._handler is None and not self._over:
            self._refuse("timeout")

    # inside

    def _shake(self) -> None:
        if self._over:
            return
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return
        except ssl.SSLError as error:
            self._flush()  # the alert, so that the peer knows
            self._refuse(reason_of(error))
            return
        reason = self._check(self._tls)
        if reason:
            self._refuse(reason)
            return
        self._flush()
        self._over = True
        self._handler = self._accept()
        self._ended("")
        if self._handler is None:
            self.close()
        else:
            self._handler.opened(self, self._peer)

    def _read(self) -> None:
        try:
            while self._handler is not None and (data := self._tls.read(READ_OCTETS)):
                self._handler.received(data)
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLZeroReturnError:  # close_notify
            self.close("eof")
        except ssl.SSLError:  # damaged on the way: nothing behind it can be trusted
            self.close("reset")

    def _flush(self) -> bool:
        data = self._out.read()
        return self._raw is not None and (not data or self._raw.send(data))

    def _refuse(self, reason: str) -> None:
        self._over = True
        if self._raw is not None:
            self._raw.close(reason)
        self._ended(reason)


def reason_of(error: ssl.SSLError) -> str:
    """The reason (`machine.TLS_REASONS`) that a failed handshake stands for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return VERIFY_REASONS.get(error.verify_code, "tls-unknown-ca")
    return "tls-not-tls" if error.reason in NOT_TLS else "tls-handshake"


async def dial(
    address: str, handler: Handler, timeout_s: float, wanted: Tls, installed: Certificates, shaking: Handshakes
) -> None:
    """As `tcp.dial`, with TLS; there is no way back to the clear."""
    ca = installed.trusted.get(wanted.ca)
    try:
        context = _client(ca, installed.own.get(wanted.client))
    except LinkError:
        handler.closed("tls-unknown-ca")
        return
    settled: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def ended(reason: str) -> None:
        shaking.over(port, reason)
        if not settled.done():
            settled.set_result(reason)

    def check(tls: ssl.SSLObject) -> str:
        return _dates(tls, wanted.clock, ca)

    port = TlsPort((context, wanted.name), lambda: handler, check, ended)
    await tcp.dial(address, port, timeout_s)
    if not settled.done():
        shaking.begun(port)
    try:
        async with asyncio.timeout(timeout_s):
            reason = await settled
    except TimeoutError:
        port.give_up()
        reason = "timeout"
    except asyncio.CancelledError:
        port.give_up()
        raise
    if reason:
        handler.closed(reason)


class TlsServer:
    """How a host takes connections.  `certificate` and `key`: PEM files; `client_ca`: whose certificates the diallers
    must have (valid by the system's clock), None for none.  Raises `LinkError` for files that cannot be used."""

    def __init__(self, certificate: Path, key: Path, client_ca: Path | None = None) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if client_ca is not None:
            # In TLS 1.3 a client learns that it was refused only after it may have sent its request.
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.verify_mode = ssl.CERT_REQUIRED
            _load(context.load_verify_locations, client_ca, UNREADABLE_CA)
        _load(lambda file: context.load_cert_chain(file, key), certificate, UNREADABLE_PAIR)
        self._context = context

    def accepting(self, accept: Callable[[], Handler | None], shaking: Handshakes) -> Callable[[], Handler | None]:
        """For `tcp.listen`: `accept` is asked when the handshake is over."""

        def begin() -> Handler | None:
            if shaking.open >= HANDSHAKES_MAX:
                return None

            def over(reason: str) -> None:
                late.cancel()  # or it would keep the buffers of a connection that is long gone
                shaking.over(port, reason)

            port = TlsPort((self._context, None), accept, lambda tls: "", over)
            late = asyncio.get_running_loop().call_later(HANDSHAKE_S, port.give_up)
            shaking.begun(port)
            return port

        return begin


def _client(ca: Path | None, own: tuple[Path, Path] | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= NO_CHECK_TIME
    if ca is not None:  # without one nobody is trusted
        _load(context.load_verify_locations, ca, UNREADABLE_CA)
    if own is not None:
        _load(lambda file: context.load_cert_chain(file, own[1]), own[0], UNREADABLE_PAIR)
    return context


def check_files(installed: Certificates) -> None:
    """Raises `LinkError` for a file that cannot be used: better at the start than at the first dial."""
    for ca in installed.trusted.values():
        _client(ca, None)
    for own in installed.own.values():
        _client(None, own)


def _load(load: Callable[[Path], object], file: Path, unreadable: Text) -> None:
    try:
        load(file)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise LinkError(unreadable.format(file=file, why=why), UNREADABLE_CURE) from error


def _dates(tls: ssl.SSLObject, clock: datetime, ca: Path | None) -> str:
    """The dates of what the peer has shown, and of the authority that signed it."""
    shown = tls.getpeercert(binary_form=True)
    if shown is None:
        return ""
    from cryptography import x509  # a native part: where it cannot be loaded, lines without TLS work all the same

    certificate = x509.load_der_x509_certificate(shown)
    chain = [certificate, *(one for one in _authorities(ca) if one.subject == certificate.issuer)]
    now = clock.astimezone(UTC)
    found = (dates_refusal(one.not_valid_before_utc, one.not_valid_after_utc, now) for one in chain)
    return next(filter(None, found), "")


def _authorities(ca: Path | None) -> list[x509.Certificate]:
    from cryptography import x509

    return [] if ca is None else x509.load_pem_x509_certificates(ca.read_bytes()[:FILE_OCTETS_MAX])
