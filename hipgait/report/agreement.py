"""Agreement with a reference as text, as a table and as Bland-Altman pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from hipgait.io.cells import csv_text
from hipgait.io.writing import write_beside, write_text
from hipgait.names import ALL_COLUMNS, OUTCOMES, POOLED, SIDES
from hipgait.recording import FloatArray
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import grey_band, grid, margin, text_width, tick_labels
from hipgait.report.numbers import NONE, SUFFIX, change, count, decimals, fixed, interval, signed
from hipgait.report.scales import Scale, limits, ticks, value_scale
from hipgait.report.style import INK, INK2, INK3, INTERVAL, LABEL_PX, PALE, SIDE_STYLES, WIDE_PX
from hipgait.stats.agreement import Agreement, Interval
from hipgait.stats.agreement_runs import KEYS, AgreementFindings

MOST_POINTS: Final = 1200
"""Points of a picture: more than these are one blot (every k-th stance is drawn, and said so)."""
TOP, HEIGHT, FOOT, RIGHT = 54.0, 300.0, 46.0, 190.0
_SHOWN: Final = {
    "s": ("ms", 1e3),
    "steps/min": ("spm", 1.0),
    "1": ("%", 100.0),
    "% stance": ("%", 1.0),
}
"""Unit of a column -> unit for a reader, and the factor to it."""
_UNIT_END: Final = re.compile(r"_(deg_s|deg|mm|cm|db|g|mps|kn_m|pct|spm|s)$")
_OUTCOME: Final = {o.column: o for o in OUTCOMES if o.name != "stride_time_cv"}


class Shown(NamedTuple):
    """How a column is printed. factor : to ``unit``.  matters : in ``unit``; None: not known."""

    label: str
    unit: str
    factor: float
    matters: float | None
    by_side: bool


def shown(column: str) -> Shown:
    """Label, unit and factor of a column of the stride table."""
    unit = next(c.unit for c in ALL_COLUMNS if c.name == column)
    unit, factor = _SHOWN.get(unit, (unit, 1.0))
    outcome = _OUTCOME.get(column)
    if outcome is not None:
        return Shown(outcome.label, unit, factor, outcome.matters, outcome.by_side)
    words = _UNIT_END.sub("", column).replace("_ic", "_at_contact").replace("_", " ")
    return Shown(words.capitalize(), unit, factor, None, True)


# --------------------------------------------------------------------------------------- as text


def summary_text(found: AgreementFindings) -> str:
    """How stances were paired, one line an outcome and side, and what needs care."""
    lines = [_paired(about) for about in found.document["pairs"]]
    lines += ["", "Differences are hipgait minus reference; 95 % intervals in brackets.", ""]
    head = ("", "n", "bias", "limits of agreement", "SD", "RMSE", "slope", "ICC(A,1)")
    cells = [head, *(_row(label, a, s) for label, a, s in _rows(found))]
    widths = [max(len(row[k]) for row in cells) for k in range(len(head))]
    lines += [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in cells
    ]
    if found.notes:
        lines += ["", "Take care:", *(f"  - {note}" for note in found.notes)]
    return "\n".join(line.rstrip() for line in lines).replace("\u202f", " ").replace("\u00a0", " ")


def _paired(about: dict[str, Any]) -> str:
    told = f"{about['run']}: {about['matched']} stances paired"
    if about["offset_s"] is not None:
        told += f", clocks {about['offset_s']:.3f} s apart"
    if about["scatter_ms"] is not None:
        told += f", contacts within {about['scatter_ms']:.0f} ms (SD)"
    return (
        f"{told}; {about['missed']} of the reference not found, {about['extra']} found beside it, "
        f"{about['left_out']} left out as not valid"
    )


def _rows(found: AgreementFindings) -> Iterator[tuple[str, Agreement, Shown]]:
    for column, by_side in found.table.items():
        s = shown(column)
        pooled = by_side[POOLED]
        if pooled is not None:
            yield s.label, pooled, s
        for side in SIDES:
            a = by_side[side]
            if s.by_side and a is not None:
                yield f"  {side}", a, s


def _row(label: str, a: Agreement, s: Shown) -> tuple[str, ...]:
    low, high = (_bracketed(v, s) for v in (a.lower, a.upper))
    slope = NONE if a.slope is None else signed(a.slope.value, 2)
    if a.slope is not None and a.slope.ci_low is not None and a.slope.ci_high is not None:
        slope += f" ({fixed(a.slope.ci_low, 2)} to {fixed(a.slope.ci_high, 2)})"
    icc = NONE if a.icc is None else fixed(a.icc.value, 2)
    plain = [fixed(v * s.factor, decimals(s.unit)) for v in (a.sd, a.rmse)]
    return (
        label,
        count(a.n),
        _bracketed(a.bias, s, SUFFIX.get(s.unit, f" {s.unit}")),
        f"{low} to {high}",
        *plain,
        slope,
        icc,
    )


def _bracketed(v: Interval, s: Shown, suffix: str = "") -> str:
    """As "+0.3° (0.1 to 0.5)"."""
    value = signed(v.value * s.factor, decimals(s.unit)) + suffix
    if v.ci_low is None or v.ci_high is None:
        return value
    ends = [fixed(e * s.factor, decimals(s.unit)) for e in (v.ci_low, v.ci_high)]
    return f"{value} ({ends[0]} to {ends[1]})"


# ------------------------------------------------------------------------------------- as a table

_HEAD: Final = (
    "column", "side", "unit", "n", "participants", "bias", "bias_low", "bias_high", "sd",
    "sd_between", "sd_within", "lower", "lower_low", "lower_high", "upper", "upper_low",
    "upper_high", "slope", "slope_low", "slope_high", "rmse", "icc", "icc_low", "icc_high",
)  # fmt: skip


def table_text(found: AgreementFindings) -> str:
    """agreement.csv: a row an outcome and side, in the column's own unit."""
    units = {c.name: c.unit for c in ALL_COLUMNS}
    rows = []
    for column, by_side in found.table.items():
        for side in KEYS:
            a = by_side[side]
            if a is not None:
                rows.append((column, side, units[column], *_cells(a)))
    return csv_text(_HEAD, rows)


