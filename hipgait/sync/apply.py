"""What is done with unrelated clocks: moved, told, or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hipgait.errors import InputError
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.names import REFERENCE_ORDER
from hipgait.recording import Recording
from hipgait.settings import Settings, SyncSettings
from hipgait.sync.match import ClockMatch
from hipgait.sync.relate import look, moved, worst_offset
from hipgait.sync.within import Weighed, weigh
from hipgait.threads import in_parallel

AUTO: Final = "auto"
MODES: Final = ("none", "clock", "gait", AUTO)
UNRELATED: Final = "clocks not synchronised"
"""how the readers' notes on clocks begin; they go when the sensors have been brought together"""


@dataclass(frozen=True)
class OneClock:
    """Streams on one clock.

    streams : placement -> stream, those left out absent.  moves : what was moved, and by what.
    apart : placements whose clocks are still unrelated.  notes : for the reader of the report.
    report : the ``sync`` part of the quality section.
    """

    streams: Mapping[str, UniformStream]
    moves: Mapping[str, ClockMatch] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)


def one_clock(
    streams: Mapping[str, UniformStream],
    apart: Sequence[str],
    mode: str = AUTO,
    settings: Settings | None = None,
    within: Mapping[str, float] | None = None,
) -> OneClock:
    """Put the sensors of one recording on one clock.

    Parameters
    ----------
    streams : placement -> stream, each on its own clock.
    apart : placements whose clock is not known to be the reference's.
    mode : "none" leaves all as it is. "clock" compares and tells. "gait" moves every sensor that is
        further off than ``sync.tolerance_s``. "auto" moves those ``apart`` and those further off
        than ``sync.beyond_doubt_s``, and tells of smaller offsets.
    within : placement -> bound, s, of clocks that may be off by no more than it: "gait" and "auto"
        move such a sensor within its bound and the reference's, by what the gait says.

    Nothing is moved unless the evidence is clear. A sensor apart that cannot be related and shares
    no time with the reference is left out; where that is the reference, the others stay.

    Raises
    ------
    InputError : unknown mode.
    """
    check_mode(mode)
    s = settings or Settings()
    if mode == "none" or len(streams) < 2:
        return OneClock(streams, apart=tuple(apart), report={"mode": mode, "sensors": {}})
    reference = next(p for p in REFERENCE_ORDER if p in streams)
    others = [p for p in streams if p != reference]
    bounds = _bounds(reference, others, within or {}, mode)
    found = look(streams, s.sync, s.events, (*apart, *bounds), s.protocol)
    apart = [p for p in others if p in apart or not _overlap(streams[reference], streams[p])]
    lost = [
        p
        for p in others
        if p in apart
        and not _overlap(streams[reference], streams[p])
        and (mode == "clock" or not (p in found and found[p].clear))
    ]
    if len(lost) == len(others) > 1:
        rest = {p: streams[p] for p in others}
        done = one_clock(rest, (), "clock" if mode == "clock" else "gait", s, within)
        sensors = {reference: _row(None, False, True, s.sync), **done.report["sensors"]}
        return replace(
            done,
            notes=(_left_out(reference, "the others"), *done.notes),
            report={**done.report, "mode": mode, "sensors": sensors},
        )
    kept = dict(streams)
    moves: dict[str, ClockMatch] = {}
    still: list[str] = []
    notes: list[str] = []
    rows: dict[str, Any] = {}
    warned: list[tuple[ClockMatch, float]] = []
    for p in others:
        match = found.get(p)
        if p in lost:
            del kept[p]
            notes.append(_left_out(p, reference))
            rows[p] = _row(match, False, True, s.sync)
            continue
        clear = match is not None and match.clear
        worst = worst_offset(streams[p], match) if clear and match is not None else 0.0
        off = abs(worst) > s.sync.tolerance_s
        wrong = abs(worst) > s.sync.beyond_doubt_s
        inside = None
        if match is not None and p in bounds and p not in apart:
            inside = weigh(match, streams[p], bounds[p], s.sync)
        if inside is not None:
            kept[p] = moved(streams[p], inside.match)
            moves[p] = inside.match
            notes.append(_settled(inside))
            rows[p] = _row(inside.match, True, False, s.sync) | {
                "within_ms": round(1e3 * inside.bound_s, 1),
                "left_ms": round(1e3 * inside.left_s, 1),
            }
            continue
        may_move = mode == "gait" or (mode == AUTO and (p in apart or wrong))
        move = clear and may_move and (off or p in apart)
        if move and match is not None:
            kept[p] = moved(streams[p], match)
            moves[p] = match
            notes.append(_moved(match))
        elif off and match is not None:
            warned.append((match, worst))
        if p in apart and not move:
            still.append(p)
            if may_move:
                notes.append(_unclear(p, reference, match, s.sync))
        rows[p] = _row(match, bool(move), False, s.sync)
    notes += _warnings(warned, len(others), s.sync)
    return OneClock(
        kept,
        moves,
        tuple(still),
        tuple(notes),
        {"mode": mode, "reference": reference, "sensors": rows},
    )


