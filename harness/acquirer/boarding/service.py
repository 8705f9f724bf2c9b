"""What a provider promises to those who apply: forms, teams with their throughput, and the carrier's route.

No source gives figures; all of them are posrig's choice, made so that each can be told apart in a recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.machine import DAY_US, HOUR_US, MINUTE_US
from protocols.text import Text


@dataclass(frozen=True)
class Team:
    """A team of the provider.  `promised_us`: the longest that one should wait for it.

    `per_day`: so many it takes up in a day; 0: as many as come.
    """

    promised_us: int
    per_day: int = 0


TEAMS: Mapping[str, Team] = {
    "review": Team(4 * HOUR_US),
    "dispatch": Team(24 * HOUR_US),
    "activation": Team(30 * MINUTE_US),
}
"""The three places where the provider's own process can be congested, in the order in which a merchant meets them."""


@dataclass(frozen=True)
class FormStep:
    """One page of a form: the merchant's particulars and the items that it asks for."""

    text: Text
    particulars: tuple[str, ...] = ()
    items: tuple[str, ...] = ()

    @property
    def asked(self) -> int:
        """How many things are asked for."""
        return len(self.particulars) + len(self.items)


FORMS: Mapping[str, Mapping[str, FormStep]] = {
    "full": {
        "merchant": FormStep(Text("商户信息", "the merchant"), ("name", "licence", "address", "trade", "phone")),
        "licence": FormStep(Text("营业执照", "business licence"), (), ("licence",)),
        "identity": FormStep(Text("法人身份", "legal person"), ("legal_person",), ("identity",)),
        "account": FormStep(Text("结算账户", "settlement account"), ("bank", "account_name"), ("account",)),
        "premises": FormStep(Text("经营场所", "premises"), (), ("shop_front", "interior", "lease")),
        "contract": FormStep(Text("签约", "contract"), (), ("contract",)),
    },
    "short": {
        "short": FormStep(Text("简易表", "short form"), ("name", "licence"), ("licence", "identity", "account")),
    },
}
"""Forms by name; a form's steps are filled in in their order.

What platforms for agents ask for (name, licence, trade, account, legal person, contract), spread over the pages that
the documents name: handing in material, review, contract.
"""
DRAFT_VALID_US = 30 * DAY_US
RECHECK_US = 4 * HOUR_US
"""A re-check looks at what was supplied within this time, as the first stage of a review does."""


@dataclass(frozen=True)
class Stop:
    """A place on a parcel's way, reached after `percent` of the promised time."""

    place: Text
    percent: int


ROUTE: tuple[Stop, ...] = (
    Stop(Text("服务商仓库", "the provider's warehouse"), 0),
    Stop(Text("转运中心", "the carrier's sorting centre"), 25),
    Stop(Text("到达城市营业部", "the city's depot"), 75),
    Stop(Text("商户地址", "the merchant's address"), 100),
)
