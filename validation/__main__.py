"""``make validate``: measure everything again and rewrite the tables of docs/validation.md.

Each table stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``; the text around them is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from validation import (
    angles,
    athletes,
    compare,
    control,
    drift,
    events,
    extras,
    pipeline,
    repeats,
    slip,
    sync,
)

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


def tables(o: argparse.Namespace) -> dict[str, Callable[[], str]]:
    """Name of each place on the page -> what measures its table."""
    few = range(min(o.cases, 10))
    every = range(len(pipeline.CONDITIONS))

    @functools.cache
    def with_true_contacts() -> list[dict[str, Any]]:
        seconds = 60.0 * min(o.minutes, 4.0)
        return angles.measure(o.cases, seconds, list(angles.CONDITIONS), o.workers)

    def sources() -> str:
        rows = with_true_contacts()
        return angles.table_sources([r for r in rows if r["condition"] == "bows and kicks"])

    return {
        "force-plate": recorded(lambda: printed(events.force_table)),
        "sacrum": recorded(lambda: printed(events.sacrum_table)),
        "runs": recorded(lambda: printed(events.runs_table)),
        "marker-driven": recorded(angles.table_markers),
        "simulated": lambda: pipeline.tables(
            pipeline.measure(o.cases, o.minutes, every, o.workers)
        ),
        "true-contacts": lambda: (
            f"{o.cases} runners of {min(o.minutes, 4.0):g} min\n\n"
            + angles.table_contacts(with_true_contacts())
        ),
        "sources": sources,
        "others": lambda: extras.other_columns(o.cases, 60.0 * min(o.minutes, 3.0), o.workers),
        "hour": lambda: extras.invented_drift((0, 2, 4)),
        "control": lambda: control.table(o.cases, o.workers),
        "exchanged": lambda: extras.exchanged_labels(o.cases, 120.0),
        "sync": lambda: sync.table(
            sync.CASES if o.cases >= 30 else o.cases, 60.0 * min(o.minutes, 4.0), o.workers
        ),
        "compare": lambda: compare.table(1000, o.workers),
        "athletes": lambda: athletes.table(o.workers),
        "drift": lambda: drift.table(1000, o.workers),
        "repeats": lambda: repeats.table(o.cases, 2000, o.workers),
        "slip": lambda: slip.table(o.workers),
        "sync-outdoor": recorded(sync.outdoor_table),
        "reduced": lambda: printed(
            lambda: events.simulated_table(few, 4.0, [200.0, 100.0, 60.0], False, o.workers)
        ),
    }


def recorded(table: Callable[[], str]) -> Callable[[], str]:
    """A table that needs the recordings; a sentence where they are absent."""
    if events.data_root().is_dir():
        return table
    return lambda: "Not measured here: the recordings are absent (set HIPGAIT_DATA).\n"


def main() -> None:
    """Measure; ``--quick`` takes a few cases and does not touch the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="three cases, nothing is written")
    parser.add_argument("--only", nargs="+", metavar="TABLE", help="these tables, not all")
    o = parser.parse_args()
    if o.quick:
        print(printed(events.force_table))
        print(pipeline.tables(pipeline.measure(3, 3.0, (0,), o.workers)))
        return
    known = tables(o)
    for name in o.only or known:
        if name not in known:
            raise SystemExit(f"no table {name}; there are: {', '.join(known)}")
        put(name, known[name]())


if __name__ == "__main__":
    main()
