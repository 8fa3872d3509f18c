"""The Python interface: read, analyze, compare."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from hipgait import __version__
from hipgait.errors import InputError
from hipgait.io.fit import attach
from hipgait.io.results import RUN
from hipgait.io.stamps import with_even_stamps
from hipgait.kinematics.angles import estimate_angles
from hipgait.kinematics.fallen import without_fallen
from hipgait.kinematics.handedness import refuse_mirrored
from hipgait.kinematics.protocol import find_protocol
from hipgait.kinematics.quality import Slip, stream_quality
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.kinematics.wrong_file import refuse_copies, refuse_wrong_pelvis
from hipgait.memory import give_back
from hipgait.metrics.catalog import StrideTable, build_table
from hipgait.metrics.others import other_columns
from hipgait.metrics.slips import mark_slip, pelvis_axes, swing_axes
from hipgait.names import REFERENCE_ORDER, SIDES
from hipgait.recording import Recording, RunFacts, RunInfo, SensorStream
from hipgait.results import ComparisonResult, RunResult, load
from hipgait.settings import Settings
from hipgait.stats.compare import compare_runs
from hipgait.stats.drift import add_tests
from hipgait.stats.early_late import describe_change, summarise
from hipgait.stats.findings import RunFindings
from hipgait.stats.plan import Plan, read_plan
from hipgait.stats.quality import assemble_quality, cut_short
from hipgait.stats.run_values import RunValues, run_values
from hipgait.stats.same_run import named_apart
from hipgait.stats.sessions import beside_steady, repeats_of, steady_parts, told, with_reason
from hipgait.stats.withdraw import after_slip, doubt_of, in_doubt
from hipgait.strides.events import find_stances
from hipgait.strides.sequence import Stances
from hipgait.strides.table import flag_stances, stance_times
from hipgait.sync.apply import AUTO, OneClock, check_mode, one_clock, synchronise, without_old_notes
from hipgait.threads import in_parallel, quiet_linear_algebra
from hipgait.unnamed import find_sensors

SCHEMA_VERSION = "1.0"
"""Version of run.json (docs/run.schema.json). Keys are only ever added within a major version."""


def read(
    path: Path | str,
    *,
    sensors: Mapping[str, Path | str] | None = None,
    run_info: Path | str | None = None,
    fmt: str = "auto",
    fit: Path | str | None = None,
    sync: str | None = None,
    profile: Path | str | None = None,
) -> Recording:
    """Read a run: a folder, a session, a zip, a capture, or a sensor's own export.

    Where names do not say which file is which sensor, it is guessed from the signals; a sure guess
    is noted in ``Recording.notes``, an unsure one is refused.

    Parameters
    ----------
    path : the run.
    sensors : placement -> file, where names do not tell.
    run_info : a run.toml to use instead of the one beside the data.
    fmt : reader to use, or "auto" to recognise it by the header.
    fit : a watch's FIT file of the same run: speed, heart rate, grade and laps.
    sync : put the sensors on one clock here, "auto" | "clock" | "gait" (see ``analyze``); None
        leaves it to ``analyze``.
    profile : decodes a capture, in place of the profile in it: a file, or the id of a shipped one.

    Raises
    ------
    InputError : with file, line, column and cure.
    UnclearSensorsError : which sensor is which is not sure; ``table`` shows what is known.
    """
    files = {p: Path(f) for p, f in sensors.items()} if sensors else None
    if sync is not None:
        check_mode(sync)
    about = Path(run_info) if run_info else None
    recording = find_sensors(path, files, about, fmt, profile=profile).recording
    if sync is not None:
        recording = synchronise(recording, sync)
    return recording if fit is None else attach(recording, fit)


def analyze(
    recording: Recording | Path | str,
    settings: Settings | None = None,
    *,
    speed_mps: float | None = None,
    sync: str = AUTO,
    keep_angles: bool = False,
) -> RunResult:
    """From raw streams to stride table, curves and findings.

    Parameters
    ----------
    recording : a Recording, or a path for ``read``.
    settings : every constant; the defaults where None.
    speed_mps : overrides what the recording says of the speed.
    sync : "auto" brings sensors without a common clock together by the gait, and those whose common
        clock is off by more than 0.1 s; it tells of smaller offsets, and settles what radio
        arrivals leave open. "clock" only tells; "gait"
        corrects all; "none" does nothing.
    keep_angles : keep the angle series of the segments in ``RunResult.angles`` (150 MB an hour).
    """
    check_mode(sync)
    rec = recording if isinstance(recording, Recording) else read(recording)
    s = settings or Settings()
    if speed_mps is not None:
        if not 0.3 < speed_mps < 13.0:
            raise InputError(f"speed {speed_mps:g} m/s", "Give metres a second, 0.3 to 13")
        rec = replace(rec, info=replace(rec.info, speed_mps=speed_mps, speed_table=None))
    _check_clocks(rec, s)
    refuse_copies(rec.streams)
    rec = with_even_stamps(rec)
    give_back()
    with quiet_linear_algebra():
        prepared = in_parallel(lambda x: _prepared(x, s), list(rec.streams.values()))
        streams = dict(zip(rec.streams, prepared, strict=True))
        paths = {p: x.provenance.path for p, x in rec.streams.items()}
        refuse_wrong_pelvis(streams, paths, s.quality)
        qualities = {p: stream_quality(rec.streams[p], streams[p]) for p in streams}
        facts, unrelated, within = rec.facts(), rec.unrelated, rec.within
        # half of the memory, where the caller does not keep it
        del recording, rec, prepared
        give_back()
        together = one_clock(streams, unrelated, sync, s, within)
        streams, facts = dict(together.streams), _facts(facts, together)
        sync_report = dict(together.report)
        qualities = {p: qualities[p] for p in streams}
        streams, fallen = without_fallen(streams) if sync != "none" else (streams, [])
        del together
        with ThreadPoolExecutor(1) as aside:
            looking = aside.submit(find_protocol, streams, s.protocol)
            stances = find_stances(streams, s.events)
            protocol = looking.result()
        give_back()
        events = {side: _events(stances, side) for side in SIDES}
        times = stance_times(stances)
        flags = flag_stances(stances, times, streams, s)
        axis, pelvis = (f(streams, stances, times) for f in (swing_axes, pelvis_axes))
        angles = estimate_angles(streams, facts.info, events, protocol, s)
        spans = {p: (x.t0, x.t0 + (x.n - 1) / x.fs) for p, x in streams.items()}
        facts = replace(facts, notes=(*cut_short(spans, stances.ic_s), *fallen, *facts.notes))
        del streams
        give_back()
        table = build_table(stances, flags, angles, facts.info, s)
        table, slip = mark_slip(table, angles, axis, pelvis, s.quality)
        table, packages = other_columns(table, facts.info)
        found = _findings(facts, s, qualities, stances, protocol, angles, table, slip)
        found.quality["sync"] = sync_report
        found.run["versions"] |= packages
        return replace(found, angles=angles) if keep_angles else found


def _facts(facts: RunFacts, together: OneClock) -> RunFacts:
    """What is known of the recording, less the sensors that were left out."""
    kept = together.streams
    return replace(
        facts,
        notes=without_old_notes(facts.notes, together),
        reference=next(p for p in REFERENCE_ORDER if p in kept),
        gyros={p: has for p, has in facts.gyros.items() if p in kept},
        without_gravity=facts.without_gravity & set(kept),
    )


def _check_clocks(rec: Recording, settings: Settings) -> None:
    """Refuse sensors that lie days apart, before memory is taken for the time between."""
    first = rec[rec.reference]
    for stream in rec.streams.values():
        apart = float(stream.time_s[0] - first.time_s[0])
        if abs(apart) > settings.sampling.longest_span_s:
            raise InputError(
                f"{stream.provenance.path or stream.placement}: starts {abs(apart) / 86400:.0f} "
                f"days {'after' if apart > 0 else 'before'} {first.placement}",
                "Put all files on one clock, or leave this one out",
            )


def _prepared(stream: SensorStream, settings: Settings) -> UniformStream:
    """A stream on its uniform clock; refused where its axes cannot be."""
    grid = uniform(stream, settings.sampling)
    if not stream.derived:
        refuse_mirrored(grid, stream.provenance.path, settings.quality)
    return grid


def _events(stances: Stances, side: str) -> tuple[Any, Any, Any]:
    """(ic, tc, run) of one side's stances that have both events."""
    mine = (stances.left == (side == "left")) & np.isfinite(stances.tc_s) & ~stances.imputed
    return stances.ic_s[mine], stances.tc_s[mine], stances.run[mine]


