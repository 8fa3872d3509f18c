"""Every figure of the run report, by name; saving them as PNG and SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from hipgait.errors import InputError
from hipgait.io.writing import write_beside
from hipgait.names import SIDES
from hipgait.report.canvas import Canvas
from hipgait.report.dots import changes_figure
from hipgait.report.numbers import change
from hipgait.report.over_run import over_run
from hipgait.report.runner import runner
from hipgait.report.sides import side_over_run, side_stance
from hipgait.report.style import WIDE_PX
from hipgait.report.table import end_scatter, rows
from hipgait.report.timeline import timeline
from hipgait.report.view import BY_NAME, View, lead_outcome
from hipgait.stats.findings import RunFindings

FORMATS: Final = ("png", "svg")


def figures(view: View) -> Iterator[tuple[str, Canvas]]:
    """(name, drawing) of every figure that these findings can give."""
    for name, make in _makers(view):
        canvas = make()
        if canvas is not None:
            yield name, canvas


def _makers(view: View) -> Iterator[tuple[str, Callable[[], Canvas | None]]]:
    lead = lead_outcome(view)
    if lead is None:
        return
    if not view.doubted(*lead):
        yield "over_run", lambda: over_run(view, *lead, WIDE_PX)
    yield "changes", lambda: _changes(view)
    yield "runner", lambda: runner(view)
    for side in SIDES:
        if BY_NAME[lead[0]].by_side and len(view.blocks(lead[0], side).value):
            yield f"over_run_{side}", partial(side_over_run, view, lead[0], side)
        for curve, name in (
            ("pelvic_drop", "pelvic_drop_excursion"),
            ("shank_lean", "shank_lean_mean"),
        ):
            yield f"{curve}_stance_{side}", partial(side_stance, view, curve, name, side)
    yield "data_used", lambda: timeline(view, WIDE_PX)


def _changes(view: View) -> Canvas | None:
    lines = []
    for row in rows(view):
        entry = view.entry(row.name, row.key)
        if entry.get("estimate") is None:
            continue
        outcome = BY_NAME[row.name]
        label = row.label + (f", {row.key}" if row.key in SIDES else "")
        told = change(entry["estimate"], outcome.unit)
        scatter = end_scatter(view, row.name, row.key)
        lines.append((label, entry, outcome.matters, scatter, told))
    return changes_figure(lines) if lines else None


def save_figures(
    findings: RunFindings, folder: Path | str, formats: tuple[str, ...] = FORMATS
) -> list[Path]:
    """Write every figure of the report into a folder, each beside and renamed.

    Parameters
    ----------
    formats : of "png" (three pixels a CSS pixel) and "svg".

    Returns
    -------
    The files written.

    Raises
    ------
    InputError : unknown format, or a folder that cannot be written.
    """
    unknown = [f for f in formats if f not in FORMATS]
    if unknown:
        raise InputError(f"unknown figure format {unknown[0]!r}", f"Use: {', '.join(FORMATS)}")
    written = []
    for name, canvas in figures(View(findings)):
        for suffix in formats:
            path = Path(folder) / f"{name}.{suffix}"
            with write_beside(path) as beside:
                canvas.save(beside)
            written.append(path)
    return written
