"""The Python interface: read, analyze, load."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from hipgait import __version__
from hipgait.errors import InputError
from hipgait.io.fit import attach
from hipgait.io.results import read_results, write_results
from hipgait.kinematics.angles import estimate_angles
from hipgait.kinematics.protocol import find_protocol
from hipgait.kinematics.quality import NO_SLIP, Slip, find_slip, stream_quality
from hipgait.kinematics.swing_axis import swing_axis_deg
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.memory import give_back
from hipgait.metrics.catalog import StrideTable, build_table
from hipgait.names import SIDES
from hipgait.recording import Athlete, FloatArray, Recording, RunFacts, RunInfo
from hipgait.settings import Settings
from hipgait.stats.early_late import describe_change, run_parts, summarise
from hipgait.stats.findings import RunFindings
from hipgait.stats.quality import assemble_quality
from hipgait.strides.events import find_stances
from hipgait.strides.sequence import Stances
from hipgait.strides.table import StanceTimes, flag_stances, stance_times
from hipgait.threads import in_parallel, quiet_linear_algebra
from hipgait.unnamed import find_sensors

SCHEMA_VERSION = "1.0"
"""Version of run.json (docs/run.schema.json). Keys are only ever added within a major version."""


@dataclass(frozen=True)
class RunResult(RunFindings):
    """What an analysis found, with the ways to look at it and to keep it."""

    def summary(self) -> str:
        """The findings as a short text table, one line an outcome."""
        from hipgait.report.text import summary_text

        return summary_text(self)

    def to_html(self, path: Path | str) -> Path:
        """Write the run report (one HTML file, no network). Returns its path."""
        from hipgait.io.files import write_text
        from hipgait.report.run import render

        return write_text(Path(path), render(self))

    def save(self, folder: Path | str, *, report: bool = True) -> Path:
        """Write strides.parquet, strides.csv, cycles.npz, run.json and report.html.

        Every file is written beside and renamed. Returns the folder.
        """
        out = Path(folder)
        write_results(out, self.strides, self.cycles, self.run)
        if report:
            self.to_html(out / "report.html")
        return out

    def save_figures(self, folder: Path | str, formats: tuple[str, ...] = ("png", "svg")) -> Path:
        """Write every figure of the report. Returns the folder."""
        from hipgait.report.run import save_figures

        save_figures(self, Path(folder), formats)
        return Path(folder)


def read(
    path: Path | str,
    *,
    sensors: Mapping[str, Path | str] | None = None,
    run_info: Path | str | None = None,
    fmt: str = "auto",
    fit: Path | str | None = None,
) -> Recording:
    """Read a run: a folder, a session, a zip, or a sensor's own export.

    Where names do not say which file is which sensor, it is guessed from the signals; a sure guess
    is noted in ``Recording.notes``, an unsure one is refused.

    Parameters
    ----------
    path : the run.
    sensors : placement -> file, where names do not tell.
    run_info : a run.toml to use instead of the one beside the data.
    fmt : reader to use, or "auto" to recognise it by the header.
    fit : a watch's FIT file of the same run: speed, heart rate, grade and laps.

    Raises
    ------
    InputError : with file, line, column and cure.
    UnclearSensorsError : which sensor is which is not sure; ``table`` shows what is known.
    """
    files = {p: Path(f) for p, f in sensors.items()} if sensors else None
    recording = find_sensors(path, files, Path(run_info) if run_info else None, fmt).recording
    return recording if fit is None else attach(recording, fit)


def analyze(
    recording: Recording | Path | str,
    settings: Settings | None = None,
    *,
    speed_mps: float | None = None,
) -> RunResult:
    """From raw streams to stride table, curves and findings.

    Parameters
    ----------
    recording : a Recording, or a path for ``read``.
    settings : every constant; the defaults where None.
    speed_mps : overrides what the recording says of the speed.
    """
    rec = recording if isinstance(recording, Recording) else read(recording)
    s = settings or Settings()
    if speed_mps is not None:
        if not 0.3 < speed_mps < 13.0:
            raise InputError(f"speed {speed_mps:g} m/s", "Give metres a second, 0.3 to 13")
        rec = replace(rec, info=replace(rec.info, speed_mps=speed_mps, speed_table=None))
    give_back()
    with quiet_linear_algebra():
        prepared = in_parallel(lambda x: uniform(x, s.sampling), list(rec.streams.values()))
        streams = dict(zip(rec.streams, prepared, strict=True))
        qualities = {p: stream_quality(rec.streams[p], streams[p]) for p in streams}
        facts = rec.facts()
        del recording, rec, prepared  # half of the memory, where the caller does not keep it
        give_back()
        with ThreadPoolExecutor(1) as aside:
            looking = aside.submit(find_protocol, streams, s.protocol)
            stances = find_stances(streams, s.events)
            protocol = looking.result()
        give_back()
        events = {side: _events(stances, side) for side in SIDES}
        times = stance_times(stances)
        flags = flag_stances(stances, times, streams, s)
        axis = _swing_axes(streams, stances, times)
        angles = estimate_angles(streams, facts.info, events, protocol, s)
        del streams
        give_back()
        table = build_table(stances, flags, angles, facts.info, s)
        table, slip = _mark_slip(table, axis)
        return _findings(facts, s, qualities, stances, protocol, angles, table, slip)


def _events(stances: Stances, side: str) -> tuple[Any, Any, Any]:
    """(ic, tc, run) of one side's stances that have both events."""
    mine = (stances.left == (side == "left")) & np.isfinite(stances.tc_s) & ~stances.imputed
    return stances.ic_s[mine], stances.tc_s[mine], stances.run[mine]