def _findings(
    facts: RunFacts,
    settings: Settings,
    streams: Mapping[str, Mapping[str, Any]],
    stances: Stances,
    protocol: Any,
    angles: Any,
    table: StrideTable,
    slip: Slip,
) -> RunResult:
    frame = table.table
    usable = frame[frame["valid"] & (frame["gait"] == "run")]
    ic = usable["ic_s"].to_numpy(dtype=np.float64)
    repeats = repeats_of(frame, stances, streams, facts.info)
    parts = steady_parts(ic, repeats, settings.findings)
    summary = summarise(frame, table.has_zero, parts)
    described = describe_change(frame, table.has_zero, parts, settings.findings)
    drift = with_reason(add_tests(frame, described, parts, settings.findings), repeats)
    if slip.detected:
        drift = after_slip(drift, slip)
    doubt = doubt_of(frame, stances.swapped)
    if doubt is not None:
        drift, summary = in_doubt(drift, summary, doubt)
    quality = assemble_quality(facts, streams, stances, protocol, angles, frame, slip, parts)
    quality["withdrawn"] = doubt
    quality["left_out"] += beside_steady(ic, repeats)
    run: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "name": facts.name,
        "reference_placement": facts.reference,
        **facts.info.start_texts(),
        "reference_start_s": facts.reference_start_s,
        "zero": "standing" if table.has_zero else "none",
        "info": _info_dict(facts.info),
        "summary": summary,
        "drift": drift,
        "repeats": told(frame, repeats, table.has_zero, settings.findings, drift, doubt),
        "quality": quality,
        "settings": {**settings.to_dict(), "digest": settings.digest()},
        "versions": _versions(),
        "inputs": [{"path": f.path, "sha256": f.sha256} for f in facts.inputs],
    }
    return RunResult(
        facts.name,
        facts.info,
        table.published(),
        table.cycles,
        summary,
        drift,
        quality,
        run,
        facts.covariates,
    )