def _cells(a: Agreement) -> list[object]:
    def three(v: Interval | None) -> list[object]:
        return ["", "", ""] if v is None else [_short(x) for x in v]

    parts = [_short(v) for v in (a.sd, a.sd_between, a.sd_within)]
    return [
        a.n, a.participants, *three(a.bias), *parts, *three(a.lower), *three(a.upper),
        *three(a.slope), _short(a.rmse), *three(a.icc),
    ]  # fmt: skip


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


# ----------------------------------------------------------------------------------- as a picture


def agreement_canvas(found: AgreementFindings, column: str, width: float = WIDE_PX) -> Canvas:
    """The Bland-Altman picture of one outcome: difference over mean, a mark a stance."""
    s = shown(column)
    pooled = found.table[column][POOLED]
    assert pooled is not None  # every column of the table has three pairs
    mean, difference, side = _points(found, column, s.factor)
    base = TOP + HEIGHT
    lines = {k: _scaled(v, s.factor) for k, v in vars(pooled).items() if isinstance(v, Interval)}
    ends = [v for k in ("lower", "upper") for v in lines[k] if v is not None]
    spread = np.array([*difference, *ends, 0.0])
    y = value_scale(spread, 2.0 * (s.matters or 0.0), base, TOP, 5)
    lo, hi = limits(mean, 1e-6)
    left = margin(y, s.unit, 5, 40.0) + 8.0
    x = Scale(lo, hi, left, width - RIGHT)
    canvas = Canvas(width, base + FOOT, _title(pooled, s))
    if s.matters is not None:
        grey_band(canvas, y, 0.0, s.matters, x.a, x.b)
    for name, fill in (("lower", PALE), ("upper", PALE), ("bias", INTERVAL)):
        _band(canvas, lines[name], x, y, fill)
    grid(canvas, y, x.a, x.b, s.unit, 5)
    canvas.line((x.a, x.b), (y(0.0), y(0.0)), INK3, 1.0)
    _marks(canvas, mean, difference, side, x, y, s.by_side)
    _lines(canvas, lines, x, y, s)
    _axis(canvas, x, base, s, len(mean), pooled.n)
    canvas.text(left - 34, 17, f"{s.label}: hipgait minus reference", LABEL_PX, INK, bold=True)
    _key(canvas, left - 34, s)
    return canvas