def _swing_axes(
    streams: Mapping[str, UniformStream], stances: Stances, times: StanceTimes
) -> FloatArray:
    """(k,) direction of each stride's rotation in its shank's sensor, outwards +, deg."""
    axis = np.full(len(stances.ic_s), np.nan)
    for side, outward in (("left", -1.0), ("right", 1.0)):
        if f"{side}_shank" in streams:
            mine = stances.left == (side == "left")
            start, stop = stances.ic_s[mine], times.stride_end_s[mine]
            axis[mine] = outward * swing_axis_deg(streams[f"{side}_shank"], start, stop)
    return axis


def _mark_slip(table: StrideTable, axis_deg: FloatArray) -> tuple[StrideTable, Slip]:
    """Withdraw what comes after a sensor moved on the body. axis_deg : (k,) of ``_swing_axes``."""
    frame = table.table
    good = (frame["valid"] & (frame["gait"] == "run")).to_numpy(dtype=bool)
    rows = frame[good]
    if len(rows) < 100:
        return table, NO_SLIP
    slip = find_slip(
        rows["ic_s"].to_numpy(),
        (rows["side"] == "left").to_numpy(),
        rows["pelvic_drop_mean_deg"].to_numpy(),
        rows["shank_lean_mean_deg"].to_numpy(),
        axis_deg=axis_deg[good],
    )
    if not slip.detected or slip.at_s is None:
        return table, slip
    after = np.asarray(frame["ic_s"] >= slip.at_s)
    if slip.placement != "pelvis":
        after = after & np.asarray(frame["side"] == slip.placement.split("_")[0])
    frame = frame.copy()
    reason = frame["reason"].to_numpy(dtype=object)
    frame["reason"] = [
        f"{r};slip" if r and hit else "slip" if hit else r
        for r, hit in zip(reason, after, strict=True)
    ]
    frame.loc[after, "valid"] = False
    return replace(table, table=frame), slip


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
    parts = run_parts(usable["ic_s"].to_numpy(dtype=np.float64), settings.findings)
    summary = summarise(frame, table.has_zero, parts)
    drift = describe_change(frame, table.has_zero, parts, settings.findings)
    if slip.detected:
        drift = {k: _withdrawn(v, k, slip) for k, v in drift.items()}
    quality = assemble_quality(facts, streams, stances, protocol, angles, frame, slip, parts)
    run: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "name": facts.name,
        "reference_placement": facts.reference,
        "start_utc": facts.info.start_utc.isoformat() if facts.info.start_utc else None,
        "zero": "standing" if table.has_zero else "none",
        "info": _info_dict(facts.info),
        "summary": summary,
        "drift": drift,
        "quality": quality,
        "settings": {**settings.to_dict(), "digest": settings.digest()},
        "versions": _versions(),
        "inputs": [{"path": f.path, "sha256": f.sha256} for f in facts.inputs],
    }
    return RunResult(
        facts.name, facts.info, table.published(), table.cycles, summary, drift, quality, run
    )


SLIP_TOUCHES = {
    "pelvis": ("pelvic_drop", "hip_adduction", "pelvis_"),
    "shank": ("shank_lean", "shank_angle", "hip_adduction"),
}
"""Outcomes (by the start of their names) that a slipped sensor makes unsafe."""


def _withdrawn(entry: dict[str, Any], outcome: str, slip: Slip) -> dict[str, Any]:
    """The claim is withdrawn; early values stay, the change goes."""
    touched = SLIP_TOUCHES["pelvis" if slip.placement == "pelvis" else "shank"]
    if not outcome.startswith(touched):
        return entry
    gone = {"verdict": "withdrawn", "estimate": None}
    sides: dict[str, Any] = {s: {**entry[s], **gone} for s in SIDES if s in entry}
    return {**entry, **gone, **sides}


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


def load(folder: Path | str) -> RunResult:
    """What ``RunResult.save`` wrote, without computing anything again.

    Raises
    ------
    InputError : a file is missing or not of this schema.
    """
    strides, cycles, run = read_results(Path(folder))
    info = run.get("info", {})
    start = run.get("start_utc")
    run_info = RunInfo(
        start_utc=datetime.fromisoformat(start) if start else None,
        speed_mps=info.get("speed_mps"),
        grade_pct=info.get("grade_pct"),
        surface=info.get("surface"),
        shoe=info.get("shoe"),
        fatigued=info.get("fatigued"),
        notes=info.get("notes"),
        athlete=Athlete(**info.get("athlete", {})),
    )
    return RunResult(
        run.get("name", Path(folder).name),
        run_info,
        strides,
        cycles,
        run["summary"],
        run["drift"],
        run["quality"],
        run,
    )