def _info_dict(info: RunInfo) -> dict[str, Any]:
    athlete = info.athlete
    return {
        "speed_mps": info.speed_mps,
        "grade_pct": info.grade_pct,
        "surface": info.surface,
        "shoe": info.shoe,
        "fatigued": info.fatigued,
        "notes": info.notes,
        "athlete": {
            "name": athlete.name,
            "height_m": athlete.height_m,
            "mass_kg": athlete.mass_kg,
            "shank_length_m": athlete.shank_length_m,
            "pelvis_width_m": athlete.pelvis_width_m,
        },
    }


def _versions() -> dict[str, str]:
    names = ("numpy", "scipy", "pandas", "vqf")
    out = {"hipgait": __version__, "python": platform.python_version()}
    for name in names:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            out[name] = "absent"
    return out


def compare(
    before: Sequence[RunFindings | Path | str],
    after: Sequence[RunFindings | Path | str],
    plan: Plan | Path | str | None = None,
    *,
    settings: Settings | None = None,
    journal: Path | str | None = None,
) -> ComparisonResult:
    """Compare runs before and after a strength block; the run is the unit.

    Parameters
    ----------
    before, after : results of ``analyze``, folders that ``RunResult.save`` wrote, or recordings
        (whatever ``read`` takes), which are analysed here and not kept.
    plan : a plan.toml, or a Plan (docs/methods/before-after.md).
    journal : strength journal (its folder) to show beside the runs; no number rests on it.

    Raises
    ------
    InputError : a phase without runs, a run twice, a plan or a journal that cannot be read.
    """
    s = settings or Settings()
    fixed = plan if isinstance(plan, Plan) or plan is None else read_plan(plan)
    log = None
    if journal is not None:
        from hipgait.report.journal_rows import read_log

        log = read_log(Path(journal))
    _refuse_twice([*before, *after])
    first, second = (_reduced(runs, s) for runs in (before, after))
    found = compare_runs(
        *named_apart(first, second),
        plan=fixed,
        settings=s.findings,
        journal=None if journal is None else Path(journal),
    )
    result = ComparisonResult(**vars(found))
    return result if log is None else result.with_journal(log)


def _refuse_twice(runs: Sequence[RunFindings | Path | str]) -> None:
    folders = [Path(r).resolve() for r in runs if not isinstance(r, RunFindings)]
    for i, folder in enumerate(folders):
        if folder in folders[:i]:
            raise InputError(f"{folder} is given twice", "Name each run once, in one phase")


def _reduced(runs: Sequence[RunFindings | Path | str], settings: Settings) -> list[RunValues]:
    """Each run reduced to its values; only one whole run a core is in memory at a time."""

    def one(run: RunFindings | Path | str) -> RunValues:
        found = run if isinstance(run, RunFindings) else load(run)
        return run_values(found, settings.findings)

    # recordings one after the other: each takes both cores and all the memory it needs
    recorded = {
        k: run_values(analyze(run, settings), settings.findings)
        for k, run in enumerate(runs)
        if not isinstance(run, RunFindings) and not (Path(run) / RUN).is_file()
    }
    ready = iter(in_parallel(one, [run for k, run in enumerate(runs) if k not in recorded]))
    return [recorded[k] if k in recorded else next(ready) for k in range(len(runs))]
