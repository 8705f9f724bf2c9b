"""The secure element: keys go in, cryptograms come out.  Keys leave it under the storage key or under the TMK only."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from hmac import new as keyed_hash

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocols import ciphers
from protocols.errors import PosrigError
from protocols.unionpay import keys, mac, pin, track
from protocols.unionpay.dialect import Dialect
from protocols.unionpay.keys import WorkingKeys

from .state import State

KCV_DIGITS_MIN = 4
"""Components are checked with at least two octets."""


def combined(components: Sequence[str], kcv: str, dialect: Dialect) -> bytes | None:
    """The TMK of its components (hex), None when the check value (4 to 16 hex digits, a prefix) does not match.

    Raises PosrigError or ValueError for components that are no keys.
    """
    parts = [bytes.fromhex(part) for part in components]
    tmk = parts[0] if len(parts) == 1 else ciphers.combine_components(*parts)
    found = ciphers.kcv(tmk, dialect.key_algorithm, 8).hex().upper()
    if not KCV_DIGITS_MIN <= len(kcv) <= len(found) or not compare_digest(found[: len(kcv)], kcv.upper()):
        return None
    return tmk


class Vault:
    """Works on the keys in `state`; the clear keys of one session are held here and nowhere else."""

    def __init__(self, dialect: Dialect, storage_key: bytes) -> None:
        self.dialect = dialect
        self._storage = ciphers.cipher_for(storage_key, "3des")
        self._storage_key = storage_key
        self._opened: tuple[tuple[str, str], WorkingKeys | None] = (("", ""), None)

    def sealed(self, tmk: bytes) -> str:
        """`tmk` under the storage key, hex."""
        return self._storage.encrypt(tmk).hex().upper()

    def working_keys(self, state: State, f62: bytes) -> WorkingKeys:
        """The keys in the F62 of a sign-in reply, by whichever of the dialect's layouts fits.

        Raises PosrigError: wrong length, or a check value that does not match.
        """
        tmk = self._storage.decrypt(bytes.fromhex(state.tmk))
        return keys.unwrap_working_keys(f62, tmk, self.dialect.key_layouts, self.dialect.key_algorithm)

    def reads(self, tmk: str, working_keys: str) -> bool:
        """Whether these working keys (hex, under that TMK) are any in this dialect."""
        try:
            master = self._storage.decrypt(bytes.fromhex(tmk))
            keys.unwrap_working_keys(
                bytes.fromhex(working_keys), master, self.dialect.key_layouts, self.dialect.key_algorithm
            )
        except PosrigError:
            return False
        return True

    def _session(self, state: State) -> WorkingKeys | None:
        sealed = (state.tmk, state.working_keys)
        if not all(sealed):
            return None
        if sealed != self._opened[0]:
            self._opened = (sealed, self.working_keys(state, bytes.fromhex(state.working_keys)))
        return self._opened[1]

    def mac(self, state: State, data: bytes) -> bytes | None:
        """F64 over `data` (MTI to F63); None when there is no MAK."""
        session = self._session(state)
        return mac.mac(self.dialect.mac_form, self._mak(session), data) if session else None

    def mac_is_good(self, state: State, data: bytes, f64: bytes) -> bool:
        """Whether `f64` is the MAC of `data`; False without a MAK."""
        session = self._session(state)
        return session is not None and mac.verify(self.dialect.mac_form, self._mak(session), data, f64)

    def _mak(self, session: WorkingKeys) -> bytes:
        return keys.mak_for_3des(session.mak) if self.dialect.mac_form in ("x9.19", "sm4") else session.mak

    def pin_block(self, state: State, digits: str, pan: str | None) -> bytes | None:
        """F52 (16 octets under SM4); None when there is no PIK.  `pan` None: the form without one."""
        session = self._session(state)
        return pin.encrypt(digits, pan, session.pik, self.dialect.key_algorithm) if session else None

    def track2(self, state: State, clear: str) -> tuple[str, bool]:
        """Track 2 as it goes out, and whether it is enciphered (sign-in with a track key)."""
        session = self._session(state)
        if session is None or session.tdk is None or len(clear) < 17:
            return clear, False
        return track.encrypt(clear, session.tdk, self.dialect.key_algorithm), True

    def serial_ciphertext(self, serial: str, factor: str) -> str:
        """Eight hex characters over serial number and random factor, under the device's key (UnionPay notice 21)."""
        data = (serial + factor).encode("latin-1")
        return mac.mac("ecb", self._storage_mac_key(), data).decode("ascii")

    def password_mark(self, number: str, password: str) -> str:
        """What is stored instead of an operator's password; it tells nothing without the device's key."""
        return keyed_hash(self._storage_mac_key(), f"{number}/{password}".encode(), sha256).hexdigest()

    def password_is(self, number: str, password: str, mark: str) -> bool:
        """Whether `mark` is that password's."""
        return compare_digest(self.password_mark(number, password), mark)

    def backup_key(self, serial: str) -> bytes:
        """The AES-256 key of this device's backups (HKDF, RFC 5869), which never leaves it."""
        return HKDF(SHA256(), 32, None, f"posrig backup {serial}".encode()).derive(self._storage_key)

    def _storage_mac_key(self) -> bytes:
        return self._storage.encrypt(bytes(16))
