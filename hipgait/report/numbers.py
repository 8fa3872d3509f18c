"""Numbers as a reader sees them: digits by uncertainty, true minus, thin spaces, units.

An interval's half-width sets the digits (below 0.2 two decimals, 0.2 to 2 one, 2 or more none),
never finer than the sensor allows: angle 0.1 deg, contact 1 ms, cadence 1 step/min, impact 0.1 g.
"""

from __future__ import annotations

import math
from typing import Final

MINUS: Final = "\u2212"
THIN: Final = "\u202f"
"""narrow no-break space"""
NONE: Final = "–"

FINEST: Final = {"deg": 1, "ms": 0, "spm": 0, "g": 1, "%": 1, "mm": 0, "cm": 1, "dB": 1}
"""unit -> decimals that are never exceeded"""
SUFFIX: Final = {
    "deg": "°",
    "ms": "\u00a0ms",
    "spm": "\u00a0spm",
    "g": "\u00a0g",
    "%": "\u00a0%",
    "mm": "\u00a0mm",
    "cm": "\u00a0cm",
    "dB": "\u00a0dB",
    "n": "\u00a0N",
    "nm": "\u00a0N\u00a0m",
}
MORE_DIGITS: Final = 2
"""at most so many more where rounding would hide on which side of zero (or of 0.05) a number is"""
CHANGE_SUFFIX: Final = {**SUFFIX, "%": "\u00a0points"}
"""a change of a percentage is told in percentage points"""


def unit_word(unit: str) -> str:
    """A unit as it is printed: "N m" of ``nm``, "kg"."""
    return SUFFIX.get(unit, unit).strip()


def known(value: float | None) -> bool:
    """Whether there is a number."""
    return value is not None and math.isfinite(value)


def decimals(unit: str, half_width: float | None = None) -> int:
    """Digits after the point for a value of this unit."""
    finest = FINEST.get(unit, 1)
    if half_width is None or not math.isfinite(half_width):
        return finest
    wanted = 2 if half_width < 0.2 else 1 if half_width < 2.0 else 0
    return min(wanted, finest)


def fixed(value: float, digits: int) -> str:
    """A number with a true minus, thin spaces in thousands, and no "-0.0"."""
    text = f"{abs(value):,.{digits}f}".replace(",", THIN)
    zero = not any(c in "123456789" for c in text)
    return text if value >= 0 or zero else MINUS + text


def signed(value: float, digits: int) -> str:
    """As ``fixed``, with a plus where positive; zero bears no sign."""
    text = fixed(value, digits)
    zero = not any(c in "123456789" for c in text)
    return text if value < 0 or zero else "+" + text


def level(value: float | None, unit: str, *, bare: bool = False) -> str:
    """A level, "4.7°"; "–" where there is none."""
    if value is None or not math.isfinite(value):
        return NONE
    return fixed(value, decimals(unit)) + ("" if bare else SUFFIX.get(unit, f"\u00a0{unit}"))


def change(value: float | None, unit: str, half_width: float | None = None) -> str:
    """A change, "+1.4°"."""
    if value is None or not math.isfinite(value):
        return NONE
    return signed(value, decimals(unit, half_width)) + CHANGE_SUFFIX.get(unit, f"\u00a0{unit}")


def size(value: float, unit: str, half_width: float | None = None) -> str:
    """The size of a change without its sign, "1.4°"."""
    return fixed(abs(value), decimals(unit, half_width)) + CHANGE_SUFFIX.get(unit, f"\u00a0{unit}")


def interval(low: float | None, high: float | None, unit: str) -> str:
    """As "0.7 to 2.1"; "–" where there is none. A limit beside zero is not rounded to it."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return NONE
    digits = decimals(unit, (high - low) / 2.0)
    ends = (fixed(v, _kept_apart(v, digits) if low * high > 0.0 else digits) for v in (low, high))
    return " to ".join(ends)


def _kept_apart(limit: float, digits: int) -> int:
    """Digits with which a limit of an interval without zero is not printed as zero."""
    wanted = digits
    while wanted < digits + MORE_DIGITS and round(abs(limit), wanted) == 0.0:
        wanted += 1
    return wanted


def p_value(p: float) -> str:
    """As "p = 0.03", "p < 0.001"."""
    text = p_bare(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def p_bare(p: float) -> str:
    """As "0.03", "0.004", "0.048" (which 0.05 would hide), "< 0.001"."""
    if p < 0.001:
        return "< 0.001"
    hidden = round(p, 2) == 0.05
    return fixed(min(p, 1.0), 3 if p < 0.01 or hidden else 2)


def count(n: int) -> str:
    """As "9 386" with a narrow space."""
    return f"{n:,}".replace(",", THIN)


def clock(seconds: float) -> str:
    """Duration, "57:02" or "1:02:03"."""
    whole = round(max(0.0, seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def pace(speed_mps: float) -> str:
    """Minutes and seconds a kilometre, "5:08" (without unit)."""
    return clock(1000.0 / speed_mps) if speed_mps > 0 else NONE


def plural(n: int, word: str, words: str | None = None) -> str:
    """As "1 bow", "3 bows"."""
    return f"{count(n)} {word if n == 1 else words or word + 's'}"
