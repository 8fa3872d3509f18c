"""The whole analysis on simulated runners of known truth: events, angles, changes, coverage.

``python -m validation.pipeline [--cases 30] [--minutes 6]`` analyses every case as a user would
(the truth is only looked at afterwards) and prints the tables of docs/validation.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

OUTCOMES = (
    ("drop excursion per side", "pelvic_drop_excursion_deg", "side"),
    ("peak drop pooled", "pelvic_drop_peak_deg", "pooled"),
    ("peak drop per side", "pelvic_drop_peak_deg", "side"),
    ("lean mean", "shank_lean_mean_deg", "side"),
    ("lean excursion", "shank_lean_excursion_deg", "side"),
    ("shank angle at landing", "shank_angle_ic_deg", "side"),
    ("knee travel, mm", "knee_travel_mm", "side"),
)
COVERED = {
    "drop excursion per side": "pelvic_drop_excursion",
    "peak drop per side": "pelvic_drop_peak",
    "lean mean": "shank_lean_mean",
    "lean excursion": "shank_lean_excursion",
    "shank angle at landing": "shank_angle_ic",
}
SIDES = ("left", "right")
SOFT_KIND = 3
"""cases whose number leaves this rest by 5 land softly (hipgait.simulate.cases)"""


@dataclass(frozen=True)
class Condition:
    """One column of the tables."""

    name: str
    rate_hz: float = 200.0
    protocol: str = "standing"
    soft_tissue: bool = False
    speed_known: bool = True
    posture: bool = False


CONDITIONS = (
    Condition("200 Hz, standing"),
    Condition("200 Hz, standing, posture as in people", posture=True),
    Condition("200 Hz, standing, soft tissue", soft_tissue=True),
    Condition("200 Hz, bows and kicks", protocol="movements"),
    Condition("200 Hz, bows and kicks, posture as in people", protocol="movements", posture=True),
    Condition("200 Hz, bows and kicks, soft tissue", protocol="movements", soft_tissue=True),
    Condition("100 Hz, standing", rate_hz=100.0),
    Condition("60 Hz, standing", rate_hz=60.0),
    Condition("200 Hz, without standing", protocol="none"),
    Condition("200 Hz, speed unknown", speed_known=False),
)


def match(found: np.ndarray, true: np.ndarray, within: float) -> tuple[np.ndarray, np.ndarray]:
    """One-to-one pairs (indices) of sorted times that are mutual nearest neighbours."""
    if not len(found) or not len(true):
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int)

    def nearest(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        k = np.clip(np.searchsorted(b, a), 1, max(len(b) - 1, 1))
        lower, upper = k - 1, np.minimum(k, len(b) - 1)
        return np.where(np.abs(a - b[lower]) <= np.abs(b[upper] - a), lower, upper)

    to_true, to_found = nearest(found, true), nearest(true, found)
    i = np.arange(len(found))
    mutual = (to_found[to_true] == i) & (np.abs(found - true[to_true]) <= within)
    return i[mutual], to_true[mutual]


def _events(table: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    """Recall, precision, errors (ms), sides and gait, of all stances (not only valid ones)."""
    known = table[~table["imputed"]].reset_index(drop=True)
    truth = truth[truth["steady"]].reset_index(drop=True)  # not the steps into and out of standing
    ic, true = known["ic_s"].to_numpy(), truth["ic_s"].to_numpy()
    known = known[(ic > true[0] - 0.1) & (ic < true[-1] + 0.1)].reset_index(drop=True)
    ic = known["ic_s"].to_numpy()
    i, j = match(ic, true, 0.05)
    d_ic = 1e3 * (ic[i] - true[j])
    d_tc = 1e3 * (known["tc_s"].to_numpy()[i] - truth["tc_s"].to_numpy()[j])
    run = (known["gait"].to_numpy()[i] == "run") & (truth["gait"].to_numpy()[j] == "run")
    side = known["side"].to_numpy()[i] == truth["side"].to_numpy()[j]
    gait = known["gait"].to_numpy()[i] == truth["gait"].to_numpy()[j]
    return {
        "recall": len(j) / max(len(true), 1),
        "precision": len(i) / max(len(ic), 1),
        "ic_bias": np.nanmean(d_ic[run]),
        "ic_sd": np.nanstd(d_ic[run]),
        "tc_bias": np.nanmean(d_tc[run]),
        "tc_sd": np.nanstd(d_tc[run]),
        "side": side.mean(),
        "gait": gait.mean(),
    }


def matched_levels(
    table: pd.DataFrame, truth: pd.DataFrame, columns: Iterable[str] = ()
) -> pd.DataFrame:
    """Matched valid running stances: found and true values (of ``columns`` too) side by side."""
    good = table[table["valid"] & (table["gait"] == "run")].reset_index(drop=True)
    turn = np.array(["turn" in str(r).split(";") for r in good["reason"]], dtype=bool)
    good = good[~turn].reset_index(drop=True)
    rows = []
    for side in SIDES:
        a, b = good[good["side"] == side], truth[truth["side"] == side]
        i, j = match(a["ic_s"].to_numpy(), b["ic_s"].to_numpy(), 0.06)
        both = a.iloc[i].reset_index(drop=True)
        true = b.iloc[j].reset_index(drop=True)
        names = sorted({c for _, c, _ in OUTCOMES} | set(columns))
        joined = both[["ic_s", "side", *names]].copy()
        for c in names:
            joined[f"true_{c}"] = true[c].to_numpy()
        rows.append(joined)
    return pd.concat(rows, ignore_index=True).sort_values("ic_s", ignore_index=True)


def _angles(levels: pd.DataFrame, sd: dict[str, float]) -> dict[str, Any]:
    """Errors of run means and of changes, deg, and whether the stated 95 % interval covers."""
    out: dict[str, Any] = {}
    t = levels["ic_s"].to_numpy()
    if not len(t):  # a short run that is all bends
        names = [prefix + label for label, _, _ in OUTCOMES for prefix in ("", "change ")]
        names += [f"covered {label} {side}" for label in COVERED for side in SIDES]
        return dict.fromkeys(names, np.nan)
    third = (t[-1] - t[0]) / 3
    for label, column, how in OUTCOMES:
        means, changes = [], []
        for side in SIDES:
            d = levels[levels["side"] == side]
            error = (d[column] - d[f"true_{column}"]).to_numpy()
            early = (d["ic_s"] < t[0] + third).to_numpy()
            late = (d["ic_s"] > t[-1] - third).to_numpy()
            means.append(np.mean(error))
            changes.append(np.mean(error[late]) - np.mean(error[early]))
            key = COVERED.get(label)
            if key is not None:
                stated = sd.get(f"{key}.{side}", sd.get(key, np.nan))
                known = np.isfinite(means[-1])
                out[f"covered {label} {side}"] = (
                    float(abs(means[-1]) <= 1.96 * stated) if known else np.nan
                )
        if how == "pooled":
            out[label] = np.mean(means)
            out[f"change {label}"] = np.mean(changes)
        else:
            out[label] = float(np.sqrt(np.mean(np.square(means))))
            out[f"change {label}"] = float(np.sqrt(np.mean(np.square(changes))))
    return out


def run_case(number: int, condition: Condition, seconds: float) -> dict[str, Any]:
    """Analyse one case and score it."""
    from hipgait.api import analyze
    from hipgait.metrics.support import must_fill, provided
    from hipgait.simulate.cases import validation_case

    recording, truth = validation_case(
        number,
        soft_tissue=condition.soft_tissue,
        rate_hz=condition.rate_hz,
        protocol=condition.protocol,
        duration_s=seconds,
        speed_known=condition.speed_known,
        posture=condition.posture,
    )
    result = analyze(recording)
    table = result.strides
    row: dict[str, Any] = {"case": number, "condition": condition.name}
    row |= _events(table, truth)
    raw = table
    row |= _angles(matched_levels(raw, truth), result.quality["angle_sd_deg"])
    if result.run["zero"] == "none":  # sides are empty, the pooled value is kept
        pooled = result.run["summary"]["pelvic_drop_peak"]["pooled"]["mean"]
        true = truth[truth["steady"] & (truth["gait"] == "run")]
        by_side = true.groupby("side")["pelvic_drop_peak_deg"].mean()
        row["peak drop pooled"] = pooled - float(by_side.mean())
    running = table[table["gait"] == "run"]
    row["valid"] = float(running["valid"].mean())
    athlete = recording.info.athlete
    have = provided(
        {p: s.has_gyr for p, s in recording.streams.items()},
        "left",
        standing=result.run["zero"] == "standing",
        speed=result.quality["speed"]["source"] != "none",
        length=athlete.height_m is not None,
        mass=athlete.mass_kg is not None and athlete.height_m is not None,
    )
    must = sorted(must_fill(have))
    filled = np.isfinite(running.loc[running["valid"], must]).all(axis=1)
    row["filled"] = float(filled.mean()) if len(filled) else np.nan
    row["swapped"] = bool(result.quality["sides_swapped"])
    row["slip"] = bool(result.quality["slip"]["detected"])
    return row


def _job(job: tuple[int, Condition, float]) -> dict[str, Any]:
    return run_case(*job)


def tables(frame: pd.DataFrame) -> str:
    """Markdown tables of events and angles of each condition."""
    lines = [
        "Events (median over cases; the worst case in brackets)",
        "",
        "| condition | recall | precision | IC bias | IC SD | TC bias | TC SD | side | gait |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    groups = list(frame.groupby("condition", sort=False))
    for name, d in groups:
        cells = [f"{d[k].median():.4f} ({d[k].min():.4f})" for k in ("recall", "precision")]
        for k in ("ic_bias", "ic_sd", "tc_bias", "tc_sd"):
            sign = "+" if k.endswith("bias") else ""
            cells.append(f"{d[k].median():{sign}.1f} ({d[k].abs().max():.1f})")
        cells += [f"{d[k].median():.4f} ({d[k].min():.4f})" for k in ("side", "gait")]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    soft = frame[frame["case"] % 5 == SOFT_KIND]
    if len(soft):
        lines += [
            "",
            (
                f"Soft landings ({soft['case'].nunique()} of the cases): "
                f"IC bias {soft['ic_bias'].median():+.1f} ms "
                f"(worst {soft['ic_bias'].abs().max():.1f}), "
                f"SD {soft['ic_sd'].median():.1f} ms (worst {soft['ic_sd'].max():.1f})."
            ),
        ]
    labels = [label for label, _, _ in OUTCOMES]
    for title, prefix in (("Angles", ""), ("Change over the run", "change ")):
        lines += [
            "",
            f"{title}, deg: RMSE over cases (median of the absolute error, 95th percentile)",
            "",
            "| condition | " + " | ".join(labels) + " |",
            "|---|" + "---|" * len(labels),
        ]
        for name, d in groups:
            cells = []
            for label in labels:
                e = d[prefix + label].abs().to_numpy(dtype=float)
                rmse = np.sqrt(np.nanmean(e**2))
                cells.append(f"{rmse:.2f} ({np.nanmedian(e):.2f}, {np.nanpercentile(e, 95):.2f})")
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [
        "",
        (
            "Share of cases whose truth lies in the stated 95 % interval; shares of running "
            "stances that are valid and, of these, completely filled (worst case); false alarms"
        ),
        "",
        "| condition | " + " | ".join(COVERED) + " | valid | filled | slips | exchanged |",
        "|---|" + "---|" * (len(COVERED) + 4),
    ]
    for name, d in groups:
        cells = [
            f"{np.mean([d[f'covered {label} {s}'].mean() for s in SIDES]):.2f}" for label in COVERED
        ]
        cells += [f"{d[k].mean():.3f} ({d[k].min():.3f})" for k in ("valid", "filled")]
        cells += [str(int(d["slip"].sum())), str(int(d["swapped"].sum()))]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return ("\n".join(lines) + "\n").replace("nan (nan, nan)", "-").replace("| nan |", "| - |")


def measure(cases: int, minutes: float, chosen: Iterable[int], workers: int) -> pd.DataFrame:
    """One row a case and condition."""
    jobs = [(i, CONDITIONS[c], minutes * 60.0) for c in chosen for i in range(cases)]
    with ProcessPoolExecutor(workers) as pool:
        return pd.DataFrame(list(pool.map(_job, jobs)))


def main() -> None:
    """Print the tables of the chosen conditions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--conditions", type=int, nargs="*", help="numbers of the conditions")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--save", help="write every case's figures to this CSV")
    options = parser.parse_args()
    chosen = options.conditions if options.conditions else range(len(CONDITIONS))
    frame = measure(options.cases, options.minutes, chosen, options.workers)
    if options.save:
        frame.to_csv(options.save, index=False)
    print(tables(frame))


if __name__ == "__main__":
    main()
