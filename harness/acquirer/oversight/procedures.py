"""How each kind of hold is appealed against: stages, what the merchant hands in at each, and deadlines.

The stages are those that the documents name (配合调查、说明、举证、整改、协商、培训); which kind wants which follows
the catalogue of failures; the times are posrig's choice.  A kind that is not here cannot be appealed against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.machine import DAY_US
from protocols.text import Text

ITEMS: Mapping[str, Text] = {
    "statement": Text("配合调查的陈述", "a statement for the investigation"),
    "explanation": Text("情况说明", "an explanation"),
    "vouchers": Text("交易凭证", "vouchers of the sales"),
    "material": Text("核查材料", "the material that the check asks for"),
    "rectification": Text("整改证明", "proof of the rectification"),
    "agreement": Text("协商结果的确认", "the agreement that was negotiated"),
    "training": Text("培训记录", "the record of the training"),
}
"""All that a merchant may be asked to hand in."""

ANSWER_US = 7 * DAY_US
"""The merchant's time for each stage."""


@dataclass(frozen=True)
class Stage:
    """One stage.  It ends when all that it `wants` was handed in; after `within_us` without that the appeal is closed.

    The last stage wants nothing: it is the provider's, and grants the appeal after `within_us`.
    """

    name: str
    text: Text
    wants: tuple[str, ...]
    within_us: int = ANSWER_US


COOPERATE = Stage("cooperate", Text("配合调查", "cooperation"), ("statement",))
EXPLANATION = Stage("explanation", Text("情况说明", "explanation"), ("explanation",))
EVIDENCE = Stage("evidence", Text("举证", "evidence"), ("vouchers",))
MATERIAL = Stage("material", Text("提交材料", "material"), ("material",))
RECTIFICATION = Stage("rectification", Text("整改", "rectification"), ("rectification",))
NEGOTIATION = Stage("negotiation", Text("协商", "negotiation"), ("agreement",))
TRAINING = Stage("training", Text("培训", "training"), ("training",))


def _decision(days: int) -> Stage:
    return Stage("decision", Text("等待决定", "decision"), (), days * DAY_US)


PROCEDURES: Mapping[str, tuple[Stage, ...]] = {
    "risk_fraud": (EXPLANATION, EVIDENCE, TRAINING, _decision(3)),
    "risk_amount": (EVIDENCE, _decision(1)),
    "risk_frequency": (EVIDENCE, RECTIFICATION, TRAINING, _decision(7)),
    "risk_check": (MATERIAL, NEGOTIATION, _decision(1)),
    "complaints": (COOPERATE, EXPLANATION, RECTIFICATION, _decision(3)),
}
"""Kind of hold to its stages.  Evidence alone never ends a hold for abnormal frequency, nor one for fake sales."""
