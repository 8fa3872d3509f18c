"""A capture as a RUN: in its folder, with its run.toml, beside a watch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import hipgait as hg
from hipgait.cli.main import run as hipgait
from hipgait.errors import InputError
from hipgait.io.capture import Anchor, CaptureHeader, CaptureWriter, SensorHeader
from hipgait.io.capture_recover import recover
from tests.ble.captured import capture, sensor
from tests.io.fitfile import run_fit
from tests.io.recorded import ANCHOR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as ``record --out`` leaves it."""
    made = tmp_path / "evening"
    made.mkdir()
    capture(made / "run-1.mcap", {"pelvis": sensor(np.random.default_rng(1), seconds=60.0)})
    return made


def test_a_folder_with_one_capture_is_that_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone, inside = hg.read(folder / "run-1.mcap"), hg.read(folder)
    np.testing.assert_array_equal(inside["pelvis"].acc, alone["pelvis"].acc)
    assert inside.name == "run-1"
    out = folder.parent / "session"
    assert hipgait(["import", str(folder), "--out", str(out)]) == 0
    assert hg.read(out)["pelvis"].n == alone["pelvis"].n
    # noise is no gait: refused for what it is, not for where it lies
    assert hipgait(["analyze", str(folder), "--out", str(folder.parent / "report")]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "turns like a leg, not like the pelvis" in err


def test_several_captures_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture(folder / "run-2.mcap", {"pelvis": sensor(np.random.default_rng(2), seconds=5.0)})
    assert hipgait(["analyze", str(folder), "--out", str(folder / "report")]) == 1
    err = capsys.readouterr().err
    assert "2 captures in it (run-1.mcap, run-2.mcap). Name one of them" in err
    assert err.count("\n") == 1
    assert hg.read(folder / "run-2.mcap").name == "run-2"


def test_its_own_run_toml_goes_before_the_folder_s(folder: Path) -> None:
    (folder / "run.toml").write_text("surface = 'grass'\n", "utf-8")
    assert hg.read(folder).info.surface == "grass"
    assert hg.read(folder / "run-1.mcap").info.surface is None
    (folder / "run-1.run.toml").write_text("surface = 'track'\n", "utf-8")
    assert hg.read(folder).info.surface == "track"
    assert hg.read(folder / "run-1.mcap").info.surface == "track"
    (folder / "other.toml").write_text("surface = 'sand'\n", "utf-8")
    assert hg.read(folder, run_info=folder / "other.toml").info.surface == "sand"


def test_a_recovered_capture_has_the_original_s_run_toml(folder: Path) -> None:
    original = folder / "run-1.mcap"
    original.write_bytes(original.read_bytes()[:-3000])
    (folder / "run-1.run.toml").write_text("surface = 'track'\n", "utf-8")
    copy = recover(original).out
    assert copy is not None
    assert hg.read(copy).info.surface == "track"


def test_a_watch_is_joined_by_the_calendar(folder: Path) -> None:
    """The FIT file starts 12 s after the anchor: its lap at 60 s is at 72 s of the capture."""
    begin = ANCHOR.utc_ns * 1e-9 + 12.0
    assert begin == round(begin)
    (folder / "watch.fit").write_bytes(run_fit(begin))
    recording = hg.read(folder, fit=folder / "watch.fit")
    track = recording.info.track
    assert track is not None
    assert track.time_s[0] == pytest.approx(12.0, abs=1e-4)
    assert track.laps_s == pytest.approx([12.0, 72.0], abs=1e-4)
    late = begin + 3600
    (folder / "late.fit").write_bytes(run_fit(late))
    with pytest.raises(InputError, match="no time in common"):
        hg.read(folder, fit=folder / "late.fit")


def test_a_clock_that_was_set_in_the_run(tmp_path: Path) -> None:
    """A computer that learns the time 20 s after the start: the last pair of clocks counts."""
    sent = sensor(np.random.default_rng(3), seconds=60.0)
    path = tmp_path / "run.mcap"
    from hipgait.ble.profiles import load

    about = SensorHeader(
        address="C0:00:00:00:00:00",
        profile_id=sent.profile,
        profile_text=load(sent.profile).text,
        options=sent.options,
    )
    wrong = Anchor(utc_ns=86_400 * 10**9, monotonic_ns=ANCHOR.monotonic_ns)
    header = CaptureHeader(version="0.0", anchor=wrong, sensors={"pelvis": about})
    with CaptureWriter(path, header, flush_s=60.0) as writer:
        for at, data in zip(sent.arrival_ns.tolist(), sent.packets, strict=True):
            writer.raw("pelvis", sent.char, at, data)
        later = 20 * 10**9
        writer.anchor(Anchor(ANCHOR.utc_ns + later, ANCHOR.monotonic_ns + later))
    (tmp_path / "watch.fit").write_bytes(run_fit(ANCHOR.utc_ns * 1e-9 + 12.0))
    track = hg.read(path, fit=tmp_path / "watch.fit").info.track
    assert track is not None
    assert track.time_s[0] == pytest.approx(12.0, abs=1e-4)
