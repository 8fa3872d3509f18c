"""Exchanged labels, columns beside the main ones, and drift invented over an hour."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np

from hipgait.recording import Recording

SHANKS = ("left_shank", "right_shank")


def _exchanged(recording: Recording) -> Recording:
    left, right = (recording[p] for p in SHANKS)
    streams = {
        **recording.streams,
        "left_shank": replace(right, placement="left_shank"),
        "right_shank": replace(left, placement="right_shank"),
    }
    return replace(recording, streams=streams)


def exchanged_labels(cases: int, seconds: float) -> str:
    """How often exchanged shank sensors were noticed, and how often right ones were doubted."""
    from hipgait.api import analyze
    from hipgait.simulate.cases import validation_case

    noticed = doubted = 0
    for number in range(cases):
        recording, _ = validation_case(number, rate_hz=100.0, duration_s=seconds)
        noticed += bool(analyze(_exchanged(recording)).quality["sides_swapped"])
        doubted += bool(analyze(recording).quality["sides_swapped"])
    return (
        f"Exchanged shank sensors were noticed in {noticed} of {cases} cases; "
        f"sensors in their places were doubted in {doubted}.\n"
    )


OTHERS = {
    "hip adduction, modelled, deg": ("hip_adduction_model_deg", 1.0),
    "contact time, ms": ("contact_time_s", 1e3),
    "cadence, spm": ("cadence_spm", 1.0),
    "impact at the shank, g": ("peak_tibial_acceleration_g", 1.0),
    "impact at the sacrum, g": ("peak_pelvis_acceleration_g", 1.0),
    "pelvic tilt, deg": ("pelvis_tilt_mean_deg", 1.0),
    "shank rotation, deg": ("shank_rotation_excursion_deg", 1.0),
    "vertical oscillation, cm": ("vertical_oscillation_cm", 1.0),
}
"""what the report calls it -> (column, factor to the unit)"""


def _other_errors(job: tuple[int, float]) -> dict[str, float]:
    """Error of mean and of change (last third less first) of both sides together."""
    from hipgait.api import analyze
    from hipgait.simulate.cases import validation_case
    from validation.pipeline import matched_levels

    number, seconds = job
    recording, truth = validation_case(
        number, soft_tissue=True, protocol="movements", duration_s=seconds, posture=True
    )
    result = analyze(recording)
    names = ["hip_adduction_model_sd_deg", *(column for column, _ in OTHERS.values())]
    truth = truth.assign(hip_adduction_model_sd_deg=0.0)
    levels = matched_levels(result.strides, truth, names)
    t = levels["ic_s"].to_numpy()
    third = (t[-1] - t[0]) / 3
    out: dict[str, float] = {}
    for label, (column, factor) in OTHERS.items():
        error = factor * (levels[column] - levels[f"true_{column}"]).to_numpy()
        change = np.nanmean(error[t > t[-1] - third]) - np.nanmean(error[t < t[0] + third])
        out |= {label: float(np.nanmean(error)), f"change {label}": float(change)}
    hip = (levels["hip_adduction_model_deg"] - levels["true_hip_adduction_model_deg"]).to_numpy()
    sd = levels["hip_adduction_model_sd_deg"].to_numpy()
    sides = [(levels["side"] == s).to_numpy() for s in ("left", "right")]
    out["covered"] = float(np.mean([abs(hip[m].mean()) < 1.96 * sd[m].mean() for m in sides]))
    out["stated"] = float(sd.mean())
    return out


def other_columns(cases: int, seconds: float, workers: int) -> str:
    """Level and change of what the main tables do not hold."""
    with ProcessPoolExecutor(workers) as pool:
        rows = list(pool.map(_other_errors, [(i, seconds) for i in range(cases)]))

    def rms(label: str) -> float:
        return float(np.sqrt(np.mean([r[label] ** 2 for r in rows])))

    lines = [
        f"{cases} runners of {seconds / 60:g} min, soft tissue, posture of people, bows and kicks",
        "",
        "| mean of a run, both sides together | bias | RMSE | RMSE of the change over the run |",
        "|---|---|---|---|",
    ]
    for label in OTHERS:
        bias = float(np.mean([r[label] for r in rows]))
        lines.append(f"| {label} | {bias:+.2f} | {rms(label):.2f} | {rms(f'change {label}'):.2f} |")
    covered, stated = (float(np.mean([r[k] for r in rows])) for k in ("covered", "stated"))
    share = f"{100 * covered:.0f} % of the sides"
    hip = f"Modelled hip adduction: {stated:.1f} deg stated a side; the 95 % interval held {share}."
    return "\n".join([*lines, "", hip]) + "\n"


def invented_drift(cases: tuple[int, ...]) -> str:
    """Error of the change of an hour, end against fresh, in runners with and without fatigue."""
    from hipgait.api import analyze
    from hipgait.settings import Settings
    from hipgait.simulate.cases import validation_case
    from hipgait.stats.early_late import run_parts
    from validation.pipeline import matched_levels

    columns = (
        "pelvic_drop_excursion_deg",
        "pelvic_drop_peak_deg",
        "shank_lean_mean_deg",
        "shank_lean_excursion_deg",
    )
    lines = [
        "| case | " + " | ".join(c.removesuffix("_deg") for c in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for number in cases:
        recording, truth = validation_case(number, duration_s=3600.0, posture=False)
        result = analyze(recording)
        levels = matched_levels(result.strides, truth)
        parts = run_parts(levels["ic_s"].to_numpy(), Settings().findings)
        assert parts is not None
        cells = []
        for column in columns:
            error = (levels[column] - levels[f"true_{column}"]).to_numpy()
            t = levels["ic_s"].to_numpy()
            sides = []
            for side in ("left", "right"):
                mine = (levels["side"] == side).to_numpy()
                late = mine & (t >= parts.late[0]) & (t <= parts.late[1])
                early = mine & (t >= parts.early[0]) & (t <= parts.early[1])
                sides.append(error[late].mean() - error[early].mean())
            pooled = float(np.mean(sides))
            cells.append(f"{sides[0]:+.3f} / {sides[1]:+.3f} ({pooled:+.3f})")
        lines.append(f"| {number} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
