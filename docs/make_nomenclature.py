"""Writes docs/nomenclature.md from hipgait.names (a test holds the page to it)."""

from __future__ import annotations

from pathlib import Path

from hipgait import names
from hipgait.metrics import control_columns, support

PAGE = Path(__file__).with_name("nomenclature.md")

INTRO = """\
# Nomenclature

*Written by `make docs` from `hipgait/names.py`; a test holds it to the code.*

Columns, placements, codes and verdicts, as they stand in the files that `hipgait analyze` writes.
Frames and signs with a picture: [frames.md](frames.md).

**Units** are the end of a column's name: `_s` seconds, `_ms` milliseconds, `_deg` degrees,
`_deg_s` degrees a second, `_mps2` metres a second squared, `_g` multiples of 9.80665 m/s², `_mm`,
`_cm`, `_spm` steps a minute (both feet counted), `_hz`, `_db`, `_pct` per cent. Inside the code
everything is SI and radians.

**Times** are on the clock of the reference stream, never re-zeroed. The reference is the first
sensor present of: {reference}. `run.json` names it.

**Events:** *initial contact* (IC) is the instant at which a foot first touches the ground,
*terminal contact* (TC, toe-off) the instant at which it leaves it. A *stance* is IC to TC, a *step*
is IC to the other side's next IC, a *stride* is IC to the same side's next IC.

**Empty is empty:** what the sensors cannot give is not filled in. The report says why.
"""

PLACEMENTS = """\
## Placements

{placements}. `pelvis` is the sacrum, between the two bony points at the back of the pelvis; a
sensor at the waist or on the hip bone counts as a pelvis sensor of lower quality.
"""

TABLE_NOTES = """\
## Stride table (`strides.csv`, `strides.parquet`)

One row a stance, sorted by `ic_s`. Angles are smoothed with a zero-phase Butterworth filter (-3 dB
at 10 Hz, 4th order net) before anything is read off them. The *window* of the peaks is IC ... IC +
75 % of the stance. Columns may be added after the last one; these stay.
"""

REASON_NOTES = """
## Reason codes

The column `reason` holds them joined by `;`. A stance that is not `valid` always has one.
"""

SUPPORT_NOTES = """
## Which sensors fill which columns

For stances of the side that carries the shank (and thigh) sensor. *yes*: filled in at least 98 % of
the valid running stances (a test holds the analysis to this table); *–*: stays empty. Columns that
are not listed are always filled.
"""

CURVES = """
## Curves (`cycles.npz`)

`stride_id`, `pct` (0 ... 100), and arrays of 101 points a row: {stance} from IC to TC; {stride}
from IC to the same side's next IC.
"""

OUTCOME_NOTES = """\
## Outcomes

The first, pooled, is the primary one (`{primary}`). The smallest change that matters is this
project's proposal, not a published threshold, and can be set.
"""

VERDICTS = """
## Verdicts

- Change within a run: {drift}.
- Change between runs: {comparison}.
"""


CONTROL_NOTES = """
## Control test (`repetitions.csv`)

What `hipgait control-test` writes, one row a repetition
([method](methods/control-test.md)). Smoothing and signs are those above; *before* is the quarter of
a second before a repetition.
"""

STANCE_NOTES = """
### Stances on one leg (`stances` in `control.json`)

Angles leave out the first and the last 1.5 s.
"""

GYROS = {"pelvis": True, "left_shank": True, "right_shank": True}
SENSOR_SETS: dict[str, dict[str, bool]] = {
    "pelvis, both shanks": GYROS,
    "pelvis": {"pelvis": True},
    "one shank": {"left_shank": True},
    "both shanks": {"left_shank": True, "right_shank": True},
    "pelvis, one shank": {"pelvis": True, "left_shank": True},
    "no gyroscopes": dict.fromkeys(GYROS, False),
    "and thighs": {**GYROS, "left_thigh": True, "right_thigh": True},
}
"""Set of sensors -> placement -> whether it has a gyroscope."""
BESIDES = {
    "standing": "standing still",
    "length": "height or shank length",
    "mass": "mass and height",
    "speed": "a speed",
}


def _support() -> str:
    given = dict.fromkeys(("standing", "speed", "length", "mass"), True)
    filled = {
        name: support.must_fill(support.provided(sensors, "left", **given))
        for name, sensors in SENSOR_SETS.items()
    }
    groups: dict[tuple[str, ...], list[str]] = {}
    for column, needs in support.COLUMN_NEEDS.items():
        besides = " and ".join(BESIDES[n] for n in needs if n in BESIDES)
        key = (besides, *("yes" if column in filled[name] else "–" for name in SENSOR_SETS))
        groups.setdefault(key, []).append(f"`{column}`")
    return _table(
        ("columns", "needs besides", *SENSOR_SETS),
        [(", ".join(columns), *key) for key, columns in groups.items()],
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(c) for c in row) + " |" for row in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _columns(columns: tuple[names.Column, ...]) -> str:
    return _table(
        ("column", "type", "unit", "meaning"),
        [(f"`{c.name}`", c.kind, c.unit or "–", c.meaning) for c in columns],
    )


def render() -> str:
    """The whole page."""
    outcomes = _table(
        ("outcome", "read off", "unit", "smallest change that matters", "reported"),
        [
            (
                f"`{o.name}`",
                f"`{o.column}`",
                o.unit,
                f"{o.matters:g}",
                "left, right, pooled" if o.by_side else "pooled",
            )
            for o in names.OUTCOMES
        ],
    )
    reasons = _table(
        ("code", "meaning", "makes the stance invalid"),
        [
            (f"`{code}`", text, "yes" if code in names.INVALIDATING else "no")
            for code, text in names.REASONS.items()
        ],
    )
    stance = ", ".join(f"`{n}_deg_stance`" for n in names.STANCE_CURVES)
    stride = ", ".join(f"`{n}_deg_stride`" for n in names.STRIDE_CURVES)
    return "\n".join(
        [
            INTRO.format(reference=", ".join(names.REFERENCE_ORDER)),
            PLACEMENTS.format(placements=", ".join(f"`{p}`" for p in names.PLACEMENTS)),
            TABLE_NOTES,
            _columns(names.STRIDE_COLUMNS),
            "\n### Added columns\n",
            _columns(names.EXTRA_COLUMNS),
            REASON_NOTES,
            reasons,
            SUPPORT_NOTES,
            _support(),
            CURVES.format(stance=stance, stride=stride),
            OUTCOME_NOTES.format(primary=names.PRIMARY_OUTCOME),
            outcomes,
            VERDICTS.format(
                drift=", ".join(f"`{v}`" for v in names.DRIFT_VERDICTS),
                comparison=", ".join(f"`{v}`" for v in names.COMPARISON_VERDICTS),
            ),
            CONTROL_NOTES,
            _columns(control_columns.CONTROL_COLUMNS),
            STANCE_NOTES,
            _columns(control_columns.STANCE_COLUMNS),
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    print(f"wrote {PAGE}")
