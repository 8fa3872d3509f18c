"""A trend as picture, table and JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hipgait.io.cells import csv_text
from hipgait.io.results import write_json
from hipgait.io.writing import write_beside, write_text
from hipgait.library.trends import Trend, outcome_of
from hipgait.report.trend import TrendPicture, trend_canvas

RUN_COLUMNS: Final = ("day", "run", "name", "phase", "mean", "sd", "drift", "check_run", "why")
MONTH_COLUMNS: Final = ("month", "n", "mean", "sd", "phases")


def picture_of(trend: Trend) -> TrendPicture:
    """What the picture shows."""
    known = [(r.day, r.mean, r.check) for r in trend.runs if r.mean is not None]
    words = "" if trend.source is None else "runs repeat themselves within this (MDC95"
    words += "" if not words else ", own runs)" if trend.source == "own runs" else ", published)"
    return TrendPicture(
        trend.label,
        trend.unit,
        known,
        _joined(trend),
        trend.block,
        trend.level,
        trend.mdc95,
        words,
        trend.gaps,
        outcome_of(trend.outcome).matters,
    )


def _joined(trend: Trend) -> list[list[tuple[dt.date, float]]]:
    """Monthly means at the middle of their runs' days; a gap or a month without runs ends a
    line."""
    lines: list[list[tuple[dt.date, float]]] = [[]]
    after_gap = {day for _, day in trend.gaps}
    for month in trend.months:
        days = [r.day for r in trend.runs
                if r.mean is not None and f"{r.day:%Y-%m}" == month.month]  # fmt: skip
        if month.mean is None:
            lines.append([])
            continue
        if days[0] in after_gap:
            lines.append([])
        middle = days[0] + (days[-1] - days[0]) / 2
        lines[-1].append((middle, month.mean))
    return [line for line in lines if line]


def write_trends(folder: Path | str, trends: Sequence[Trend]) -> Path:
    """Write trend.json, runs and months of every outcome as CSV, and a picture each (SVG, PNG).

    Returns the folder. Raises InputError where it cannot be written.
    """
    out = Path(folder)
    for trend in trends:
        canvas = trend_canvas(picture_of(trend))
        for suffix in ("svg", "png") if canvas is not None else ():
            with write_beside(out / f"{trend.outcome}.{suffix}") as beside:
                assert canvas is not None
                canvas.save(beside)
    write_text(out / "runs.csv", _table(RUN_COLUMNS, trends, _run_rows))
    write_text(out / "months.csv", _table(MONTH_COLUMNS, trends, _month_rows))
    write_json(out / "trend.json", {"trends": [t.to_dict() for t in trends]})
    return out


def _table(columns: Sequence[str], trends: Sequence[Trend], rows: Any) -> str:
    every = ((trend.outcome, trend.unit, *row) for trend in trends for row in rows(trend))
    return csv_text(("outcome", "unit", *columns), every)


def _run_rows(trend: Trend) -> list[tuple[Any, ...]]:
    return [
        (r.day, r.run, r.name, r.phase, _cell(r.mean), _cell(r.sd), _cell(r.drift),
         str(r.check).lower(), r.why)
        for r in trend.runs
    ]  # fmt: skip


def _month_rows(trend: Trend) -> list[tuple[Any, ...]]:
    return [(m.month, m.n, _cell(m.mean), _cell(m.sd), ";".join(m.phases)) for m in trend.months]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
