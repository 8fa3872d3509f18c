"""03 Record over Bluetooth, without sensors at hand: virtual ones on a simulated runner.

    pip install "hipgait[virtual]"
    python examples/03_record_virtual_sensors.py --out recorded

Everything but the radio is real: scanning, connecting, packets, losses, clocks that drift, the
capture file. With sensors of your own, only ``--simulate --fast`` goes, and ``--sensor`` comes
(docs/recording.md).
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

import hipgait as hg
from hipgait.cli.main import run as hipgait


def main(out: Path) -> Path:
    """Record a minute and a half, then analyse it. Returns the picture of this example."""
    capture = out / "run.mcap"
    capture.unlink(missing_ok=True)  # a recording is never overwritten
    # the same words as on a command line; --fast: as quickly as the computer can
    words = ["record", "--simulate", "--fast", "--duration", "90", "--out", str(capture)]
    if code := hipgait(words):
        sys.exit(code)

    run = hg.read(capture)
    for placement, stream in run.streams.items():
        print(f"{placement}: {stream.n} samples, {stream.rate_hz:.1f} Hz")
    result = hg.analyze(run)
    result.save(out / "report")
    result.save_figures(out / "report" / "figures", ("svg",))
    steps = result.run["summary"]["cadence"]["pooled"]["mean"]
    print(f"{len(result.strides)} stances, {steps:.0f} steps a minute")
    print(f"Open {out / 'report' / 'report.html'} in a browser.")
    return out / "report" / "figures" / "data_used.svg"


if __name__ == "__main__":
    parser = ArgumentParser(description="Record from virtual sensors.")
    parser.add_argument("--out", type=Path, default=Path("example-03"), help="folder to write into")
    main(parser.parse_args().out)