def _bounds(
    reference: str, others: Sequence[str], within: Mapping[str, float], mode: str
) -> dict[str, float]:
    """How far each other sensor's clock may be off the reference's, s, where that is known."""
    if mode == "clock":
        return {}
    own = within.get(reference, 0.0)
    return {p: own + within.get(p, 0.0) for p in others if own + within.get(p, 0.0) > 0.0}


def check_mode(mode: str) -> None:
    """Raise InputError for an unknown mode."""
    if mode not in MODES:
        raise InputError(f"sync {mode!r}", f"Use one of: {', '.join(MODES)}")


def without_old_notes(notes: Sequence[str], done: OneClock) -> tuple[str, ...]:
    """A recording's notes and those of ``one_clock``; what is no longer true is left out."""
    old = [n for n in notes if done.apart or not n.startswith(UNRELATED)]
    return tuple(dict.fromkeys([*old, *done.notes]))


def synchronise(
    recording: Recording, mode: str = AUTO, settings: Settings | None = None
) -> Recording:
    """The recording with its sensors on one clock (``one_clock``), samples untouched."""
    s = settings or Settings()
    check_mode(mode)
    if mode == "none" or len(recording.streams) < 2:
        return recording
    prepared = in_parallel(lambda x: uniform(x, s.sampling), list(recording.streams.values()))
    streams = dict(zip(recording.streams, prepared, strict=True))
    done = one_clock(streams, recording.unrelated, mode, s, recording.within)
    kept = {p: recording[p] for p in done.streams}
    for p, match in done.moves.items():
        kept[p] = replace(kept[p], time_s=match.on_reference(kept[p].time_s), clock_within_s=0.0)
    first = next(p for p in REFERENCE_ORDER if p in kept)
    own = kept[first].clock_within_s
    if any("within_ms" in row for row in done.report.get("sensors", {}).values()):
        # those moved were moved to it: what it has, they have too; the rest are off by both bounds
        for p in kept:
            both = 0.0 if p == first or p in done.moves else kept[p].clock_within_s + own
            kept[p] = replace(kept[p], clock_within_s=both)
    return replace(
        recording,
        streams=kept,
        notes=without_old_notes(recording.notes, done),
        synchronised=not done.apart,
        apart=done.apart,
    )


def _overlap(a: UniformStream, b: UniformStream) -> bool:
    return a.t0 < b.t0 + b.n / b.fs and b.t0 < a.t0 + a.n / a.fs


def _method(match: ClockMatch | None) -> str:
    return "gait" if match is None or match.strides else "jumps"


