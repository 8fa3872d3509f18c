"""FIT files beside a recording: what is read, how it is put on its clock, what is refused."""

from __future__ import annotations

import builtins
import gzip
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hipgait import api
from hipgait.errors import FormatError, InputError, MissingExtraError
from hipgait.io.files import Source
from hipgait.io.fit import attach, grade_of, read_fit
from hipgait.io.reader import read_run
from hipgait.io.session import read_session, write_session
from hipgait.recording import Recording
from hipgait.resources import data_dir
from tests.io.build import csv_text
from tests.io.fitfile import EPOCH, fit_bytes, run_fit

START = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


@pytest.fixture
def fit(tmp_path: Path) -> Path:
    pytest.importorskip("fitdecode")
    path = tmp_path / "watch.fit"
    path.write_bytes(run_fit(START.timestamp() - 10.0))
    return path


def recording(folder: Path, start: datetime | None = START) -> Recording:
    folder.mkdir(exist_ok=True)
    (folder / "pelvis.csv").write_text(csv_text(6000, start=1000.0))
    run = read_run(folder)
    return replace(run, info=replace(run.info, start_utc=start, speed_mps=2.0))


def test_records_laps_and_grade(fit: Path) -> None:
    track = read_fit(Source(fit))
    assert track.time_s[0] == START.timestamp() - 10.0
    moving = track.speed_mps[np.isfinite(track.heart_rate_bpm)]
    np.testing.assert_allclose(moving, 3.0)
    assert np.isnan(track.heart_rate_bpm[:5]).all()
    assert track.heart_rate_bpm[40] == 130
    assert np.nanmedian(track.grade_pct) == pytest.approx(4.0, abs=0.1)
    np.testing.assert_allclose(track.laps_s - track.time_s[0], [0.0, 60.0])
    # the timer was stopped: no speed in between
    assert track.at(track.speed_mps, np.array([track.time_s[0] + 88.0])) == 0.0


def test_on_the_clock_of_the_recording(fit: Path, tmp_path: Path) -> None:
    run = attach(recording(tmp_path / "run"), fit)
    track = run.info.track
    assert track is not None
    assert track.time_s[0] == pytest.approx(1000.0 - 10.0)
    assert run.info.speed_mps is None  # what the watch measured goes first
    assert run.info.speed_table is not None
    assert np.interp(1030.0, *run.info.speed_table.T) == 3.0
    assert run.info.grade_pct == pytest.approx(4.0, abs=0.2)
    np.testing.assert_array_equal(track.lap_at(np.array([980.0, 1000.0, 1050.0, 1200.0])),
                                  [np.nan, 1.0, 2.0, np.nan])  # fmt: skip
    assert run.inputs[-1].path.endswith("watch.fit")
    assert "heart rate" in run.notes[-1]


def test_packed(fit: Path, tmp_path: Path) -> None:
    packed = tmp_path / "watch.fit.gz"
    packed.write_bytes(gzip.compress(fit.read_bytes()))
    archive = tmp_path / "12345.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.write(fit, "12345_ACTIVITY.fit")
        bundle.writestr("notes.txt", "x")
    run = recording(tmp_path / "run")
    whole = attach(run, fit).info.track
    for path in (packed, archive):
        track = attach(run, path).info.track
        assert track is not None
        assert whole is not None
        np.testing.assert_array_equal(track.time_s, whole.time_s)


def test_refusals(fit: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Add start_utc"):
        attach(recording(tmp_path / "run", None), fit)
    later = recording(tmp_path / "run", START.replace(hour=12))
    with pytest.raises(InputError, match="no time in common"):
        attach(later, fit)
    run = recording(tmp_path / "run")
    whole = fit.read_bytes()
    bad = tmp_path / "bad.fit"
    flipped = whole[:300] + bytes((whole[300] ^ 1,)) + whole[301:]
    for data in (b"", b"time,speed\n1,2\n", whole[:200], flipped, gzip.compress(whole)[:-9]):
        bad.write_bytes(data)
        with pytest.raises(FormatError, match=r"bad\.fit") as caught:
            attach(run, bad)
        assert "\n" not in str(caught.value)
    bad.write_bytes(fit_bytes([("event", (START.timestamp() - EPOCH, 0, 0))]))
    with pytest.raises(FormatError, match="no records of an activity"):
        attach(run, bad)
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as bundle:
        bundle.writestr("notes.txt", "x")
    with pytest.raises(InputError, match="no FIT files in it"):
        attach(run, empty)


def test_without_fitdecode_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "watch.fit"
    path.write_bytes(run_fit(START.timestamp()))
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "fitdecode":
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r'pip install "hipgait\[fit\]"'):
        attach(recording(tmp_path / "run"), path)


def test_a_session_carries_it(fit: Path, tmp_path: Path) -> None:
    run = attach(recording(tmp_path / "run"), fit)
    write_session(run, tmp_path / "session")
    again = read_session(tmp_path / "session")
    assert again.info.track is not None
    assert run.info.track is not None
    np.testing.assert_array_equal(again.info.track.heart_rate_bpm, run.info.track.heart_rate_bpm)


def test_stride_table_has_heart_rate_grade_and_lap(fit: Path) -> None:
    run = read_run(data_dir() / "walk-and-run")
    run = replace(run, info=replace(run.info, start_utc=START))
    strides = api.analyze(attach(run, fit)).strides
    known = strides[strides["heart_rate_bpm"].notna()]
    assert len(known) > 100
    assert known["heart_rate_bpm"].between(120, 150).all()
    assert known["lap"].isin([1.0, 2.0]).all()
    assert known["grade_pct"].median() == pytest.approx(4.0, abs=0.2)
    assert known.loc[known["gait"] == "run", "speed_mps"].median() == pytest.approx(3.0, abs=0.1)
    bare = api.analyze(run).strides
    assert bare[["heart_rate_bpm", "grade_pct", "lap"]].isna().all(axis=None)


def test_grade_needs_distance() -> None:
    time = np.arange(100.0)
    standing = grade_of(time, 100 + 0.1 * time, np.zeros(100))
    assert np.isnan(standing).all()
    steady = grade_of(time, 100 - 0.06 * time, 3.0 * time)
    np.testing.assert_allclose(steady[15:-15], -2.0, atol=1e-6)
