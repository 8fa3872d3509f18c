"""08 Validate in your own lab: an optical system and hipgait side by side, in one command.

    python examples/08_validate_in_your_lab.py --out lab

The laboratory is simulated here: a runner whose true angles are known, three sensors, and an
"optical system" with its own clock, its own names, the other sign and some noise. With real data
only the one line at the end of ``main`` remains. docs/validate-in-your-lab.md says how to measure.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pandas as pd

import hipgait as hg
from hipgait.cli.main import run as hipgait
from hipgait.simulate.cases import validation_case


def main(out: Path) -> Path:
    """Make the recordings, then compare. Returns the picture of this example."""
    recording, truth = validation_case(3, soft_tissue=True, rate_hz=100.0, duration_s=90.0)
    hg.analyze(recording).save(out / "run", report=False)
    optical = write_optical_export(truth, out / "optical.csv")

    # the one command; on a command line:
    #   hipgait agree lab/run lab/optical.csv --column ic_s=Time --column side=Foot ...
    words = ["agree", str(out / "run"), str(optical), "--out", str(out / "agreement")]
    words += ["--column", "ic_s=Time", "--column", "side=Foot"]
    words += ["--column", "pelvic_drop_excursion_deg=-PelvicObliquity"]
    words += ["--column", "contact_time_s=ContactTime"]
    if code := hipgait(words):
        sys.exit(code)
    return out / "agreement" / "pelvic_drop_excursion_deg.svg"


def write_optical_export(truth: pd.DataFrame, path: Path) -> Path:
    """What an optical system might export of 60 s: one row a stance, on a clock of its own."""
    rng = np.random.default_rng(8)
    steady = truth[truth["steady"] & (truth["gait"] == "run")]
    seen = steady[steady["ic_s"].between(30.0, 90.0)]
    n = len(seen)
    table = pd.DataFrame(
        {
            "Time": seen["ic_s"] - 17.25 + rng.normal(0.0, 0.003, n),
            "Foot": seen["side"].str[0].str.upper(),
            "PelvicObliquity": -seen["pelvic_drop_excursion_deg"] + rng.normal(0.0, 0.3, n),
            "ContactTime": seen["tc_s"] - seen["ic_s"] + rng.normal(0.0, 0.004, n),
        }
    )
    table.round(4).to_csv(path, index=False)
    return path


if __name__ == "__main__":
    parser = ArgumentParser(description="Validate in your own lab.")
    parser.add_argument("--out", type=Path, default=Path("example-08"), help="folder to write into")
    main(parser.parse_args().out)
