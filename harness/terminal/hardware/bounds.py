"""How sure an error rate is: Wilson's score interval at 95 %, in integers, so that every machine gets the same figures.

Source: Wilson 1927; Newcombe 1998 (Statistics in Medicine 17, 857-872), method 3, has worked examples.
"""

from __future__ import annotations

from math import isqrt

Z2_TOP, Z2_BOTTOM = 2401, 625
"""1.96 squared, exactly."""
MILLE = 1000


def wilson_permille(errors: int, tries: int) -> tuple[int, int]:
    """Lower and upper bound of the rate of which `errors` of `tries` is a sample, in parts per thousand, each rounded
    outwards.  `tries` 1 and up, `errors` 0 to `tries`; no try at all says nothing: 0 to 1000."""
    if tries <= 0:
        return 0, MILLE
    middle = MILLE * (2 * errors * Z2_BOTTOM + Z2_TOP)
    under_root = MILLE**2 * Z2_TOP * (Z2_TOP * tries + 4 * Z2_BOTTOM * errors * (tries - errors))
    spread = _root_up(under_root, tries)
    bottom = 2 * (tries * Z2_BOTTOM + Z2_TOP)
    low, high = (middle - spread) // bottom, -((-middle - spread) // bottom)
    return max(low, 0), min(high, MILLE)


def rate_permille(errors: int, tries: int) -> int:
    """The rate itself, rounded half up."""
    return (2 * MILLE * errors + tries) // (2 * tries)


def _root_up(top: int, bottom: int) -> int:
    """The smallest integer that is not below the root of `top / bottom`."""
    root = isqrt(top // bottom)
    return root if root * root * bottom >= top else root + 1
