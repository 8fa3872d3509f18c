"""Repeats of a run in the report: answer, picture, one line a repeat, last against first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hipgait.names import POOLED, SIDES
from hipgait.report.numbers import (
    NONE,
    change,
    clock,
    fixed,
    interval,
    level,
    pace,
    plural,
    size,
)
from hipgait.report.phrases import PHRASES, VERDICTS
from hipgait.report.pieces import amount, half_width, is_zero, sentence, shank_words
from hipgait.report.view import BY_NAME, View, lead_outcome

COLUMNS: Final = (
    ("pelvic_drop_excursion", POOLED, "drop"),
    ("pelvic_drop_excursion", "left", "drop"),
    ("pelvic_drop_excursion", "right", "drop"),
    ("shank_lean_mean", "left", "lean"),
    ("shank_lean_mean", "right", "lean"),
    ("contact_time", POOLED, "contact"),
)
"""outcome, side and heading of the values in a line"""
CADENCE: Final = ("cadence", POOLED)


def change_of(view: View, name: str, key: str = POOLED) -> dict[str, Any]:
    """Last repeat against the first of an outcome; empty where it is not known."""
    whole = (view.repeats.get("change") or {}).get(name) or {}
    entry = whole if key == POOLED else whole.get(key) or {}
    return dict(entry) if entry.get("estimate") is not None else {}


def repeats_answer(view: View) -> tuple[str, str, str]:
    """First sentence, second sentence, and what follows, of a session of repeats."""
    n = int(view.repeats["n"])
    lead = lead_outcome(view)
    entry = change_of(view, *lead) if lead else {}
    about = _lasting(view)
    if lead is None or not entry:
        first = f"This run is a session of {n} repeats{about}."
        return first, "Too few steps of them can be compared.", _apart(view)
    first, second = _sentences(lead, entry, n)
    return first, second, " ".join(p for p in (_line_words(lead, entry, n), _apart(view)) if p)


def _lasting(view: View) -> str:
    lasts = sorted(float(row["duration_s"]) for row in view.repeats["lines"])
    return f" of about {fixed(lasts[len(lasts) // 2], 0)} s"


def _sentences(lead: tuple[str, str], entry: dict[str, Any], n: int) -> tuple[str, str]:
    name, key = lead
    outcome, phrase = BY_NAME[name], PHRASES[name]
    matters = size(outcome.matters, outcome.unit)
    low, high = float(entry["ci_low"]), float(entry["ci_high"])
    sure = low > 0 or high < 0
    zero = is_zero(float(entry["estimate"]), outcome.unit)
    subject = phrase.subject.format(shank=shank_words(key))
    joint = "as" if zero else "than"
    much = f"{amount(name, entry)} in the last of {n} repeats {joint} in the first"
    limits = interval(low, high, outcome.unit)
    if entry["verdict"] == "drifted":
        return (
            f"{sentence(subject)} {much} ({limits}).",
            f"That is more than chance, and more than the {matters} that matters.",
        )
    if entry["verdict"] == "no_relevant_drift":
        if sure:
            return f"{sentence(subject)} {much}.", "That is real, but too small to matter."
        return (
            f"Your {phrase.thing} stayed the same over {n} repeats.",
            f"Any change from the first to the last was smaller than {matters}.",
        )
    if sure:
        return (
            f"{sentence(subject)} {much}.",
            "Whether that is large enough to matter, these repeats cannot tell.",
        )
    ends = [amount(name, {"estimate": v}) for v in (low, high)]
    what = f"{amount(name, entry)} in the last {joint} in the first"
    return (
        f"These {n} repeats cannot tell whether your {phrase.thing} changed: {what},",
        f"but anything from {ends[0]} to {ends[1]} fits the data.",
    )


def _line_words(lead: tuple[str, str], entry: dict[str, Any], n: int) -> str:
    """The line through all repeats, beside the last against the first."""
    trend = entry.get("trend")
    if not trend:
        return ""
    unit = BY_NAME[lead[0]].unit
    limits = interval(trend["ci_low"], trend["ci_high"], unit)
    told = change(trend["estimate"], unit, half_width(trend))
    return f"A line through all {n} repeats: {told} ({limits})."


def _apart(view: View) -> str:
    if view.session:
        return (
            "Drift over the whole run is not tested: a session of repeats and recoveries is not "
            "steady running."
        )
    return "The drift of the run is that of its steady part, without the repeats."


def repeat_section(view: View) -> dict[str, Any] | None:
    """The section of the page, or None where there are no repeats."""
    if not view.repeats:
        return None
    found = view.repeats
    columns = [c for c in COLUMNS if any(_value(row, *c[:2]) is not None for row in found["lines"])]
    n = int(found["n"])
    by = (
        "Taken from your laps."
        if found["source"] == "laps"
        else "Found from your cadence and the recoveries between them."
    )
    return {
        "heading": f"{plural(n, 'repeat')}, one by one",
        "caption": f"{by} Values without the first and last {fixed(float(found['trim_s']), 0)} s "
        "of each. Intervals are wider where many outcomes share the chance of a false finding."
        + ("" if view.session else f" {_apart(view)}"),
        "columns": [
            {"side": key if key in SIDES else "", "head": _head(name, word, key)}
            for name, key, word in columns
        ],
        "rows": [_row(view, row, columns) for row in found["lines"]],
        "foot": _foot(view, columns),
    }


def _head(name: str, word: str, key: str) -> str:
    return f"{word}, both" if key == POOLED and BY_NAME[name].unit == "deg" else word


def _value(row: dict[str, Any], name: str, key: str) -> float | None:
    value = (row["values"].get(name) or {}).get(key)
    return None if value is None else float(value)


def _row(view: View, row: dict[str, Any], columns: list[tuple[str, str, str]]) -> dict[str, Any]:
    speed = row.get("speed_mps")
    cadence = row.get("cadence_spm")
    return {
        "number": row["number"],
        "start": clock(float(row["start_s"]) - view.axis.start_s),
        "lasted": f"{fixed(float(row['duration_s']), 0)}\u00a0s",
        "strides": row["strides"],
        "cadence": NONE if cadence is None else fixed(float(cadence), 0),
        "pace": NONE if not speed else pace(float(speed)),
        "values": [level(_value(row, n, k), BY_NAME[n].unit) for n, k, _ in columns],
    }


def _foot(view: View, columns: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Last minus first, its interval, its verdict: one row each."""
    cells = [(CADENCE, "spm"), *(((n, k), BY_NAME[n].unit) for n, k, _ in columns)]
    entries = [(change_of(view, *at), unit) for at, unit in cells]
    if not any(entry for entry, _ in entries):
        return []
    told: list[tuple[str, Callable[[dict[str, Any], str], str]]] = [
        ("last − first", lambda e, u: change(e["estimate"], u, half_width(e))),
        ("interval", lambda e, u: interval(e["ci_low"], e["ci_high"], u)),
        ("finding", lambda e, _: VERDICTS[e["verdict"]].note),
    ]
    out = []
    for label, words in told:
        texts = [words(entry, unit) if entry else NONE for entry, unit in entries]
        out.append({"label": label, "cadence": texts[0], "values": texts[1:]})
    return out


def repeat_lines(view: View) -> list[str]:
    """The section as lines of plain text."""
    section = repeat_section(view)
    if section is None:
        return []
    marks = [f"{c['head']} {c['side']}".strip() for c in section["columns"]]
    head = ["", "start", "lasted", "strides", "cadence", "pace", *marks]
    cells = [
        [str(r["number"]), r["start"], r["lasted"], str(r["strides"]), r["cadence"], r["pace"]]
        + r["values"]
        for r in section["rows"]
    ]
    cells += [[f["label"], "", "", "", f["cadence"], "", *f["values"]] for f in section["foot"]]
    widths = [max(len(row[k]) for row in [head, *cells]) for k in range(len(head))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(row[k].rjust(widths[k]) for k in range(1, len(row)))])
        for row in [head, *cells]
    ]
    return [f"{section['heading']}:", *(line.rstrip() for line in lines)]
