"""01 A first report: read a run, analyse it, look at what was found.

    python examples/01_first_report.py --out first-report

Takes the tiring runner that comes with hipgait (five minutes, simulated, the truth is known).
Give the name of your own run instead of ``data_path("tired-runner")``.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

import hipgait as hg
from hipgait.resources import data_path


def main(out: Path) -> Path:
    """Write the report into ``out``. Returns the picture of this example."""
    run = hg.read(data_path("tired-runner"))
    print("sensors:", ", ".join(run.streams))

    result = hg.analyze(run)
    print(result.summary())  # the findings as text

    # one row a stance (a foot on the ground), as a pandas table
    strides = result.strides
    good = strides[strides["valid"] & (strides["gait"] == "run")]
    print(good.groupby("side")["pelvic_drop_excursion_deg"].describe().round(2))

    result.save(out)  # report.html, strides.csv, strides.parquet, cycles.npz, run.json
    result.save_figures(out / "figures", ("svg",))
    print(f"Open {out / 'report.html'} in a browser.")
    return out / "figures" / "over_run.svg"


if __name__ == "__main__":
    parser = ArgumentParser(description="A first report.")
    parser.add_argument("--out", type=Path, default=Path("example-01"), help="folder to write into")
    main(parser.parse_args().out)
