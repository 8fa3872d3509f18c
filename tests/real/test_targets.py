"""What hipgait should give on real recordings without truth of their own; what falls short is said.

Two sensors on one runner must tell of the same strides, and of the cadence that the signal's
autocorrelation shows; whole exports must go through the command line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hipgait.cli.main import run
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.strides.events import find_stances
from hipgait.strides.sequence import Stances
from tests.io.build import Array
from validation import events

Real = Callable[[str], Path]

STILL_G = 0.1
"""|a| varies less over a second: the runner stands."""


@cache
def outdoor(place: str) -> tuple[UniformStream, Stances]:
    stream = events.outdoor(place)
    return stream, find_stances({stream.placement: stream})


def still(stream: UniformStream) -> list[tuple[float, float]]:
    """Start and end (s) of the stretches of a second and more without movement."""
    size = round(stream.fs)
    level = pd.Series(np.linalg.norm(stream.acc, axis=1) / G_MPS2)
    quiet = (level.rolling(size).std() < STILL_G).to_numpy()
    edges = np.flatnonzero(np.diff(np.r_[False, quiet, False].astype(np.int8))).reshape(-1, 2)
    return [((a - size + 1) / stream.fs, b / stream.fs) for a, b in edges]


def autocorrelation_spm(level: Array, fs: float) -> float:
    """Cadence from the highest peak of the autocorrelation over a stride (0.56 to 1.1 s)."""
    spectrum = np.abs(np.fft.rfft(level - level.mean(), 4 * len(level))) ** 2
    like = np.fft.irfft(spectrum)[: round(1.2 * fs)]
    k = round(0.56 * fs) + int(np.argmax(like[round(0.56 * fs) : round(1.1 * fs)]))
    a, b, c = like[k - 1 : k + 2]
    return float(120.0 * fs / (k + 0.5 * (a - c) / (a - 2 * b + c)))


def offset(ankle: Array, hip: Array) -> Array:
    """Offset of two clocks (s) at each contact of the ankle: its median over the 60 s around."""
    near = hip[np.abs(hip - ankle[:, None]).argmin(axis=1)]
    step = float(np.median(np.diff(hip)))
    turn = np.exp(2j * np.pi * (ankle - near) / step)
    around = np.abs(ankle[:, None] - ankle) < 30.0
    return np.unwrap(np.angle(around @ turn)) / (2 * np.pi) * step


def test_hip_and_ankle_give_the_same_running_strides(real_data: Real) -> None:
    real_data("outdoor-run-hip-ankle")
    hip, ankle = outdoor("hip")[1], outdoor("ankle")[1]
    running = ankle.ic_s[ankle.run]
    shifted = running - offset(running, hip.ic_s)
    apart = np.abs(shifted[:, None] - hip.ic_s).min(axis=1)
    assert len(running) > 1400
    agree = float(np.mean(apart < 0.06))
    print(f"agree {agree:.4f} of {len(running)}; apart: {np.round(running[apart >= 0.06], 1)}")
    assert agree >= 0.95
    if agree < 0.995:
        pytest.xfail(f"{agree:.4f} of the running strides agree within 60 ms (aim 0.995)")


@pytest.mark.parametrize("place", ["hip", "ankle"])
def test_cadence_of_each_running_minute(real_data: Real, place: str) -> None:
    real_data("outdoor-run-hip-ankle")
    stream, got = outdoor(place)
    level = np.linalg.norm(stream.acc, axis=1)
    errors = []
    for minute in range(25):
        lo, hi = 60.0 * minute, 60.0 * (minute + 1)
        inside = (got.ic_s > lo) & (got.ic_s < hi)
        left = got.ic_s[inside & got.left]
        stride = np.diff(left)
        if not inside.any() or not got.run[inside].all():
            continue  # stops and walking in it
        if stride.max() > 1.1 or left[-1] - left[0] < 55.0:
            continue
        seen = autocorrelation_spm(level[round(lo * 100) : round(hi * 100)], stream.fs)
        errors.append(120.0 / float(np.mean(stride)) - seen)
    print(place, np.round(errors, 2))
    assert len(errors) >= 8
    assert np.median(np.abs(errors)) < 0.5
    assert np.abs(errors).max() < 2.0
    if np.abs(errors).max() > 0.5:
        worst = float(np.abs(errors).max())
        pytest.xfail(f"{place}: {worst:.2f} spm from the autocorrelation at worst (aim 0.5)")


@pytest.mark.parametrize("place", ["hip", "ankle"])
def test_no_running_stride_is_missing_between_stops(real_data: Real, place: str) -> None:
    real_data("outdoor-run-hip-ankle")
    stream, got = outdoor(place)
    gap = np.diff(got.ic_s)
    usual = float(np.median(gap[got.run[1:]]))
    stops = still(stream)
    walks = outdoor("ankle")[1]
    lost = [
        (float(a), float(b))
        for a, b, g in zip(got.ic_s, got.ic_s[1:], gap, strict=False)
        if g > 1.5 * usual and not any(s < b + 1 and e > a - 1 for s, e in stops)
    ]
    walking = walks.ic_s[~walks.run]
    running = [x for x in lost if np.abs(walking - np.mean(x)).min() > max(2.0, x[1] - x[0])]
    print(place, "lost", np.round(lost, 1).tolist(), "of them in running", running)
    assert not running
    missed = sum(b - a for a, b in lost if b - a > 1.6)
    if missed:
        pytest.xfail(f"{place}: {missed:.0f} s of walking between stops without steps")


@pytest.mark.parametrize("place", ["waist", "ankle"])
@pytest.mark.parametrize("person", list(events.JOGS))
def test_gait_of_each_part_on_the_treadmill(real_data: Real, person: str, place: str) -> None:
    real_data("treadmill-waist-ankle")
    stream = events.treadmill(person, place)
    got = find_stances({stream.placement: stream})
    lo, hi = events.JOGS[person]
    jog = (got.ic_s > lo + 3) & (got.ic_s < hi - 3)
    assert got.run[jog].all()
    before = got.run[got.ic_s < lo - 5]  # walking, stairs, standing
    print("called running before the jog, s", np.round(got.ic_s[got.ic_s < lo - 5][before], 1))
    assert before.mean() < 0.12
    left = got.ic_s[jog & got.left]
    mean = 120.0 * (len(left) - 1) / float(left[-1] - left[0])
    level = np.linalg.norm(stream.acc, axis=1)[round((lo + 3) * 100) : round((hi - 3) * 100)]
    seen = autocorrelation_spm(level, stream.fs)
    print(person, place, round(mean, 2), round(seen, 2))
    assert mean == pytest.approx(seen, abs=1.0)
    if before.any():
        pytest.xfail(f"{before.sum()} of {len(before)} stances before the jog are called running")


def test_sacrum_against_ground_reaction(real_data: Real) -> None:
    real_data("sacrum-acc-grf")
    trials = events.sacrum_trials(1)
    ic, tc = (np.concatenate([getattr(t, e) for t in trials]) for e in ("ic_ms", "tc_ms"))
    count = sum(t.n for t in trials)
    missed = sum(t.missed for t in trials)
    print("IC MAE", np.abs(ic).mean(), "TC MAE", np.abs(tc).mean(), "recall", 1 - missed / count)
    assert np.abs(ic).mean() <= 8.0
    assert np.abs(tc).mean() <= 9.0
    assert 1 - missed / count >= 0.99


def test_stride_mean_gives_its_own_events(real_data: Real) -> None:
    """The looped stride starts at the left toe-off: every left TC a whole stride after the last."""
    real_data("running-stride-mean-imu")
    streams = events.stride_mean(60, jitter=0.0)
    got = find_stances(streams)
    table = pd.read_csv(events.data_root() / "running-stride-mean-imu" / "P01_normrunning.csv")
    period = float(table["dur|dur|s"].iloc[0])
    inner = (got.ic_s > 8.0) & (got.ic_s < 5.0 + 57 * period) & got.left & np.isfinite(got.tc_s)
    phase = (got.tc_s[inner] - 5.0 + period / 2) % period - period / 2
    print("left TC from the plate's: ms", 1e3 * np.mean(phase), 1e3 * np.std(phase), inner.sum())
    assert inner.sum() > 40
    assert 1e3 * np.std(phase) < 3.0
    if abs(1e3 * np.mean(phase)) > 10.0:
        pytest.xfail(f"left TC {1e3 * np.mean(phase):+.0f} ms from the stride's own (aim 10 ms)")


def test_raw_sacral_run_goes_through(
    real_data: Real, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its columns are renamed to those of plain CSV: the file is nobody's native export."""
    frame = pd.read_csv(real_data("sacrum-acc-grf") / "Sample_test_data.csv")
    acc = frame.iloc[:, :3].set_axis(["acc_x", "acc_y", "acc_z"], axis=1)
    acc.insert(0, "time_ms", frame["System_Timestamp_Plot_Zeroed"])
    acc.to_csv(tmp_path / "pelvis.csv", index=False)
    assert run(["analyze", str(tmp_path), "--out", str(tmp_path / "out"), "--no-report"]) == 0
    capsys.readouterr()
    strides = pd.read_csv(tmp_path / "out" / "strides.csv")
    assert len(strides) >= 12
    assert (strides["gait"] == "run").all()


