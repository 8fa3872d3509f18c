"""Runs beside a reference: stances paired, every outcome compared, left, right and together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hipgait.errors import InputError
from hipgait.io.reference import COMPARED, Reference
from hipgait.names import ALL_COLUMNS, POOLED, RUN, SIDES, WALK
from hipgait.stats.agreement import Agreement, agree
from hipgait.stats.findings import RunFindings
from hipgait.stats.pairing import Pairing, pair_by_number, pair_by_time

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION: Final = "1.0"
"""Version of agreement.json (docs/agreement.schema.json); keys are only ever added."""
GAITS: Final = {"run": (RUN,), "walk": (WALK,), "both": (RUN, WALK)}
KEYS: Final = (*SIDES, POOLED)


@dataclass(frozen=True)
class AgreementFindings:
    """What a comparison with a reference found.

    pairs : one row a stance that both measured: participant, run, side, ic_s, reference_ic_s, and
        each compared column with its ``reference_`` twin.
    table : column -> left | right | pooled -> Agreement, None with too few pairs.
    notes : what a reader must know.
    document : the content of agreement.json.
    """

    pairs: pd.DataFrame
    table: Mapping[str, Mapping[str, Agreement | None]]
    notes: tuple[str, ...]
    document: dict[str, Any]


def agree_runs(
    runs: Sequence[tuple[RunFindings, Reference]],
    *,
    offset_s: float | None = None,
    gait: str = "run",
) -> AgreementFindings:
    """Compare analysed runs with their references.

    Parameters
    ----------
    runs : each run with what the reference measured of it.
    offset_s : to add to the references' clock; searched where None.
    gait : "run" | "walk" | "both".

    Raises
    ------
    InputError : stances that cannot be paired (with the file's name), or nothing to compare.
    """
    import pandas as pd

    parts, told = [], []
    for findings, reference in runs:
        try:
            part, about = _one_run(findings, reference, offset_s, gait)
        except InputError as error:
            raise InputError(f"{reference.path}: {error.what}", error.cure) from None
        parts.append(part)
        told.append(about)
    _name_participants(parts, told, [id(findings) for findings, _ in runs])
    pairs = pd.concat(parts, ignore_index=True)
    columns = [name for name in COMPARED if f"reference_{name}" in pairs]
    table = {name: _by_side(pairs, name) for name in columns}
    table = {name: found for name, found in table.items() if any(found.values())}
    notes = _notes(told, pairs["participant"].nunique(), columns, table)
    if not table:
        raise InputError("no outcome has three stances that both measured", "; ".join(notes))
    return AgreementFindings(pairs, table, notes, _document(runs, told, table, notes, gait))


def _one_run(
    findings: RunFindings, reference: Reference, offset_s: float | None, gait: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Pairs of one run, and how they came about."""
    import pandas as pd

    strides, table = findings.strides, reference.table
    pairing = _pairing(strides, table, offset_s)
    here = strides.iloc[pairing.found].reset_index(drop=True)
    there = table.iloc[pairing.reference].reset_index(drop=True)
    fit = (here["valid"] & here["gait"].isin(GAITS[gait])).to_numpy(dtype=bool)
    if not fit.any():
        raise InputError(
            f"none of the {len(here)} paired stances is valid and of gait {gait!r}",
            "See the column reason of strides.csv, or give another --gait",
        )
    who = reference.participant or findings.info.athlete.name
    data: dict[str, Any] = {
        "participant": who or "",
        "run": findings.name,
        "side": here["side"],
        "ic_s": here["ic_s"],
        "reference_ic_s": there.get("ic_s", np.nan),
    }
    for name in reference.columns:
        if name in here:
            data[name] = here[name].astype(np.float64)
            data[f"reference_{name}"] = there[name]
    about = {
        "run": findings.name,
        "reference": str(reference.path),
        "participant": who,
        "matched": len(here),
        "compared": int(fit.sum()),
        "missed": pairing.missed,
        "extra": pairing.extra,
        "left_out": int((~fit).sum()),
        "paired_by": "number" if pairing.offset_s is None else "time",
        "offset_s": pairing.offset_s,
        "rate_ppm": pairing.rate_ppm,
        "scatter_ms": pairing.scatter_ms,
        "evidence": pairing.evidence,
    }
    return pd.DataFrame(data)[fit], about


def _pairing(strides: pd.DataFrame, table: pd.DataFrame, offset_s: float | None) -> Pairing:
    if "stride_id" in table:
        return pair_by_number(
            strides["stride_id"].to_numpy(dtype=np.int64), table["stride_id"].to_numpy(np.int64)
        )
    sides = (table["side"] == "left").to_numpy(dtype=bool) if "side" in table else None
    return pair_by_time(
        strides["ic_s"].to_numpy(dtype=np.float64),
        (strides["side"] == "left").to_numpy(dtype=bool),
        table["ic_s"].to_numpy(dtype=np.float64),
        sides,
        offset_s,
    )


def _name_participants(
    parts: Sequence[pd.DataFrame], told: Sequence[dict[str, Any]], run: Sequence[int]
) -> None:
    """Where nothing names the participant, each run is one of its own.

    run : which run each part is of; one run may have several references.
    """
    for k, (part, about) in enumerate(zip(parts, told, strict=True)):
        if not about["participant"]:
            part["participant"] = f"run {run.index(run[k]) + 1}"
        if len(parts) > 1:  # runs may bear the same name
            part["run"] = f"{k + 1} {about['run']}"


def _by_side(pairs: pd.DataFrame, name: str) -> dict[str, Agreement | None]:
    both = pairs[pairs[name].notna() & pairs[f"reference_{name}"].notna()]
    series = both["run"] + " " + both["side"]
    out = {}
    for key in KEYS:
        mine = both if key == POOLED else both[both["side"] == key]
        out[key] = agree(
            mine[name].to_numpy(dtype=np.float64),
            mine[f"reference_{name}"].to_numpy(dtype=np.float64),
            mine["participant"].tolist(),
            series[mine.index].tolist(),
        )
    return out


def _notes(
    told: Sequence[Mapping[str, Any]],
    people: int,
    columns: Sequence[str],
    table: Mapping[str, Any],
) -> tuple[str, ...]:
    notes = []
    if people > 1 and not all(t["participant"] for t in told):
        notes.append("no participant is named: each run counts as a participant of its own")
    if people == 1:
        notes.append("one participant: the limits say nothing about other people and mountings")
    elif people < 10:
        notes.append(f"{people} participants: the limits are rough (30 and more are advised)")
    for name in columns:
        if name not in table:
            notes.append(f"{name}: fewer than three stances that both measured")
    return tuple(notes)


def _document(
    runs: Sequence[tuple[RunFindings, Reference]],
    told: Sequence[dict[str, Any]],
    table: Mapping[str, Mapping[str, Agreement | None]],
    notes: Sequence[str],
    gait: str,
) -> dict[str, Any]:
    units = {c.name: c.unit for c in ALL_COLUMNS}
    return {
        "schema_version": SCHEMA_VERSION,
        "differences": "hipgait minus reference",
        "gait": gait,
        "pairs": list(told),
        "outcomes": {
            name: {
                "unit": units[name],
                **{key: None if a is None else a.to_dict() for key, a in found.items()},
            }
            for name, found in table.items()
        },
        "notes": list(notes),
        "versions": dict(runs[0][0].run.get("versions", {})),
        "inputs": [
            item
            for findings, reference in runs
            for item in (
                *findings.run.get("inputs", []),
                {"path": str(reference.path), "sha256": reference.sha256},
            )
        ],
    }
