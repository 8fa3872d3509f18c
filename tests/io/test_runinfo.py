"""run.toml: typed, and errors that name the key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hipgait.errors import FormatError
from hipgait.io.files import Source
from hipgait.io.runinfo import RunFile, read_run_info
from hipgait.io.runtable import RunTable
from hipgait.recording import RunInfo


def read(folder: Path, text: str) -> RunFile:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return read_run_info(Source(path))


def test_everything(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        """
start_utc = 2026-03-14T10:30:00+01:00
speed_mps = 3
grade_pct = 1.5
surface = "treadmill"
shoe = "blue"
fatigued = true
notes = "hot day"

[athlete]
name = "anna"
height_m = 1.70
mass_kg = 61
shank_length_m = 0.41
pelvis_width_m = 0.28

[sensors.pelvis]
acc_range_g = 16
gyr_range_deg_s = 2000
""",
    )
    assert run.info.start_utc == datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
    assert run.info.speed_mps == 3.0
    assert run.info.fatigued is True
    assert run.info.athlete.height_m == 1.70
    assert run.sensors["pelvis"].acc_range == pytest.approx(156.9, abs=0.1)
    assert run.sensors["pelvis"].gyr_range == pytest.approx(np.radians(2000))


@pytest.mark.parametrize(
    ("given", "utc", "local"),
    [
        ("2026-03-14T21:30:00-05:00", "2026-03-15T02:30:00+00:00", "2026-03-14T21:30:00-05:00"),
        ("2026-03-14T21:30:00Z", "2026-03-14T21:30:00+00:00", None),
        ("2026-03-14T21:30:00", "2026-03-14T21:30:00+00:00", None),
    ],
)
def test_the_offset_of_the_start_is_kept(
    tmp_path: Path, given: str, utc: str, local: str | None
) -> None:
    info = read(tmp_path, f"start_utc = {given}").info
    assert info.start_texts() == {"start_utc": utc, "start_local": local}
    kept = msgspec.json.decode(msgspec.json.encode(RunTable.of(info)), type=RunTable).info()
    assert kept.start_texts() == info.start_texts()  # as in a session
    day = (local or utc)[:10]
    assert kept.start_utc is not None
    assert kept.start_utc.date().isoformat() == day
    assert RunInfo().start_texts() == {"start_utc": None, "start_local": None}


def test_athlete_by_name_and_naive_time(tmp_path: Path) -> None:
    run = read(tmp_path, 'athlete = "anna"\nstart_utc = "2026-03-14T09:30:00"')
    assert run.info.athlete.name == "anna"
    assert run.info.start_utc == datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
    assert len(run.notes) == 1
    assert "no offset and is taken as UTC" in run.notes[0]
    assert "write 2026-03-14T09:30:00Z, or your own offset" in run.notes[0]
    for whole in ("Z", "+00:00", "-05:00"):
        assert read(tmp_path, f"start_utc = 2026-03-14T09:30:00{whole}").notes == ()
    assert read(tmp_path, "\ufeffspeed_mps = 3.1").info.speed_mps == 3.1


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('speed_mps = "fast"', "speed_mps: expected float"),
        ("speed_mps = 36", "speed_mps: expected"),
        ("spede_mps = 3", "spede_mps: unknown key"),
        ("[athlete]\nheight_m = 170", "athlete.height_m: expected"),
        ("[athlete]\nhieght_m = 1.7", "athlete.hieght_m: unknown key"),
        ("[sensors.hip]\nacc_range_g = 16", "sensors.hip: unknown placement"),
        ("[sensors.pelvis]\nacc_range_g = -1", "sensors.pelvis.acc_range_g|acc_range_g"),
        ("[sensors.pelvis]\nrange = 1", "range: unknown key"),
        ("fatigued = 1", "fatigued: expected"),
        ('start_utc = "yesterday"', "start_utc: invalid"),
        ("speed_mps = 3\nspeed_csv = 'a.csv'", "both given"),
        ("speed_csv = 'a.csv'", "speed_csv: 'a.csv' is not there"),
        ("speed_mps = ", "not valid TOML"),
        ("\u00e9\u00e9\u00e9", "not valid TOML"),
    ],
)
def test_errors_name_the_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(FormatError, match=key) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "run.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("time,speed\n0,3\n", "no column time_s"),
        ("time_s,speed_mps\n0,3\n0,3\n", "line 3, column time_s: 0 does not increase"),
        ("time_s,speed_mps\n0,3\n1,33\n", "line 3, column speed_mps: 33 is not 0 to 13"),
        ("time_s,speed_mps\n0,3\n1,x\n", "line 3, column speed_mps: 'x' is not a number"),
        ("time_s,speed_mps\n", "no rows"),
    ],
)
def test_speed_table(tmp_path: Path, table: str, what: str) -> None:
    (tmp_path / "speed.csv").write_text("time_s,speed_mps\n0,3\n10,3.5\n")
    run = read(tmp_path, 'speed_csv = "speed.csv"')
    np.testing.assert_array_equal(run.info.speed_table, [[0, 3], [10, 3.5]])  # type: ignore[arg-type]
    (tmp_path / "speed.csv").write_text(table)
    with pytest.raises(FormatError, match=what):
        read(tmp_path, 'speed_csv = "speed.csv"')


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, " \n").info == RunFile().info


def test_another_encoding_is_read_where_it_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("speed_mps = 3", encoding="utf-16")
    assert read_run_info(Source(path)).info.speed_mps == 3.0
    path.write_text("speed_mps = 3", encoding="utf-16-le")
    with pytest.raises(FormatError, match="binary data where text is expected"):
        read_run_info(Source(path))


def test_laps_are_read_and_must_increase(tmp_path: Path) -> None:
    laps = read(tmp_path, "laps_s = [600.0, 630, 690.5]").info.laps_s
    assert laps is not None
    assert laps.tolist() == [600.0, 630.0, 690.5]
    assert read(tmp_path, 'shoe = "blue"').info.laps_s is None
    kept = RunTable.of(read(tmp_path, "laps_s = [600.0, 630]").info).info().laps_s
    assert kept is not None
    assert kept.tolist() == [600.0, 630.0]
    with pytest.raises(FormatError, match="600 does not increase"):
        read(tmp_path, "laps_s = [630, 600]")
    with pytest.raises(FormatError, match="600 does not increase"):
        read(tmp_path, "laps_s = [600, 600]")
    for bad in ("[-5, 10]", "[0, nan]", "[0, inf]"):
        with pytest.raises(FormatError, match=r"laps_s: (-5|nan|inf) is no time from 0 on"):
            read(tmp_path, f"laps_s = {bad}")
