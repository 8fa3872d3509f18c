"""05 Before and after a strength block: what changed, and how sure is that?

    python examples/05_before_after.py --out block

A simulated athlete: five runs before a block of eight weeks, five after it. Every day, pace and
mounting differ, as in life; the block took 1.5 degrees off the pelvic drop. The plan is written
down before anybody looks.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

import hipgait as hg
from hipgait.simulate.athlete import AthleteSettings, athlete_runs

TRUE_CHANGE_DEG = -1.5
PLAN = """\
created = 2026-03-01                 # before the first run
primary = "pelvic_drop_excursion"    # the one outcome that decides
secondary = ["contact_time"]
block_start = 2026-03-16
block_weeks = 8
wash_in_weeks = 2
"""


def main(out: Path) -> Path:
    """Simulate, analyse, compare. Returns the picture of this example."""
    out.mkdir(parents=True, exist_ok=True)
    plan = out / "plan.toml"
    plan.write_text(PLAN, "utf-8")
    athlete = AthleteSettings(
        before=5, after=5, change_deg=TRUE_CHANGE_DEG, between_run_deg=0.6, run_s=60.0
    )
    phases: dict[str, list[Path]] = {"before": [], "after": []}
    for run in athlete_runs(4, athlete):
        folder = out / run.phase / run.recording.name
        hg.analyze(run.recording).save(folder, report=False)
        phases[run.phase].append(folder)

    # on a command line: hipgait compare --before block/before/* --after block/after/* ...
    found = hg.compare(phases["before"], phases["after"], plan)
    found.save(out / "comparison")
    change = found.document["outcomes"]["pelvic_drop_excursion"]
    low, high = change["ci_low"], change["ci_high"]
    print(f"pelvic drop: {change['estimate']:+.1f} deg ({low:+.1f} to {high:+.1f})")
    print(f"verdict: {change['verdict']}; the truth is {TRUE_CHANGE_DEG:+.1f} deg")
    print(f"Open {out / 'comparison' / 'report.html'} in a browser.")
    return found.save_figure(out / "comparison" / "runs.svg")


if __name__ == "__main__":
    parser = ArgumentParser(description="Before and after a block.")
    parser.add_argument("--out", type=Path, default=Path("example-05"), help="folder to write into")
    main(parser.parse_args().out)
