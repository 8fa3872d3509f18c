"""Runs whose file names do not say which sensor is which: guessed from the signals, never silently.

A guess that is sure enough (``strides.place_guess.CONFIDENT``) is taken and noted in the recording;
anything less is asked for, where there is someone to ask, and refused otherwise.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hipgait.errors import InputError, UnclearSensorsError
from hipgait.io.files import Source, require_readable
from hipgait.io.picking import Picked, in_order
from hipgait.io.placement import placement_note
from hipgait.io.reader import CAPTURE_SUFFIX, RUN_TOML, Opened, open_run, read_picked
from hipgait.io.results import is_results
from hipgait.io.session import is_session
from hipgait.names import PLACEMENTS
from hipgait.recording import Recording
from hipgait.report.seen import Seen, percent, seen_table

if TYPE_CHECKING:
    from hipgait.kinematics.uniform import UniformStream
    from hipgait.strides.place_guess import Guess

SAID: Final = "as said when asked"
NAMED: Final = "by its name"


@dataclass(frozen=True)
class Survey:
    """Every sensor of a run with the guess where it sat.

    run : as the user named it.  synchronised : the sensors share a clock.
    """

    run: Path
    seen: tuple[Seen, ...]
    synchronised: bool

    @property
    def table(self) -> str:
        """One line a file."""
        return seen_table(self.seen)

    @property
    def unsure(self) -> tuple[Seen, ...]:
        """Those that may not be taken without asking."""
        return tuple(s for s in self.seen if not s.guess.sure)


Answers = Mapping[str, str | None]
"""file -> placement, None to leave it out; of every file that was unsure"""
Ask = Callable[[Survey], Answers]


@dataclass(frozen=True)
class Found:
    """A recording, and how the placements came to it: placement -> guess, where not by names."""

    recording: Recording
    guesses: Mapping[str, Guess]

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Every sensor of the recording, for the table and the picture."""
        from hipgait.strides.place_guess import Guess

        return tuple(
            Seen(s.provenance.path, s, self.guesses.get(p) or Guess(p, 1.0, 1.0, NAMED), (p,))
            for p, s in self.recording.streams.items()
        )


def find_sensors(
    path: Path | str,
    sensors: Mapping[str, Path] | None = None,
    run_info: Path | None = None,
    fmt: str = "auto",
    unnamed: Sequence[Path] = (),
    ask: Ask | None = None,
    show: Callable[[Survey], None] | None = None,
    profile: Path | str | None = None,
) -> Found:
    """Read a run; where names do not tell which sensor is which, from the signals.

    Parameters and errors are those of ``hipgait.io.reader.read_run``, and

    unnamed : files of unknown placement, instead of what lies at ``path``.
    ask : asks the user about what is unsure.
    show : is given the survey of the files before anything is decided.
    profile : decodes a capture, in place of the profile in it.

    Raises
    ------
    UnclearSensorsError : where they sat is not sure; carries the table.
    """
    capture, about = _capture_at(Path(path))
    if capture is not None:
        return Found(_capture(capture, sensors, run_info or about, profile), {})
    if profile is not None:
        raise InputError(f"{path}: only captures (.mcap) have a profile", "Leave out --profile")
    opened = open_run(path, sensors, run_info, fmt, unnamed)
    if isinstance(opened, Recording):
        return Found(opened, {})
    if not opened.picks.unclear:
        return Found(read_picked(opened, opened.picks.picked), {})
    survey, sources = _survey(opened)
    if show is not None:
        show(survey)
    if survey.unsure:
        if ask is None:
            raise _unclear(survey)
        survey = _answered(survey, ask(survey))
    picked: Picked = {}
    guesses: dict[str, Guess] = {}
    left_out: list[str] = []
    remarks: list[str] = []
    for s in survey.seen:
        placement = s.guess.placement
        if placement is None:
            left_out.append(s.file)
            continue
        if placement in picked:
            raise InputError(f"two files for {placement}", "Give each placement one file")
        picked[placement] = sources[s.file]
        if len(s.open_to) > 1:
            guesses[placement] = s.guess
            remark = placement_note(sources[s.file][0].stem)
            remarks += [f"{placement}: sensor {remark}"] if remark else []
    if not picked:
        raise InputError(f"{opened.run}: every file was left out", "Keep one at least")
    notes = [*_told(survey.seen), *remarks]
    notes += [f"files left out: {', '.join(left_out)}"] if left_out else []
    return Found(read_picked(opened, in_order(picked), notes=notes), guesses)


