"""The book of further merchant accounts on terminals (see `acquirer.accounts`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FurtherAccount:
    """One account besides a terminal's own.  `main`: key of the terminal whose device and master key it uses.

    `enabled`: the terminal may use it; its application says how far it has come otherwise.
    """

    mid: str
    tid: str
    main: str
    application: str
    enabled: bool = False

    @property
    def key(self) -> str:
        """Key of its own terminal record, which is there from the approval on."""
        return f"{self.mid}/{self.tid}"


@dataclass
class AccountBook:
    """All further accounts by key, their keys by the terminal they are on, and by the application that asked."""

    all: dict[str, FurtherAccount] = field(default_factory=dict)
    on: dict[str, list[str]] = field(default_factory=dict)
    by_application: dict[str, str] = field(default_factory=dict)

    def further(self, application: str) -> FurtherAccount | None:
        """The account that this application asks for, None where it asks for a merchant of its own."""
        return self.all.get(self.by_application.get(application, ""))

    def of(self, main: str) -> list[FurtherAccount]:
        """Those on one terminal, the oldest first."""
        return [self.all[key] for key in self.on.get(main, ())]


def _reserved(book: AccountBook, data: dict[str, Any]) -> None:
    account = FurtherAccount(**data)
    book.all[account.key] = account
    book.on.setdefault(account.main, []).append(account.key)
    book.by_application[account.application] = account.key


def _enabled(book: AccountBook, data: dict[str, Any]) -> None:
    book.all[data["account"]].enabled = data["enabled"]


SHARED = frozenset({"sn", "dialect", "status", "activated", "tmk"})
"""What a further account has from its device: it changes with the device's own terminal."""


def follow(book: AccountBook, terminals: Mapping[str, Any], main: str, data: Mapping[str, Any]) -> None:
    """The accounts on `main` take over what changed there of what they share; keys under an older master key end."""
    for key in book.on.get(main, ()):
        if key in terminals:
            for name in sorted(SHARED & data.keys()):
                setattr(terminals[key], name, data[name])
            if "tmk" in data:
                terminals[key].session, terminals[key].pik, terminals[key].mak = "never", "", ""


FOLD: Mapping[str, Callable[[AccountBook, dict[str, Any]], None]] = {
    "account_reserved": _reserved,
    "account_enabled": _enabled,
}
