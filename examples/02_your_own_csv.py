"""02 Your own CSV: any column names, any units, any mounting.

    python examples/02_your_own_csv.py --out own-csv

Short way, no Python: call the columns time_s, acc_x ... gyr_z, declare other units in the header
(acc_x_g, gyr_x_rad_s), name the files pelvis.csv, left_shank.csv, right_shank.csv, and give the
folder to ``hipgait analyze``. This script is for everything else: it translates a logger that
nobody has heard of into what hipgait takes, and shows that the numbers stay the same.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pandas as pd

import hipgait as hg
from hipgait.names import G_MPS2
from hipgait.resources import data_path

WHERE = {"pelvis": "logger_D4.csv", "left_shank": "logger_A1.csv", "right_shank": "logger_B7.csv"}
AXES = "XYZ"


def main(out: Path) -> Path:
    """Write strange files, read them, analyse. Returns the picture of this example."""
    out.mkdir(parents=True, exist_ok=True)
    usual = hg.read(data_path("walk-and-run"))
    for placement, name in WHERE.items():
        write_strange_file(usual[placement], out / name)

    # the part to copy: one stream a sensor, then the recording
    streams = {p: read_strange_file(out / name, p) for p, name in WHERE.items()}
    runner = hg.RunInfo(athlete=hg.Athlete(height_m=1.80, mass_kg=68))
    mine = hg.Recording(streams, runner, name="strange-logger")

    result = hg.analyze(mine)
    result.save(out / "report")
    result.save_figures(out / "report" / "figures", ("svg",))

    for name, found in (("as shipped", hg.analyze(usual)), ("strange files", result)):
        drop = found.run["summary"]["pelvic_drop_excursion"]["pooled"]
        print(f"{name:14} pelvic drop {drop['mean']:.2f} deg over {drop['n']} stances")
    print(f"Open {out / 'report' / 'report.html'} in a browser.")
    return out / "report" / "figures" / "pelvic_drop_stance_left.svg"


def read_strange_file(path: Path, placement: str) -> hg.SensorStream:
    """Columns by their names, units into SI. hipgait wants s, m/s^2 and rad/s."""
    table = pd.read_csv(path, sep=";", decimal=",")
    time_ms = table["Zeit [ms]"].to_numpy()
    acc_mg = table[[f"Beschl {a} [mg]" for a in AXES]].to_numpy()
    gyr_deg_s = table[[f"Drehrate {a}" for a in AXES]].to_numpy()
    # How the sensor sat does not matter: hipgait finds the limb's axes by itself. What does matter
    # is a right-handed frame, and +1 g at rest on the axis that points up (if yours shows -1 g,
    # write -acc here).
    return hg.SensorStream(
        placement,
        time_s=time_ms / 1000.0,
        acc=acc_mg / 1000.0 * G_MPS2,
        gyr=np.radians(gyr_deg_s),
        acc_range=16 * G_MPS2,  # what reaches the range is marked as clipped; None: unknown
        gyr_range=np.radians(2000.0),
    )


def write_strange_file(stream: hg.SensorStream, path: Path) -> None:
    """Semicolons, decimal commas, German names, mg, and a sensor that was put on sideways."""
    assert stream.gyr is not None
    sideways = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])
    table = pd.DataFrame({"Zeit [ms]": stream.time_s * 1000.0})
    table["Akku"] = 87  # a column that nobody needs
    table[[f"Beschl {a} [mg]" for a in AXES]] = stream.acc @ sideways.T / G_MPS2 * 1000.0
    table[[f"Drehrate {a}" for a in AXES]] = np.degrees(stream.gyr @ sideways.T)
    table.to_csv(path, sep=";", decimal=",", float_format="%.3f", index=False)


if __name__ == "__main__":
    parser = ArgumentParser(description="Your own CSV.")
    parser.add_argument("--out", type=Path, default=Path("example-02"), help="folder to write into")
    main(parser.parse_args().out)
