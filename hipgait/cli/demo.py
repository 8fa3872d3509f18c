"""``hipgait demo``: a tiring runner with known truth."""

from __future__ import annotations

from pathlib import Path

import click

from hipgait.cli.common import GivenPath, json_option, print_json, progress
from hipgait.cli.terminal import show
from hipgait.errors import InputError


@click.command("demo", short_help="A simulated runner tires: findings, truth and report.")
@click.option(
    "--out",
    default="hipgait-demo",
    show_default=True,
    metavar="DIR",
    type=GivenPath(),
    help="Folder to write the report and the tables into.",
)
@json_option
def command(out: Path, as_json: bool) -> None:
    """Let a simulated runner tire, analyse what three simulated sensors recorded, and print what
    was found with the truth beside it. Writes the report and the tables, as analyze does.

    The truth is looked at only after the analysis.

    \b
    Example:
      hipgait demo --out hipgait-demo
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file", "Give a folder with --out")
    with progress(quiet=as_json) as step:
        step("simulating a runner and three sensors")
        from hipgait.simulate.demo import demo_recording

        recording, truth = demo_recording()
        step("analysing the recording")
        from hipgait import api
        from hipgait.cli import truth as beside

        result = api.analyze(recording)
        step(f"writing {out}")
        result.save(out)
        lines, contacts, tested = beside.compare(result, truth)
    if as_json:
        print_json(
            {
                "out": str(out),
                "report": str(out / "report.html"),
                "findings": result.run,
                "truth": [line._asdict() for line in lines],
                "contacts": contacts._asdict(),
                "tested": [one._asdict() for one in tested],
            }
        )
        return
    minutes = max(stream.duration_s for stream in recording.streams.values()) / 60.0
    show(
        f"A simulated runner tires over {minutes:.0f} minutes. Three simulated consumer sensors,\n"
        "mounted askew, with noise, bias and lost samples, recorded it. What hipgait found, and\n"
        "the truth of the same stances:\n"
    )
    show(beside.table(lines))
    landing, push_off = (
        f"{median:+.0f} ms (SD {sd:.1f})".replace("-", "\N{MINUS SIGN}")
        for median, sd in (contacts.ic_ms, contacts.tc_ms)
    )
    show(
        f"\n{contacts.found} of {contacts.true} stances found; landing {landing}, "
        f"push-off {push_off} from the truth. Changes are taken before rounding."
    )
    if tested:
        show(f"\n{beside.headline(tested)}")
    show(f"\nThe report: {out / 'report.html'}")