def _capture_at(path: Path) -> tuple[Path | None, Path | None]:
    """The capture that a path means, itself or the only one in a folder, and the folder's run.toml.

    Findings and sessions are folders of their own, whatever else lies in them.
    """
    require_readable(path)
    if path.suffix.lower() == CAPTURE_SUFFIX and not path.is_dir():
        return path, None
    if not path.is_dir() or is_session(path) or is_results(path):
        return None, None
    found = sorted(p for p in path.iterdir() if p.suffix.lower() == CAPTURE_SUFFIX and p.is_file())
    if len(found) > 1:
        names = ", ".join(p.name for p in found[:4]) + (" ..." if len(found) > 4 else "")
        raise InputError(f"{path}: {len(found)} captures in it ({names})", "Name one of them")
    if not found:
        return None, None
    about = path / RUN_TOML
    own = found[0].with_name(f"{found[0].stem}.{RUN_TOML}")
    return found[0], about if about.is_file() and not own.is_file() else None


def _capture(
    path: Path | str,
    sensors: Mapping[str, Path] | None,
    run_info: Path | None,
    profile: Path | str | None,
) -> Recording:
    """What was recorded over the radio."""
    from hipgait.ble.replay import read_recording

    if sensors:
        raise InputError(
            f"{path}: a capture says itself where its sensors were", "Leave out --sensor"
        )
    return read_recording(path, profile=profile, run_info=run_info)


def _told(seen: Sequence[Seen]) -> list[str]:
    """What the report says of placements that no name told."""
    mine = [s for s in seen if s.guess.placement is not None and len(s.open_to) > 1]
    asked = [f"{s.guess.placement} {s.file}" for s in mine if s.guess.why == SAID]
    guessed = [
        f"{s.guess.placement} {s.file} ({percent(s.guess.confidence)} sure)"
        for s in mine
        if s.guess.why != SAID
    ]
    notes = [f"placements guessed from the signals: {', '.join(guessed)}"] if guessed else []
    return notes + ([f"placements said when asked: {', '.join(asked)}"] if asked else [])


def _survey(opened: Opened) -> tuple[Survey, Picked]:
    """What every file holds, under labels that are not placements yet."""
    from hipgait.kinematics.uniform import uniform
    from hipgait.strides.place_guess import Guess, guess_placements

    picks = opened.picks
    known = [((p,), *found) for p, found in picks.picked.items()]
    every = [*known, *((u.open_to, u.source, u.reader) for u in picks.unclear)]
    if len(every) > len(PLACEMENTS):
        raise UnclearSensorsError(
            f"{opened.run}: {len(every)} files hold a sensor, more than there are placements, and "
            "names do not say where they sat",
            f"Name those of one run with --sensor PLACEMENT=FILE (PLACEMENT is one of "
            f"{', '.join(PLACEMENTS)})",
        )
    files = [_as_said(source) for _, source, _ in every]
    labels = dict(zip(PLACEMENTS, every, strict=False))
    recording = read_picked(
        opened, {label: (source, reader) for label, (_, source, reader) in labels.items()}, True
    )
    by_file = dict(zip(files, labels, strict=True))
    open_to = {file: labels[label][0] for file, label in by_file.items()}
    ready: dict[str, UniformStream] = {}
    for file, label in by_file.items():
        stream = recording.streams[label]
        if stream.gravity_removed and len(open_to[file]) > 1:
            continue
        try:
            ready[file] = uniform(stream)
        except InputError as error:
            what = error.what.replace(label, file, 1)
            raise InputError(what, error.cure) from None
    told = guess_placements(ready, open_to, recording.synchronised) if ready else {}
    without = Guess(None, 0.0, 0.0, "gravity was removed: nothing to tell from")
    seen = [
        Seen(file, recording.streams[label], told.get(file, without), open_to[file])
        for file, label in by_file.items()
    ]
    seen.sort(key=_order)
    sources = {file: labels[label][1:] for file, label in by_file.items()}
    return Survey(opened.run, tuple(seen), recording.synchronised), sources


def _order(s: Seen) -> tuple[int, str]:
    placement = s.guess.placement
    return (len(PLACEMENTS) if placement is None else PLACEMENTS.index(placement), s.file)


def _as_said(source: Source) -> str:
    """How ``--sensor`` names it."""
    name = source.member if source.archive is not None else str(source.path)
    return f"{name}#{source.part}" if source.part else name


def _unclear(survey: Survey) -> UnclearSensorsError:
    names = ", ".join(s.file for s in survey.unsure[:3])
    more = " ..." if len(survey.unsure) > 3 else ""
    guess = [
        f"--sensor {s.guess.placement or 'PLACEMENT'}={shlex.quote(s.file)}" for s in survey.seen
    ]
    first = "Correct this and give it" if all(s.guess.placement for s in survey.seen) else "Give"
    return UnclearSensorsError(
        f"{survey.run}: the name does not say where the sensor was, and the signals are not sure: "
        f"{names}{more}",
        f"{first}: {' '.join(guess)}",
        table=survey.table,
    )


def _answered(survey: Survey, answers: Answers) -> Survey:
    """The survey with what the user said."""
    from hipgait.strides.place_guess import Guess

    seen = []
    for s in survey.seen:
        if s.file in answers:
            placement = answers[s.file]
            s = replace(s, guess=Guess(placement, float(placement is not None), 1.0, SAID))
        seen.append(s)
    return replace(survey, seen=tuple(seen))