def _points(
    found: AgreementFindings, column: str, factor: float
) -> tuple[FloatArray, FloatArray, list[str]]:
    """Means, differences and sides of the stances that are drawn."""
    pairs = found.pairs
    both = pairs[pairs[column].notna() & pairs[f"reference_{column}"].notna()]
    both = both.iloc[:: max(1, -(-len(both) // MOST_POINTS))]
    a, b = (
        factor * both[name].to_numpy(dtype=np.float64) for name in (column, f"reference_{column}")
    )
    return (a + b) / 2.0, a - b, both["side"].tolist()


def _scaled(v: Interval, factor: float) -> tuple[float, float | None, float | None]:
    return (
        v.value * factor,
        None if v.ci_low is None else v.ci_low * factor,
        None if v.ci_high is None else v.ci_high * factor,
    )


def _band(
    canvas: Canvas, line: tuple[float, float | None, float | None], x: Scale, y: Scale, fill: str
) -> None:
    _, low, high = line
    if low is not None and high is not None:
        edge = np.array([x.a, x.b])
        canvas.band(edge, np.full(2, y(low)), np.full(2, y(high)), fill, 0.8)


def _marks(
    canvas: Canvas,
    mean: FloatArray,
    difference: FloatArray,
    side: list[str],
    x: Scale,
    y: Scale,
    by_side: bool,
) -> None:
    px, py = x.all(mean), y.all(difference)
    if not by_side:
        canvas.marks(px, py, "o", 4.0, INK3, width=0.8)
        return
    for name, look in SIDE_STYLES.items():
        mine = np.array([s == name for s in side], dtype=bool)
        canvas.marks(px[mine], py[mine], look.marker, 4.4, look.colour, "none", 0.8)


def _lines(
    canvas: Canvas,
    lines: dict[str, tuple[float, float | None, float | None]],
    x: Scale,
    y: Scale,
    s: Shown,
) -> None:
    for name, words, dash in (
        ("upper", "upper limit", (6.0, 3.0)),
        ("bias", "bias", ()),
        ("lower", "lower limit", (6.0, 3.0)),
    ):
        value, low, high = lines[name]
        canvas.line((x.a, x.b), (y(value), y(value)), INK, 1.6, dash)
        half = None if low is None or high is None else (high - low) / 2.0
        canvas.text(x.b + 8, y(value) - 2, f"{words} {change(value, s.unit, half)}", LABEL_PX, INK)
        if half is not None:
            canvas.text(x.b + 8, y(value) + 13, interval(low, high, s.unit), colour=INK2)


def _axis(canvas: Canvas, x: Scale, base: float, s: Shown, drawn: int, n: int) -> None:
    values = ticks(x.lo, x.hi, 6)
    canvas.segments([(x.a, base, x.b, base), *((x(v), base, x(v), base + 4) for v in values)], INK3)
    for value, label in zip(values, tick_labels(values, s.unit), strict=True):
        canvas.text(x(value), base + 17, label, colour=INK2, anchor="middle")
    few = "" if drawn == n else f", {count(drawn)} of {count(n)} stances drawn"
    canvas.text(x.a, base + 36, f"mean of hipgait and reference{few}", colour=INK2)


def _key(canvas: Canvas, left: float, s: Shown) -> None:
    """What hue and grey mean, at the top."""
    at = left
    if s.by_side:
        for look in SIDE_STYLES.values():
            canvas.text(at, 38, look.tag, colour=look.colour)
            at += text_width(look.tag) + 16.0
    if s.matters is not None:
        canvas.text(at, 38, "grey around 0: too small to matter", colour=INK2)


def _title(a: Agreement, s: Shown) -> str:
    ends = (
        f"{change(a.lower.value * s.factor, s.unit)} to {change(a.upper.value * s.factor, s.unit)}"
    )
    return (
        f"{s.label} of {count(a.n)} stances, hipgait minus reference: "
        f"bias {change(a.bias.value * s.factor, s.unit)}, limits of agreement {ends}."
    )


# --------------------------------------------------------------------------------------- to files


def write_tables(found: AgreementFindings, folder: Path) -> None:
    """agreement.csv and pairs.csv."""
    write_text(folder / "agreement.csv", table_text(found))
    rows = found.pairs.round(6).astype(object).where(found.pairs.notna(), "")
    write_text(
        folder / "pairs.csv", csv_text(list(map(str, rows.columns)), rows.itertuples(index=False))
    )


def write_pictures(
    found: AgreementFindings, folder: Path, formats: tuple[str, ...] = ("svg", "png")
) -> list[Path]:
    """A Bland-Altman picture an outcome, named after its column. Returns the files."""
    out = []
    for column in found.table:
        canvas = agreement_canvas(found, column)
        for kind in formats:
            with write_beside(folder / f"{column}.{kind}") as beside:
                canvas.save(beside)
            out.append(folder / f"{column}.{kind}")
    return out
