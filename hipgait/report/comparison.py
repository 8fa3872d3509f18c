"""The comparison page: one HTML file, no network, for a phone, a screen and A4 paper.

Printed from the browser, page 1 (answer, picture, what these runs could have shown) stands alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hipgait.names import SIDES
from hipgait.report import captions
from hipgait.report.comparison_panels import detectable, fresh_against_tired, stance_change
from hipgait.report.comparison_runs import run_by_run
from hipgait.report.comparison_source import view_of
from hipgait.report.comparison_table import lines, strip, uneven_note
from hipgait.report.comparison_view import ComparisonView, JournalRows
from hipgait.report.comparison_words import (
    answer,
    detect_words,
    goes_words,
    header_facts,
    left_out_words,
    runs_caption,
    sentence,
    sure_words,
)
from hipgait.report.numbers import size
from hipgait.report.page import environment, safe, svg
from hipgait.report.phrases import PHRASES, VERDICTS
from hipgait.report.style import NARROW_PX, WIDE_PX
from hipgait.report.table import UNIT_WORDS

if TYPE_CHECKING:
    from hipgait.stats.compare import Comparison

CURVES = (
    ("pelvic_drop", "Pelvic drop within a stance"),
    ("shank_lean", "Shank lean within a stance (up = knee inside the ankle)"),
    ("shank_angle", "Shank angle within a stance, from the side (up = foot ahead)"),
)


def render(comparison: Comparison, journal: JournalRows | None = None) -> str:
    """The page of a comparison.

    Parameters
    ----------
    comparison : what ``hipgait.compare`` found.
    journal : strength sessions, tests and soreness, drawn under the runs.
    """
    return render_view(view_of(comparison, journal))


def render_view(view: ComparisonView) -> str:
    """The page as one HTML text."""
    return environment().get_template("comparison.html.j2").render(context(view))


def context(view: ComparisonView) -> dict[str, Any]:
    """Everything that a template of a comparison needs: words, drawings, rows."""
    return {
        "title": f"Comparison, {view.athlete}" if view.athlete else "Comparison before and after",
        "kind": "Comparison: before and after a strength block"
        if view.block
        else "Comparison: before and after",
        "facts": header_facts(view),
        "simulated": view.simulated,
        "answer": answer(view),
        "strip": [{"icon": safe(k.icon), "title": k.title, "text": k.text} for k in strip(view)],
        "main": _main(view),
        "aside": _aside(view),
        "table": _table(view),
        "tired": _tired(view),
        "curves": _curves(view),
        "method": view.method,
        "foot": captions.COMPARISON_FOOT,
        "versions": view.versions,
    }


def _main(view: ComparisonView) -> dict[str, Any] | None:
    wide = run_by_run(view, WIDE_PX)
    if wide is None:
        return None
    row = view.lead
    grey = ""
    if row is not None and row.estimate is not None:
        told = size(row.matters, row.unit)
        grey = f"Grey beside the change: smaller than {told}, too small to matter."
    return {
        "heading": f"{PHRASES[view.lead_name].title}, run by run",
        "caption": runs_caption(view),
        "wide": svg(wide, "runs"),
        "phone": svg(run_by_run(view, NARROW_PX), "runsp"),
        "grey": grey,
    }


def _aside(view: ComparisonView) -> dict[str, Any]:
    row = view.lead
    verdict = VERDICTS[row.verdict].label if row and row.estimate is not None else ""
    phrase, could = PHRASES[view.lead_name], detect_words(view)
    return {
        "term": phrase.title,
        "meaning": phrase.meaning,
        "verdict": verdict,
        "sure": sure_words(view),
        "detect_head": "What these runs could have shown"
        if verdict
        else "What more runs would show",
        "detect": svg(detectable(view.detectable, row) if could else None, "detect"),
        "detect_words": could,
        "columns": [(head, lines) for head, lines in _columns(view) if lines],
    }


def _columns(view: ComparisonView) -> list[tuple[str, list[str]]]:
    """What stands below the picture: associations, left-out runs, cautions."""
    return [
        ("Goes with (not “causes”)", goes_words(view)),
        ("Left out", left_out_words(view)),
        ("Take care", [f"{sentence(t).rstrip('.')}." for t in view.notes]),
    ]


def _table(view: ComparisonView) -> dict[str, Any]:
    found = lines(view)
    units = {r.unit for r in view.rows}
    notes = [uneven_note(found), *(f"{UNIT_WORDS[u]}." for u in UNIT_WORDS if u in units)]
    table = {
        "rows": [{**line.__dict__, "dots": safe(line.dots)} for line in found],
        "compared": any(r.estimate is not None for r in view.rows),
        "names": ", ".join(dict.fromkeys(line.label.lower() for line in found)),
        "tested": any(r.p is not None for r in view.rows),
        "seen": any(r.could_see is not None for r in view.rows),
        "notes": " ".join(t for t in notes if t),
    }
    return {**table, "caption": captions.comparison_table(table)}


def _tired(view: ComparisonView) -> dict[str, Any] | None:
    keys = ("left", "pooled", "right")
    panels = {k: fresh_against_tired(view.fresh_tired, k, view.lead_name) for k in keys}
    if not any(panels.values()):
        return None
    rise = next((r for r in view.rows if r.aspect == "rise" and r.name == view.lead_name), None)
    return {
        "panels": [svg(panels[k], f"tired{k[0]}") for k in keys if panels[k]],
        "caption": captions.tired_caption(PHRASES[view.lead_name].title, view.fresh_words),
        "beside": captions.beside_tired(
            VERDICTS[rise.verdict].note if rise else "", view.lead_name.startswith("pelvic_drop")
        ),
    }


def _curves(view: ComparisonView) -> list[dict[str, Any]]:
    out = []
    for name, heading in CURVES:
        pair = {s: svg(stance_change(view.curves, name, s), f"{name}{s[0]}") for s in SIDES}
        if not any(pair.values()):
            continue
        outside = [c for c in view.curves if c.name == name and c.leaves]
        told = (
            "No part of the stance leaves the grey band on either side."
            if not outside
            else " ".join(_leaves(c.side, c.leaves) for c in outside)
        )
        out.append({"heading": heading, "told": told, "caption": captions.CURVES, **pair})
    return out


def _leaves(side: str, spans: tuple[tuple[float, float], ...]) -> str:
    parts = " and ".join(f"{a:.0f} to {b:.0f}\u00a0%" for a, b in spans)
    return f"{side.capitalize()}: the difference leaves the grey band at {parts} of stance."
