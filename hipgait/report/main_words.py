"""Sentences beside the main picture: what it shows, and how far it may be trusted."""

from __future__ import annotations

from typing import Any, Final

from hipgait.report.numbers import (
    CHANGE_SUFFIX,
    change,
    count,
    decimals,
    fixed,
    interval,
    level,
    size,
)
from hipgait.report.phrases import PHRASES
from hipgait.report.pieces import (
    UNPROVEN,
    about,
    half_width,
    is_zero,
    part_words,
    sentence,
    verdict_note,
    why_untested,
)
from hipgait.report.view import BY_NAME, View

COVARIATE_WORDS: Final = {
    "speed_mps": "pace",
    "grade_pct": "slope",
    "turn_rate_deg_s": "bends",
}


def main_title(view: View, name: str, key: str) -> str:
    """What the main picture shows, for those who hear it."""
    outcome, phrase = BY_NAME[name], PHRASES[name]
    blocks = view.blocks(name, key)
    who = {"pooled": "of both sides"}.get(key, f"of the {key} side")
    if not outcome.by_side:
        who = ""
    text = f"{phrase.title} {who} over the {view.word}, one circle a mean of about "
    text = f"{text.replace('  ', ' ')}{count(about(blocks.steps))} steps."
    entry = view.entry(name, key)
    if entry.get("early") is None or entry.get("late") is None or entry.get("estimate") is None:
        return text
    return (
        f"{text} {level(entry['early'], outcome.unit)} when fresh, "
        f"{level(entry['late'], outcome.unit)} at the end, "
        f"change {change(entry['estimate'], outcome.unit, half_width(entry))}, "
        f"{verdict_note(entry)}."
    )


def main_caption(view: View, name: str, key: str) -> str:
    """Below the heading of the main picture."""
    blocks = view.blocks(name, key)
    unit = "steps" if key == "pooled" else f"{key} steps"
    text = f"One circle is the mean of about {count(about(blocks.steps))} {unit}."
    if view.has_change(name, key) and not view.slip:
        text += (
            " Thick line: the fitted course; the change told is its end minus its start."
            if view.course(name, key) is not None
            else f" Thick lines: the means of {part_words(view, 'early')} (fresh) and of "
            f"{part_words(view, 'late')} (end)."
        )
    text += _cadence_words(view)
    left = []
    if (view.quality.get("turns") or {}).get("stances") and BY_NAME[name].unit == "deg":
        left.append("bends")
    if view.stops:
        left.append("stops")
    if left:
        text += f" {sentence(' and '.join(left))} are left out."
    return text


def _held(entry: dict[str, Any]) -> list[str]:
    """What the change was adjusted for, in words."""
    return [COVARIATE_WORDS[c] for c in entry.get("covariates") or [] if c in COVARIATE_WORDS]


def _cadence_words(view: View) -> str:
    """Why the numbers beside the thin lines are not those of the table; only where tested."""
    if view.slip or view.course("cadence") is None:
        return ""
    held = _held(view.entry("cadence"))
    fitted = f"fitted, {' and '.join(held)} held" if held else "fitted"
    return (
        f" Thin lines below: as measured in {part_words(view, 'early')} and in "
        f"{part_words(view, 'late')}; the cadence of the table is {fitted}."
    )


def sure_words(view: View, name: str, key: str) -> str:
    """How far the reader may trust the answer; nothing where there is none."""
    entry = view.entry(name, key)
    if entry.get("estimate") is None:
        return ""
    if entry.get("verdict") != "not_tested":
        return _tested_words(view, name, entry)
    unit = BY_NAME[name].unit
    why = why_untested(entry)
    text = (
        f"Not tested{f': {why}' if why else ''}. Two means are compared: "
        f"{part_words(view, 'early')} with {part_words(view, 'late')}."
    )
    spread = entry.get("spread")
    if spread is not None and not is_zero(float(spread), unit):
        text += f" Within each of the two, the circles scatter by {size(float(spread), unit)}."
    text += " Steps in a row are alike, so such a change can also come by chance."
    return text + _company(view, name)


def _tested_words(view: View, name: str, entry: dict[str, Any]) -> str:
    """Interval, what such a run could show, and what the change was adjusted for."""
    if entry.get("ci_low") is None or entry.get("mdd") is None:
        return ""
    unit = BY_NAME[name].unit
    half = half_width(entry)
    misses = round(1.0 / float(entry.get("level") or 0.05))
    low, high = (fixed(float(entry[k]), decimals(unit, half)) for k in ("ci_low", "ci_high"))
    text = (
        f"The change lies between {low} and {high}{CHANGE_SUFFIX[unit]} (an interval "
        f"that misses once in {misses} runs). Steps in a row are alike; that is allowed for. "
        f"A run like this shows a change of {size(float(entry['mdd']), unit, half)} or more in "
        "four of five cases."
    )
    held = _held(entry)
    if held:
        text += f" Adjusted for {' and '.join(held)}."
    other = entry.get("adjusted")
    if other:
        told = change(other["estimate"], unit, half_width(other))
        ends = interval(other["ci_low"], other["ci_high"], unit)
        text += f" With cadence held as well: {told} ({ends})."
    return text


def _company(view: View, name: str) -> str:
    """Pace and cadence, where they changed with it."""
    entry = view.entry("cadence")
    if name == "cadence" or entry.get("estimate") is None or is_zero(entry["estimate"], "spm"):
        return ""
    if entry.get("verdict") in UNPROVEN:
        return ""
    moved = "rose" if float(entry["estimate"]) > 0 else "fell"
    by = fixed(abs(float(entry["estimate"])), 0)
    return f" Your cadence {moved} by {by} in the same time; that alone can move it."
