"""What an analysis found, ready for files and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hipgait.recording import FloatArray, RunInfo

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RunFindings:
    """Everything a run report is drawn from.

    name : of the run.
    info : what is known of run and runner.
    strides : the stride table of the contract (one row a stance).
    cycles : ``stride_id``, ``pct`` and the (n, 101) curves of cycles.npz.
    summary : outcome -> left|right|pooled -> {mean, sd, n}.
    drift : outcome -> {estimate, ci_low, ci_high, p, mdd, verdict, method, early, late, ...}, with
        ``left`` and ``right`` inside for outcomes that are reported by side.
    quality : see docs/nomenclature.
    run : the whole content of run.json.
    covariates : what sensors beside those of gait said; None where there were none.
    """

    name: str
    info: RunInfo
    strides: pd.DataFrame
    cycles: dict[str, FloatArray]
    summary_table: dict[str, dict[str, dict[str, float | int | None]]]
    drift: dict[str, dict[str, Any]]
    quality: dict[str, Any]
    run: dict[str, Any] = field(default_factory=dict)
    covariates: pd.DataFrame | None = None
