"""The golden numbers: what hipgait finds on the recordings of data/, to stated digits.

    python -m tests.golden      writes tests/golden.json anew, and says what must stand where

A number may move only with a line in CHANGELOG.md, under "Scientific changes", that names the
digest of the new numbers (``golden numbers 1a2b3c4d``). The newest such line counts.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from hipgait.api import analyze, read
from hipgait.names import OUTCOMES, POOLED, SIDES
from hipgait.resources import data_path
from hipgait.results import RunResult

FILE = Path(__file__).with_name("golden.json")
CHANGELOG = Path(__file__).resolve().parents[1] / "CHANGELOG.md"
COMMAND = "python -m tests.golden"
RECORDINGS = ("tired-runner", "walk-and-run")
DECIMALS = {"deg": 2, "deg_s": 1, "ms": 1, "s": 4, "spm": 2, "g": 2, "%": 2, "pct": 1, "cm": 2}
"""unit -> decimals kept: a hundredth or less of what matters, far above what NumPy's versions do"""
COLUMNS = (
    "contact_time_s",
    "flight_time_s",
    "stride_time_s",
    "cadence_spm",
    "pelvic_drop_ic_deg",
    "pelvic_drop_peak_deg",
    "pelvic_drop_excursion_deg",
    "pelvic_drop_peak_pct",
    "pelvis_obliquity_range_deg",
    "pelvis_tilt_range_deg",
    "pelvis_rotation_range_deg",
    "shank_lean_ic_deg",
    "shank_lean_excursion_deg",
    "shank_lean_velocity_peak_deg_s",
    "shank_rotation_excursion_deg",
    "shank_angle_ic_deg",
    "hip_adduction_model_deg",
    "peak_tibial_acceleration_g",
    "peak_pelvis_acceleration_g",
    "vertical_oscillation_cm",
)
"""of the stride table: median and SD of the valid running stances"""

Number = int | str | None
"""a count, a word, or a number with all its digits ("0.50")"""
Golden = dict[str, int | str]


def measured() -> Golden:
    """Name -> number, of all recordings, as they are now; what there is not stays out."""
    return {
        f"{name}: {what}": value
        for name in RECORDINGS
        for what, value in _numbers(analyze(read(data_path(name))))
        if value is not None
    }


def _numbers(result: RunResult) -> Iterator[tuple[str, Number]]:
    stances = result.run["quality"]["stances"]
    yield from ((f"stances {kind}", stances[kind]) for kind in ("n", "valid", "run", "walk"))
    speed = result.run["quality"]["speed"]
    yield "speed m/s", _rounded((speed or {}).get("mps"), 3)
    for outcome in OUTCOMES:
        yield from _findings(result.run, outcome.name, DECIMALS[outcome.unit])
    strides = result.strides
    good = strides[strides["valid"] & (strides["gait"] == "run")]
    for column in COLUMNS:
        values, decimals = good[column].dropna(), DECIMALS[_unit(column)]
        yield f"{column} median", _rounded(values.median(), decimals)
        yield f"{column} SD", _rounded(values.std(), decimals)


def _findings(run: Mapping[str, Any], outcome: str, decimals: int) -> Iterator[tuple[str, Number]]:
    for side in (POOLED, *SIDES):
        level = run["summary"].get(outcome, {}).get(side, {})
        for key in ("mean", "sd"):
            yield f"{outcome} {side} {key}", _rounded(level.get(key), decimals)
        yield f"{outcome} {side} n", level.get("n")
        drift = run["drift"].get(outcome, {})
        drift = drift if side == POOLED else drift.get(side, {})
        for key in ("estimate", "ci_low", "ci_high", "mdd"):
            yield f"{outcome} {side} drift {key}", _rounded(drift.get(key), decimals)
        yield f"{outcome} {side} drift verdict", drift.get("verdict")


def _unit(column: str) -> str:
    return max((u for u in DECIMALS if column.endswith(f"_{u}")), key=len)


def _rounded(value: float | None, decimals: int) -> str | None:
    return None if value is None else f"{round(float(value), decimals) + 0.0:.{decimals}f}"


def digest(numbers: Golden) -> str:
    """Eight digits that change with any number."""
    return hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()[:8]


def moved(old: Golden, new: Golden) -> list[str]:
    """``name: old -> new`` of every number that is not the same.

    Two roundings of one number may differ by one in the last digit; counts and words may not.
    """
    names = dict.fromkeys([*old, *new])
    return [
        f"{name}: {old.get(name)} -> {new.get(name)}"
        for name in names
        if not _same(old.get(name), new.get(name))
    ]


def _same(before: Number, now: Number) -> bool:
    try:
        digits = [Decimal(v) for v in (before, now) if isinstance(v, str)]
    except InvalidOperation:
        digits = []
    if len(digits) < 2:
        return before == now
    return abs(digits[0] - digits[1]) <= Decimal(1).scaleb(int(digits[0].as_tuple().exponent))


def load() -> tuple[str, Golden]:
    """Digest and numbers as they stand in the file."""
    document = json.loads(FILE.read_text("utf-8"))
    return document["digest"], document["numbers"]


def told(changelog: str) -> str:
    """Digest that the newest line of the scientific changes names; "" where none does."""
    for section in re.findall(r"(?ms)^### Scientific changes\n(.*?)(?=^##|\Z)", changelog):
        found = re.search(r"golden\s+numbers `([0-9a-f]{8})`", section)
        if found:
            return found[1]
    return ""


def main() -> None:
    """Write the file; tell what moved and what the changelog needs."""
    numbers = measured()
    old = load()[1] if FILE.is_file() else {}
    lines = moved(old, numbers)
    if not lines:
        print("no golden number moved")
        return
    document = {"digest": digest(numbers), "numbers": numbers}
    FILE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.writelines(f"{line}\n" for line in lines if old)
    print(f"Say in {CHANGELOG.name}, at the top of Scientific changes, why and by how much:")
    print(f"- ... (golden numbers `{document['digest']}`)")


if __name__ == "__main__":
    main()
