"""``make validate``: measure everything again and rewrite the tables of docs/validation.md.

Each table stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``; the text around them is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path

from validation import events, extras, pipeline

PAGE = Path(__file__).resolve().parent.parent / "docs" / "validation.md"


def put(name: str, table: str) -> None:
    """Replace one table of the page, beside and renamed."""
    text = PAGE.read_text()
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{PAGE.name} has no place named {name}")
    beside = PAGE.with_suffix(".part")
    beside.write_text(pattern.sub(lambda m: f"{m[1]}\n{table}\n{m[2]}", text))
    beside.replace(PAGE)
    print(f"{name}\n\n{table}", flush=True)


def printed(work: Callable[[], None]) -> str:
    """What a table function prints."""
    page = io.StringIO()
    with contextlib.redirect_stdout(page):
        work()
    # a table needs an empty line above it
    return re.sub(r"^([^|\n].*)\n(?=\|)", r"\1\n\n", page.getvalue().strip(), flags=re.M) + "\n"


def main() -> None:
    """Measure; ``--quick`` takes a few cases and does not touch the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="three cases, nothing is written")
    o = parser.parse_args()
    if o.quick:
        print(printed(events.force_table))
        print(pipeline.tables(pipeline.measure(3, 3.0, (0,), o.workers)))
        return
    have = events.data_root().is_dir()
    absent = "Not measured here: the recordings are absent (set HIPGAIT_DATA).\n"
    put("force-plate", printed(events.force_table) if have else absent)
    put("sacrum", printed(events.sacrum_table) if have else absent)
    put("runs", printed(events.runs_table) if have else absent)
    chosen = range(len(pipeline.CONDITIONS))
    put("simulated", pipeline.tables(pipeline.measure(o.cases, o.minutes, chosen, o.workers)))
    put("hour", extras.invented_drift((0, 2, 4)))
    put("exchanged", extras.exchanged_labels(o.cases, 120.0))
    few = range(min(o.cases, 10))
    put(
        "reduced",
        printed(lambda: events.simulated_table(few, 4.0, [200.0, 100.0, 60.0], False, o.workers)),
    )


if __name__ == "__main__":
    main()
