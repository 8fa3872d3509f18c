"""Parts of sentences: amounts, comparisons, minutes, names of legs."""

from __future__ import annotations

from typing import Any, Final

from hipgait.names import SIDES
from hipgait.report.numbers import (
    decimals,
    fixed,
    size,
)
from hipgait.report.phrases import PHRASES, VERDICTS
from hipgait.report.view import BY_NAME, View
from hipgait.stats.blocks import FEWEST_STRIDES

ENOUGH_MIN: Final = 10
"""minutes: of 800 strides a fifth is left out at both ends; even with half of the rest lost in
bends and stops, ``FEWEST_STRIDES`` remain"""
UNPROVEN: Final = {
    "inconclusive": "no clear change",
    "no_relevant_drift": "no change that matters",
}
"""verdict -> what is told of a side in place of an amount that may be chance"""
TOO_FEW: Final = (
    f"fewer than {FEWEST_STRIDES} strides a side can be used; a run of {ENOUGH_MIN} minutes or "
    "more, with few bends and stops, has enough"
)


def sentence(text: str) -> str:
    """With a capital at its start."""
    return text[:1].upper() + text[1:]


def shank_words(key: str) -> str:
    """As "left shank", "shanks"."""
    return f"{key} shank" if key in SIDES else "shanks"


def half_width(entry: dict[str, Any]) -> float | None:
    """Half of the interval, or None where there is none."""
    low, high = entry.get("ci_low"), entry.get("ci_high")
    return None if low is None or high is None else (float(high) - float(low)) / 2.0


def is_zero(value: float, unit: str, half: float | None = None) -> bool:
    """Whether a change is printed as zero. half : half-width of its interval."""
    return not any(c in "123456789" for c in size(value, unit, half))


def amount(name: str, entry: dict[str, Any]) -> str:
    """As "1.4° more", "3 fewer steps a minute", "as much"."""
    outcome, phrase = BY_NAME[name], PHRASES[name]
    estimate = float(entry["estimate"])
    if is_zero(estimate, outcome.unit):
        return phrase.same
    printed = size(estimate, outcome.unit, half_width(entry))
    if name == "cadence":
        printed = fixed(abs(estimate), 0)
    text = (phrase.more if estimate > 0 else phrase.less).format(x=printed)
    return text.replace("1 more steps", "1 more step").replace("1 fewer steps", "1 fewer step")


def compared(name: str, key: str, entry: dict[str, Any]) -> str:
    """As "your pelvis dropped 1.4° more than when you were fresh", without a full stop."""
    phrase = PHRASES[name]
    subject = phrase.subject.format(shank=shank_words(key))
    if key in SIDES and "{shank}" not in phrase.subject:
        subject = f"on the {key} leg {subject}"
    joint = "as" if is_zero(float(entry["estimate"]), BY_NAME[name].unit) else "than"
    return f"{subject} {amount(name, entry)} {joint} when you were fresh"


def verdict_note(entry: dict[str, Any]) -> str:
    """As "not tested", beside a number."""
    return VERDICTS[entry.get("verdict", "not_tested")].note


def told_change(name: str, entry: dict[str, Any]) -> str:
    """The amount where it is proven, or nothing is tested; else "no clear change"."""
    return UNPROVEN.get(str(entry.get("verdict")), "") or amount(name, entry)


def why_untested(entry: dict[str, Any]) -> str:
    """Why a change was not tested, and what it takes; "" where that is not known."""
    reason = str(entry.get("reason") or "")
    return TOO_FEW if reason.startswith("fewer than") else reason


def minute(view: View, time_s: float, digits: int = 0) -> str:
    """As "minute 21", or "second 40" in a short run."""
    unit = "minute" if view.axis.unit == "min" else "second"
    return f"{unit} {view.axis.at(time_s):.{digits}f}"


def onset_words(view: View, entry: dict[str, Any]) -> str:
    """As "minute 33 (27 to 40)"; a narrow interval has a decimal, "minute 5.6 (5.1 to 6.1)"."""
    low, high = (view.axis.at(float(entry[f"onset_{end}_s"])) for end in ("low", "high"))
    digits = min(1, decimals("min", (high - low) / 2.0))
    span = f"({low:.{digits}f} to {high:.{digits}f})"
    return f"{minute(view, float(entry['onset_s']), digits)} {span}"


def part_words(view: View, key: str) -> str:
    """As "minutes 5 to 15"."""
    span = view.span(key)
    if span is None:
        return "–"
    unit = "minutes" if view.axis.unit == "min" else "seconds"
    a, b = view.axis.at(span[0]), view.axis.at(span[1])
    digits = 0 if b - a >= 3 else 1
    return f"{unit} {a:.{digits}f} to {b:.{digits}f}"


def about(n: int) -> int:
    """A number that is not counted exactly: to tens from 100 on."""
    return round(n, -1) if n >= 100 else n