def _row(
    match: ClockMatch | None, was_moved: bool, left_out: bool, sync: SyncSettings
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "method": _method(match) if was_moved else "clock",
        "moved": was_moved,
        "left_out": left_out,
        "clear": match is not None and match.clear,
    }
    values: tuple[float | None, ...] = (None,) * 7
    if match is not None:
        values = (
            round(1e3 * match.offset_s, 1),
            round(match.ppm, 1),
            round(match.residual_ms, 2),
            match.strides,
            round(match.evidence, 1),
            match.jumps,
            1e3 * sync.stated_error_s if match.clear else None,
        )
    names = (
        "offset_ms",
        "ppm",
        "residual_ms",
        "strides",
        "evidence",
        "jumps",
        "uncertainty_ms",
    )
    return row | dict(zip(names, values, strict=True))


def _size(seconds: float) -> str:
    size = abs(seconds)
    return f"{1e3 * size:.0f} ms" if size < 0.9995 else f"{size:.2f} s"


def _words(placement: str) -> str:
    return placement.replace("_", " ")


def _what(m: ClockMatch) -> str:
    jumped = f"{m.jumps} jump{'s' if m.jumps > 1 else ''}"
    if not m.strides:
        return jumped
    return f"the gait and {jumped}" if m.jumps else "the gait"


def _checked(m: ClockMatch) -> str:
    return f"{m.strides} strides, windows" if m.strides else "no running, jumps"


def _moved(m: ClockMatch) -> str:
    where = "later" if m.offset_s > 0 else "earlier"
    return (
        f"{_words(m.placement)}: put on the clock of the {_words(m.reference)} by {_what(m)}, "
        f"{_size(m.offset_s)} {where} ({m.ppm:+.0f} ppm; {_checked(m)} within "
        f"{m.residual_ms:.1f} ms)"
    )


def _settled(w: Weighed) -> str:
    m = w.match
    where = "later" if m.offset_s > 0 else "earlier"
    return (
        f"{_words(m.placement)}: arrivals leave its clock open by {_size(w.bound_s)} against the "
        f"{_words(m.reference)}; {_what(m)} put it {_size(m.offset_s)} {where} ({m.ppm:+.0f} ppm; "
        f"{m.strides} strides), to about {_size(w.left_s)}"
    )


def _warnings(
    warned: Sequence[tuple[ClockMatch, float]], others: int, sync: SyncSettings
) -> list[str]:
    """One line a sensor; one line for the reference where all others are off alike."""
    offsets = [m.offset_s for m, _ in warned]
    if len(warned) < 2 or len(warned) < others or max(offsets) - min(offsets) > sync.tolerance_s:
        return [_warned(m, worst) for m, worst in warned]
    m, worst = warned[0]
    return [_warned(replace(m, placement=m.reference, reference="others"), -worst)]


def _warned(m: ClockMatch, worst_s: float) -> str:
    where = "behind" if worst_s > 0 else "ahead of"
    by = f"the gait of {m.strides} strides" if m.strides else _what(m)
    return (
        f"{_words(m.placement)}: its clock is {_size(worst_s)} {where} that of the "
        f"{_words(m.reference)}, by {by}; --sync gait corrects it"
    )


def _unclear(placement: str, reference: str, match: ClockMatch | None, sync: SyncSettings) -> str:
    broken = match is not None and (
        match.residual_ms > 1e3 * sync.largest_residual_s or abs(match.ppm) > sync.most_ppm
    )
    if broken:
        why = (
            f"{_words(placement)} and {_words(reference)} do not keep step, as if a clock had "
            "stopped and gone on"
        )
    else:
        why = f"the gait does not show where {_words(placement)} belongs beside {_words(reference)}"
    return (
        f"{UNRELATED}: {why}; nothing was moved. Half a minute of running, or two small jumps with "
        "all sensors on, would tell"
    )


def _left_out(placement: str, reference: str) -> str:
    return (
        f"{_words(placement)} left out: it shares no time with {_words(reference)}, and the gait "
        "does not show where it belongs"
    )
