"""What became of a batch: runs.csv, failures.csv and a few sentences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from hipgait.batch.plan import Plan
from hipgait.batch.work import DONE, FAILED, THERE, Done
from hipgait.io.cells import csv_text
from hipgait.io.writing import encodable

RUNS: Final = "runs.csv"
FAILURES: Final = "failures.csv"
SAME: Final = "same"
"""state of a recording whose files are those of another one of this batch"""


@dataclass
class Summary:
    """The state of every recording.

    recordings : source -> digest.  same : source -> the source with the same files.
    """

    plan: Plan
    recordings: dict[str, str] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    results: dict[str, Done] = field(default_factory=dict)

    def add(self, done: Done) -> None:
        """Note what became of one recording."""
        self.results[done.source] = done

    @property
    def failures(self) -> list[Done]:
        """Those that failed, in the order given."""
        order = (self.results.get(s) for s in self.plan.sources)
        return [d for d in order if d is not None and d.state == FAILED]

    def count(self, state: str) -> int:
        """Recordings in a state: done, there or failed."""
        return sum(d.state == state for d in self.results.values())

    @property
    def peak_mb(self) -> float:
        """Largest memory of a worker."""
        return max((d.peak_mb for d in self.results.values()), default=0.0)

    def place(self, source: str) -> str:
        """Where the result of a recording is, below the output; "" where there is none."""
        owner = self.same.get(source, source)
        done = self.results.get(owner)
        if done is None or done.state == FAILED:
            return ""
        return self.plan.task(owner, done.recording).place

    def why(self) -> list[tuple[int, str]]:
        """(count, kind of failure with an example), the commonest first."""
        kinds = Counter(d.kind for d in self.failures)
        example = {d.kind: d.what for d in reversed(self.failures)}
        return [(n, f"{kind}: {example[kind]}") for kind, n in kinds.most_common()]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary."""
        return {
            "out": self.plan.store.root,
            "analysis": self.plan.analysis,
            "runs": len(self.plan.sources),
            "done": self.count(DONE),
            "there": self.count(THERE),
            "same": len(self.same),
            "failed": [
                {"run": encodable(d.source), "kind": d.kind, "what": d.what} for d in self.failures
            ],
            "peak_mb": round(self.peak_mb, 1),
        }


def write_summary(summary: Summary) -> None:
    """Write runs.csv and failures.csv beside the results. Raises InputError."""
    plan = summary.plan
    rows = [_row(summary, source) for source in plan.sources]
    plan.store.write(f"{plan.home}/{RUNS}", csv_text(("run", "state", "result", "as"), rows))
    failed = [(d.source, d.kind, d.what) for d in summary.failures]
    plan.store.write(f"{plan.home}/{FAILURES}", csv_text(("run", "kind", "what"), failed))


def _row(summary: Summary, source: str) -> tuple[str, str, str, str]:
    if source in summary.same:
        return source, SAME, summary.place(source), summary.same[source]
    done = summary.results.get(source)
    return source, "waiting" if done is None else done.state, summary.place(source), ""
