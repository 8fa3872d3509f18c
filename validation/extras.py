"""Exchanged labels, and drift invented over an hour."""

from __future__ import annotations

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
