"""Small decoders, and their inverses, for what a layout cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hipgait.ble.decoders import movesense, polar_pmd, sig
from hipgait.ble.decoders.special import Special

DECODERS: Final[Mapping[str, Special]] = {
    "movesense": movesense.SPECIAL,
    "polar_pmd": polar_pmd.SPECIAL,
    "heart_rate": sig.HEART_RATE,
    "speed_cadence": sig.SPEED_CADENCE,
}
"""Name in a profile -> decoder."""