EXPORTS = {  # folder -> placements, rate
    "lower-body-ximu3": (7, 50.0),
    "formats/movella-dot/android_pelvis_legs": (5, 60.0),
    "formats/opensim-xsens-apdm/APDM/apdm_format7.csv": (5, 128.0),
}
REFUSALS = {
    "formats/movella-dot/pc_sdk_logfile": "holds orientation only",
    "formats/opensim-xsens-apdm/APDM/imuData01.csv": "--sensor PLACEMENT=FILE",
    "formats/axivity-actigraph/ax6_sample.cwa": "not a text export|unknown|CSV",
    "formats/movesense-json": "--sensor PLACEMENT=FILE",
    "formats/physics-toolbox": "--sensor PLACEMENT=FILE|which way is up|both look like",
    "formats/phyphox": "--sensor PLACEMENT=FILE",
    "formats/shimmer-consensys": "--sensor PLACEMENT=FILE|not calibrated|no acceleration",
    "formats/opensim-xsens-apdm/Xsens": "--sensor PLACEMENT=FILE",
    "treadmill-waist-ankle": "both look like",
}


@pytest.mark.parametrize("name", [*EXPORTS, *REFUSALS])
def test_import_of_whole_exports(
    real_data: Real, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top, _, rest = name.partition("/")
    path = real_data(top) / rest
    code = run(["import", str(path), "--out", str(tmp_path / "session"), "--json"])
    said = capsys.readouterr()
    if name in REFUSALS:
        assert code == 1
        shown = said.err.rstrip("\n").split("\n")  # before it, a table where nothing was sure
        assert sum(line.startswith("hipgait: ") for line in shown) == 1
        assert shown[-1].startswith("hipgait: ")
        wanted = [*REFUSALS[name].split("|"), "--sensor PLACEMENT="]
        assert any(part in shown[-1] for part in wanted), said.err
        return
    assert code == 0, said.err
    placements, rate = EXPORTS[name]
    streams = json.loads(said.out)["streams"]
    assert len(streams) == placements
    for placement, stream in streams.items():
        if any("packets lost" in note for note in stream["notes"]):
            continue  # every other one, on the air
        assert stream["rate_hz"] == pytest.approx(rate, rel=0.01), placement
