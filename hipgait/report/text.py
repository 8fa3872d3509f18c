"""The findings as plain text, for the command line."""

from __future__ import annotations

from hipgait.names import SIDES
from hipgait.report.numbers import THIN
from hipgait.report.quality_words import quality_words
from hipgait.report.repeats import repeat_lines
from hipgait.report.table import Row, rounding_note, rows
from hipgait.report.view import View
from hipgait.report.words import answer
from hipgait.stats.findings import RunFindings


def summary_text(findings: RunFindings) -> str:
    """The answer, one line an outcome, and what needs care."""
    view = View(findings)
    told = answer(view)
    lines = [told.first, told.second]
    if told.more:
        lines.append(told.more)
    lines += ["", *_table(view)]
    if view.repeats:
        lines += ["", *repeat_lines(view)]
    care = quality_words(view).care
    if care:
        lines += ["", "Take care:", *(f"  - {text}" for text in care)]
    return "\n".join(lines).replace(THIN, " ").replace("\u00a0", " ").rstrip()


def _table(view: View) -> list[str]:
    found = rows(view)
    if not found:
        return []
    if view.compares or view.slip:
        head = ("", "fresh", "end", "change", "interval", "matters from", "finding")
        cells = [
            (_label(r), r.fresh, r.end, r.change, r.interval, r.matters, r.finding) for r in found
        ]
    else:
        head = ("", "mean", "", "", "", "", "")
        cells = [(_label(r), r.mean, "", "", "", "", "") for r in found]
    widths = [max(len(row[k]) for row in [head, *cells]) for k in range(len(head))]
    out = []
    for row in [head, *cells]:
        parts = [row[0].ljust(widths[0]), *(row[k].rjust(widths[k]) for k in range(1, 6)), row[6]]
        out.append("  ".join(parts).rstrip())
    note = rounding_note(found)
    return [*out, note] if note else out


def _label(row: Row) -> str:
    label = f"{row.label}, {row.key}" if row.key in SIDES else row.label
    return f"{label} {row.note}" if row.note else label
