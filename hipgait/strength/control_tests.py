"""Control tests of an athlete, known to the journal by themselves.

``hipgait control-test RUN --out journal/control/NAME`` puts its findings where they are found:
every ``control/<folder>/control.json`` of a journal is read. Each test is compared with those
before it (``stats.repeatability``). A knee drifted inward where the change of the shank's lean is
beyond both the repeatability and the smallest change that matters; the test is as before where no
lean and no drop is larger by what matters. Where one is, and the earlier tests differ as much among
themselves, it cannot be told; with too few of them neither. A test that was worse is no measure of
what is usual: later ones are not compared with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hipgait.errors import FormatError
from hipgait.io.control_results import CONTROL, read_control
from hipgait.io.identity import local_start
from hipgait.names import OUTCOMES
from hipgait.stats.repeatability import repeatability
from hipgait.strength.check_run import once
from hipgait.strength.entries import Note, Ref
from hipgait.strength.rules import day_words

FOLDER: Final = "control"
"""Folder of a journal that holds what control-test wrote, one folder a test."""
LEAN: Final = "shank_lean_change_deg"
DROP: Final = "pelvic_drop_change_deg"
_MATTERS: Final = {o.name: o.matters for o in OUTCOMES}
MATTERS: Final = {
    LEAN: _MATTERS["shank_lean_excursion"],
    DROP: _MATTERS["pelvic_drop_excursion"],
}
"""Measure -> smallest change that matters, deg; + is worse for both (knee in, free side down)."""
KINDS: Final = ("step_down", "squat")


@dataclass(frozen=True)
class Measured:
    """One measure of one leg, deg. before : mean of the n earlier tests; mdc95 : their MDC95.

    mdc95 : None with too few earlier tests.
    """

    kind: str
    side: str
    measure: str
    value: float
    n: int
    before: float | None
    mdc95: float | None

    @property
    def compared(self) -> bool:
        """Whether there are enough earlier tests."""
        return self.mdc95 is not None

    @property
    def larger(self) -> bool:
        """By more than the smallest change that matters, be it repetition or not."""
        known = self.mdc95 is not None and self.before is not None
        return known and self.value - (self.before or 0.0) > MATTERS[self.measure]

    @property
    def worse(self) -> bool:
        """Larger, and beyond the repeatability."""
        if self.mdc95 is None or self.before is None:
            return False
        return self.larger and self.value - self.before > self.mdc95


@dataclass(frozen=True)
class ControlResult:
    """One control test. ref : its file in the journal.  time : of day, as the file says it."""

    day: dt.date
    time: dt.time
    ref: Ref
    measured: tuple[Measured, ...]

    @property
    def says(self) -> str | None:
        """``drifted_in``, ``as_before``, ``worse`` (more drop alone), ``unclear`` (larger, but not
        beyond the repeatability) or None: too few tests.
        """
        if not any(m.compared for m in self.measured):
            return None
        worse = {m.measure for m in self.measured if m.worse}
        if worse:
            return "drifted_in" if LEAN in worse else "worse"
        return "unclear" if any(m.larger for m in self.measured) else "as_before"

    def note(self) -> Note | None:
        """The test as an entry, where it says what an entry can say."""
        if self.says not in ("drifted_in", "as_before"):
            return None
        return Note(date=self.day, kind="control_test", text=self.says, ref=self.ref)

    def remark(self) -> str | None:
        """What a reader must know of a test that decides nothing."""
        day = day_words(self.day)
        if self.says is None:
            most = max((m.n for m in self.measured), default=0)
            return (
                f"Control test of {day}: {most} before it, too few to compare. Until there are "
                "more, say yourself how it went: hipgait journal note control_test as_before"
            )
        if self.says == "unclear":
            return (
                f"Control test of {day}: larger than before, but the tests before it differ as "
                "much among themselves: whether that is a change cannot be told. Repeat it."
            )
        if self.says == "worse":
            return (
                f"Control test of {day}: your pelvis dropped more than before; that a knee "
                "drifted in is not shown."
            )
        return None


def read_control_tests(folder: Path) -> tuple[ControlResult, ...]:
    """The control tests of a journal, oldest first; none where there is no folder ``control``.

    Raises
    ------
    FormatError : a control.json that is none, or that does not say when the test was.
    """
    home = folder / FOLDER
    files = [(path, read_control(path.parent)) for path in sorted(home.glob(f"*/{CONTROL}"))]
    dated = [(_start(path, document), path, document) for path, document in files]
    dated.sort(key=lambda d: (d[0], d[1]))
    dated = once(dated, lambda d: d[2])  # analysed twice it is no second test
    out, earlier = [], list[dict[str, Any]]()
    for start, path, document in dated:
        ref = Ref(path.relative_to(folder).as_posix(), 0)
        try:
            measured = _measured(document["summary"], earlier)
        except (AttributeError, KeyError, TypeError, ValueError):
            what = "holds no summary of a control test"
            raise FormatError(path, what, "Run control-test again") from None
        found = ControlResult(start.date(), start.time(), ref, measured)
        out.append(found)
        if found.says not in ("drifted_in", "worse"):
            earlier.append(document["summary"])
    return tuple(out)


def _start(path: Path, document: dict[str, Any]) -> dt.datetime:
    """When the test began by the runner's clock; in UTC where that is not known."""
    try:
        return dt.datetime.fromisoformat(str(local_start(document))).replace(tzinfo=None)
    except ValueError:
        cure = "Write start_utc into the recording's run.toml and run control-test again"
        raise FormatError(path, "does not say when the test was", cure) from None


def _measured(summary: dict[str, Any], earlier: Sequence[dict[str, Any]]) -> tuple[Measured, ...]:
    table = repeatability(summary, earlier)
    out = []
    for kind in KINDS:
        for side, measures in table.get(kind, {}).items():
            for measure in (LEAN, DROP):
                value = (summary[kind][side].get(measure) or {}).get("mean")
                if value is not None:
                    was = measures[measure]
                    mean, mdc = was["mean"], was["mdc95"]
                    out.append(Measured(kind, side, measure, float(value), was["n"], mean, mdc))
    return tuple(out)
