"""Exchanged labels, the pelvis alone, accelerometers alone, and drift invented over an hour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hipgait.recording import Recording
from validation.pipeline import match

SHANKS = ("left_shank", "right_shank")


def _exchanged(recording: Recording) -> Recording:
    left, right = (recording[p] for p in SHANKS)
    streams = {
        **recording.streams,
        "left_shank": replace(right, placement="left_shank"),
        "right_shank": replace(left, placement="right_shank"),
    }
    return replace(recording, streams=streams)


def _only(recording: Recording, *placements: str, gyro: bool = True) -> Recording:
    streams = {p: recording[p] for p in placements}
    if not gyro:
        streams = {p: replace(s, gyr=None) for p, s in streams.items()}
    return replace(recording, streams=streams)


def reduced_sensors(cases: int, seconds: float) -> str:
    """Events with fewer sensors, and whether exchanged shanks were noticed."""
    from hipgait.api import analyze
    from hipgait.simulate.cases import validation_case

    variants = {
        "both shanks": (SHANKS, True),
        "one shank": (("left_shank",), True),
        "pelvis alone": (("pelvis",), True),
        "pelvis and shanks, accelerometers only": (("pelvis", *SHANKS), False),
        "one shank, accelerometer only": (("left_shank",), False),
        "pelvis alone, accelerometer only": (("pelvis",), False),
    }
    noticed = 0
    figures: dict[str, list[tuple[float, ...]]] = {name: [] for name in variants}
    for number in range(cases):
        recording, truth = validation_case(number, rate_hz=100.0, duration_s=seconds)
        noticed += bool(analyze(_exchanged(recording)).quality["sides_swapped"])
        for name, (placements, gyro) in variants.items():
            found = analyze(_only(recording, *placements, gyro=gyro)).strides
            true = truth[truth["side"] == "left"] if placements == ("left_shank",) else truth
            i, j = match(found["ic_s"].to_numpy(), true["ic_s"].to_numpy(), 0.05)
            d_ic = 1e3 * (found["ic_s"].to_numpy()[i] - true["ic_s"].to_numpy()[j])
            d_tc = 1e3 * (found["tc_s"].to_numpy()[i] - true["tc_s"].to_numpy()[j])
            side = found["side"].to_numpy()[i] == true["side"].to_numpy()[j]
            figures[name].append(
                (
                    len(j) / len(true),
                    len(i) / max(len(found), 1),
                    float(np.mean(d_ic)) if len(i) else np.nan,
                    float(np.std(d_ic)) if len(i) else np.nan,
                    float(np.nanmean(d_tc)) if np.isfinite(d_tc).any() else np.nan,
                    float(np.nanstd(d_tc)) if np.isfinite(d_tc).any() else np.nan,
                    float(side.mean()) if len(i) else np.nan,
                )
            )
    lines = [
        f"Exchanged shank labels were noticed in {noticed} of {cases} cases.\n",
        (
            "| sensors, 100 Hz | recall | precision | IC bias ms | IC SD ms | TC bias ms "
            "| TC SD ms | side right (worst) |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, rows in figures.items():
        a = np.array(rows)
        m = np.nanmedian(a, axis=0)
        lines.append(
            f"| {name} | {m[0]:.4f} | {m[1]:.4f} | {m[2]:+.1f} | {m[3]:.1f} | {m[4]:+.1f} | "
            f"{m[5]:.1f} | {np.nanmean(a[:, 6]):.4f} ({np.nanmin(a[:, 6]):.3f}) |"
        )
    return "\n".join(lines) + "\n"


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
