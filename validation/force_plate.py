"""Events of real people against a force plate, from one shank accelerometer alone.

Trials of Bach, Dominici and Daffertshofer 2022 (doi 10.1101/2022.02.14.480318), two people; contact
is force above 50 N. The shipped constants are scored, and then each event shifted by the mean error
found on the other person, so that nothing was fitted on the person tested.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hipgait.names import G_MPS2
from hipgait.recording import SensorStream
from validation.pipeline import match

TRIALS = {
    "trial01_running": "A",
    "trial02_running": "A",
    "trial07_running": "B",
    "trial08_running": "B",
    "trial03_walking": "A",
    "trial05_walking": "B",
}
THRESHOLD_N, EDGE_S, WITHIN_S = 50.0, 0.25, 0.06


def data_folder() -> Path | None:
    """The folder of real recordings, or None where it is absent."""
    folder = Path(os.environ.get("HIPGAIT_DATA", "../shared/data")) / "shank-acc-grf"
    return folder if folder.is_dir() else None


def contacts(time: np.ndarray, force_n: np.ndarray) -> np.ndarray:
    """(k, 2) contact and release where the force crosses 50 N, swing offset removed, s."""
    force = np.abs(force_n)
    force = force - np.median(force[force < np.percentile(force, 35)])
    on = force >= THRESHOLD_N
    up, down = np.flatnonzero(~on[:-1] & on[1:]), np.flatnonzero(on[:-1] & ~on[1:])

    def crossing(i: int) -> float:
        share = (THRESHOLD_N - force[i]) / (force[i + 1] - force[i])
        return float(time[i] + share * (time[i + 1] - time[i]))

    rows = []
    for i in up:
        after = down[down > i]
        if len(after) and time[after[0]] - time[i] > 0.1:
            rows.append((crossing(i), crossing(after[0])))
    return np.array(rows).reshape(-1, 2)


def score_trial(path: Path) -> dict[str, Any]:
    """Events of one trial against its plate."""
    from hipgait.kinematics.uniform import uniform
    from hipgait.strides.events import find_stances

    frame = pd.read_csv(path)
    time = frame.iloc[:, 0].to_numpy(dtype=float)
    acc = frame.iloc[:, 1:4].to_numpy(dtype=float) * G_MPS2
    truth = contacts(time, frame.iloc[:, 4].to_numpy(dtype=float))
    stream = SensorStream("left_shank", time, acc, acc_range=8 * G_MPS2)
    found = find_stances({"left_shank": uniform(stream)})
    inner = (truth[:, 0] > time[0] + EDGE_S) & (truth[:, 1] < time[-1] - EDGE_S)
    i, j = match(found.ic_s, truth[:, 0], WITHIN_S)
    extra = np.setdiff1d(np.arange(len(found.ic_s)), i)
    invented = [k for k in extra if time[0] + EDGE_S < found.ic_s[k] < time[-1] - EDGE_S - 0.3]
    tc = found.tc_s[i]
    row = {
        "n": int(inner.sum()),
        "missed": int(np.setdiff1d(np.flatnonzero(inner), j).size),
        "invented": len(invented),
        "run": float(found.run.mean()),
        "ic": 1e3 * (found.ic_s[i] - truth[j, 0]),
        "tc": 1e3 * (tc - truth[j, 1])[np.isfinite(tc)],
        "ct": 1e3 * ((tc - found.ic_s[i]) - (truth[j, 1] - truth[j, 0]))[np.isfinite(tc)],
    }
    row["worst_tc"] = float(np.abs(row["tc"]).max()) if len(row["tc"]) else np.nan
    return row


def table() -> str:
    """Markdown table, or one line where the data are absent."""
    folder = data_folder()
    if folder is None:
        return "Not measured here: the recordings are absent (set HIPGAIT_DATA).\n"
    rows = {name: score_trial(folder / f"{name}.csv.gz") for name in TRIALS}
    lines = [
        (
            "| trial | person | strides | missed | invented "
            "| IC bias / SD / MAE | TC bias / SD / MAE "
            "| contact time MAE | IC / TC / contact MAE, constant of the other person |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    pooled: dict[str, dict[str, list[np.ndarray]]] = {}
    for name, row in rows.items():
        gait = name.split("_")[1]
        others = [n for n in TRIALS if TRIALS[n] != TRIALS[name] and n.endswith(gait)]
        shifted = {
            key: row[key] - np.mean([rows[n][key].mean() for n in others])
            for key in ("ic", "tc", "ct")
        }
        cells = [
            f"{row[key].mean():+.1f} / {row[key].std():.1f} / {np.abs(row[key]).mean():.1f}"
            for key in ("ic", "tc")
        ]
        blind = " / ".join(f"{np.abs(shifted[key]).mean():.1f}" for key in ("ic", "tc", "ct"))
        lines.append(
            f"| {name} | {TRIALS[name]} | {row['n']} | {row['missed']} | {row['invented']} | "
            f"{cells[0]} | {cells[1]} | {np.abs(row['ct']).mean():.1f} | {blind} |"
        )
        for label, source in (
            ("shipped constants", row),
            ("constant of the other person", shifted),
        ):
            part = pooled.setdefault(f"{gait}, {label}", {"ic": [], "tc": [], "ct": []})
            for key in part:
                part[key].append(source[key])
    lines += [
        "",
        "| pooled | IC MAE | TC MAE | contact time MAE | worst trial IC / TC |",
        "|---|---|---|---|---|",
    ]
    for label, part in pooled.items():
        mae = [np.abs(np.concatenate(part[key])).mean() for key in ("ic", "tc", "ct")]
        worst = [max(np.abs(e).mean() for e in part[key]) for key in ("ic", "tc")]
        lines.append(
            f"| {label} | {mae[0]:.1f} | {mae[1]:.1f} | {mae[2]:.1f} | "
            f"{worst[0]:.1f} / {worst[1]:.1f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table())
