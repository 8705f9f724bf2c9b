"""What terminals do otherwise than the specification says, as settings that both ends get.

Sources: card complete "SMART ZVT-Praezisierungen" issue 22 and its support mails, CCV OPM-C60 manual, the notes of
Portalum.Zvt, captures of EVerest/zvt.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ScenarioError
from ..text import Text
from .charset import CHARSETS, Charset

BAD = Text("{key} 不能是 {value!r}", "{key} cannot be {value!r}")
BAD_CURE = Text("可用：{known}", "There are: {known}")


@dataclass(frozen=True, slots=True)
class ZvtQuirks:
    """Defaults are the protocol as it is written, where it is; else what most terminals do."""

    charset: str = ""
    """Character set of every text, whatever was agreed; "": code page 437, or what tag 14 agreed on."""
    print_line_tlv: bool = False
    """A TLV container stands behind the text of a printed line."""
    tlv_unasked: bool = False
    """TLV is sent to a register that has sent no BMP 06 in its registration (Hobex)."""
    wrong_currency: str = "refused"
    """Registration in a currency that the terminal does not have: "refused" 84 and 6F, "accepted" 80 00, "silent"."""
    abort_code: bool = True
    """False: 06 1E comes without its result code."""
    strict_registration: bool = True
    """Commands other than a registration's are refused with 6B until the register has registered."""
    keeps_registration: bool = False
    """The last registration holds over a restart of the terminal (card complete)."""
    stop_bits: int = 2
    """1 or 2."""
    lenient_length: bool = False
    """An APDU whose length byte is wrong is read as it came (ecrterm) instead of being refused."""
    activation: str = "08 13"
    """What clears E4: "08 13" change configuration, "06 1B" set terminal id, "08 22" OPT pre-initialisation."""
    text_blocks: bool = True
    """Receipts go by 06 D3 to a register that permits it in tag 26; False: always line by line."""
    sequence_ids: bool = False
    """Tag 1F73: messages carry sequence ids when the register has offered them, and an id that comes again gets the
    answer that it had."""
    maintenance_after_settle: bool = False
    """End of day ends with E0, and remote maintenance follows: silence, then E0, then 00 to status enquiries."""
    password: str = "000000"
    """The register's password, six digits."""
    currency: str = "0978"
    """The currency that amounts are in, as BMP 49 has it; whatever it is, one minor unit counts as one fen."""

    def __post_init__(self) -> None:
        for key, known in CHOICES.items():
            value = getattr(self, key)
            if value not in known:
                cure = BAD_CURE.format(known=", ".join(map(repr, known)))
                raise ScenarioError(BAD.format(key=key, value=value), cure)
        if len(self.password) != 6 or not (self.password.isascii() and self.password.isdigit()):
            raise ScenarioError(
                BAD.format(key="password", value=self.password), BAD_CURE.format(known="000000..999999")
            )

    @property
    def line(self) -> str:
        """Data bits, parity and stop bits, as `RegisterProtocol.line`."""
        return f"8N{self.stop_bits}"

    def text_charset(self, agreed: Charset = "cp437") -> Charset:
        """The set that this terminal's texts are in when `agreed` is what tag 14 led to."""
        for name in CHARSETS:
            if name == self.charset:
                return name
        return agreed


CHOICES: dict[str, tuple[object, ...]] = {
    "charset": ("", *CHARSETS),
    "wrong_currency": ("refused", "accepted", "silent"),
    "activation": ("08 13", "06 1B", "08 22"),
    "stop_bits": (1, 2),
}
"""Values that a quirk may have."""
