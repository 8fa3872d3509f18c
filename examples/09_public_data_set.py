"""09 Validate on a public data set: contacts that hipgait finds beside those of a reference.

    python examples/09_public_data_set.py --name grouvel --folder where/you/unpacked/it --out public
    python examples/09_public_data_set.py --out public          (no data: a made-up file)

Loaders that hipgait has, and where the data are (docs/validation.md says what each lacks):

    bach          github.com/marlow17/PredictingGroundReactionForces, data/walk+run.mat
    grouvel       doi:10.26037/yareta:xkxgaw6ewjdhfntdhtj7upepxy
    marea         wiki.hh.se/caisr, Gait database
    neura-sparse  gait-tech.github.io/gaittoolbox/data.html
    pac12         github.com/alcantarar/PAC12_IMU_Toolbox; ask its authors for the sessions

Without --folder the script writes one trial in the layout of ``grouvel`` from a simulated runner.
That shows how it works, and says nothing about how good hipgait is.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd

import hipgait as hg
from hipgait.names import G_MPS2
from hipgait.simulate.cases import validation_case

sys.path.append(str(Path(__file__).resolve().parents[1]))  # the loaders are in the checkout
from validation.datasets import MATCH_S, Trial, best_offset, compare, grouvel, nearest
from validation.datasets.__main__ import LOADERS


def main(out: Path, name: str = "grouvel", folder: Path | None = None) -> Path:
    """Compare every trial with its reference. Returns the picture of this example."""
    out.mkdir(parents=True, exist_ok=True)
    if folder is None:
        print("No --folder: this is a synthetic file. Its figures say nothing about people.")
        name, folder = "grouvel", out / "synthetic"
        write_synthetic(folder)
    errors: list[np.ndarray] = []
    try:
        for trial in LOADERS[name](folder):
            strides = hg.analyze(trial.recording).strides
            found = compare(trial, strides)
            print(f"{trial.name}: " + ", ".join(f"{k} {v:.3g}" for k, v in found.items()))
            errors.append(contact_errors(trial, strides))
    except hg.HipgaitError as error:
        sys.exit(str(error))
    return draw(np.concatenate(errors), out / "contacts.png", synthetic=out in folder.parents)


def contact_errors(trial: Trial, strides: pd.DataFrame) -> np.ndarray:
    """Initial contact, found minus reference, ms."""
    found = np.sort(strides["ic_s"].to_numpy())
    truth = np.sort(trial.ic_s)
    if not len(truth) or not len(found):
        return np.empty(0)
    shift = 0.0 if trial.one_clock else best_offset(found, truth)
    error = nearest(found, truth + shift)
    return 1e3 * error[np.abs(error) < MATCH_S]


def write_synthetic(folder: Path) -> None:
    """SYNC_DATA of one trial, as published: 100 Hz, three sensors in g and deg/s, insoles in N."""
    recording, truth = validation_case(2, rate_hz=grouvel.RATE_HZ, protocol="none", duration_s=60.0)
    time = np.arange(2.0, 58.0, 1.0 / grouvel.RATE_HZ)
    table = {}
    for word, placement in (("SA", "pelvis"), ("LS", "left_shank"), ("RS", "right_shank")):
        stream = recording[placement]
        for k, axis in enumerate("xyz"):
            for kind, values, unit in (
                ("acc", stream.acc, G_MPS2),
                ("gyro", stream.gyr, np.pi / 180),
            ):
                on_grid = np.interp(time, stream.time_s, values[:, k]) / unit
                table[f"P6_{word}_{kind}_{axis}"] = on_grid
    for side in ("left", "right"):
        mine = truth[truth["side"] == side]
        starts, ends = (mine[c].to_numpy()[:, np.newaxis] for c in ("ic_s", "tc_s"))
        table[f"{side}TotalForce_N_"] = 900.0 * ((time >= starts) & (time < ends)).any(axis=0)
    path = folder / "P01_S01" / "SYNC_DATA" / "P01_S01_Running_01.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(table).round(5).to_csv(path, index=False)


def draw(errors: np.ndarray, path: Path, *, synthetic: bool) -> Path:
    """How the errors are spread."""
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7.4, 3.0), layout="constrained")
    axes.hist(errors, bins=np.arange(-60, 61, 2), color="#B9B6AC")
    axes.axvline(0.0, color="#1A1A1A", linewidth=0.8)
    what = "synthetic file, says nothing about people" if synthetic else f"{len(errors)} contacts"
    axes.set_title(f"Initial contact: hipgait minus reference ({what})", loc="left")
    axes.set_xlabel("ms")
    axes.set_ylabel("contacts")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


if __name__ == "__main__":
    parser = ArgumentParser(description="Validate on a public data set.")
    parser.add_argument("--out", type=Path, default=Path("example-09"), help="folder to write into")
    parser.add_argument("--name", choices=sorted(LOADERS), default="grouvel")
    parser.add_argument("--folder", type=Path, help="the unpacked data set")
    options = parser.parse_args()
    main(options.out, options.name, options.folder)
