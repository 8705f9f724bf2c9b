"""A certificate authority for tests: keys and certificates are made when a bench begins and are gone with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KEY_MODE = 0o600
CA_FROM, CA_UNTIL = datetime(1999, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
"""The authority itself is always valid: what goes wrong with dates goes wrong with what it signed."""


class Authority:
    """Signs with a key of its own (ECDSA, P-256) that lives in memory only."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(f"posrig {name}")
        only = x509.BasicConstraints(ca=True, path_length=0)
        builder = _begun(self._name, self._name, self._key.public_key(), CA_FROM, CA_UNTIL)
        self._certificate = builder.add_extension(only, critical=True).sign(self._key, hashes.SHA256())

    def write(self, file: Path) -> Path:
        """Its certificate, PEM."""
        file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        return file

    def issue(
        self, stem: Path, name: str, not_before: datetime, not_after: datetime, client: bool = False
    ) -> tuple[Path, Path]:
        """A certificate for the host `name` (or a client), with a new key: the PEM files `stem`.crt and `stem`.key."""
        key = ec.generate_private_key(ec.SECP256R1())
        use = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
        certificate = (
            _begun(_name(name), self._name, key.public_key(), not_before, not_after)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        shown, secret = stem.with_suffix(".crt"), stem.with_suffix(".key")
        shown.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        secret.touch(mode=KEY_MODE)
        pem, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, pem, plain))
        return shown, secret


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        .not_valid_before(not_before.astimezone(UTC))
        .not_valid_after(not_after.astimezone(UTC))
    )
