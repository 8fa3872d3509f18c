"""FIT activities, read back by two readers that share no code with the writer."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from time import tzset
from typing import Any

import fitdecode
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.errors import InputError
from hipgait.outputs.fit_activity import fit_bytes, trailing_mean, write_fit
from hipgait.outputs.fit_bytes import FLOAT32, UINT8, UINT16, Field, FitWriter, Message, crc16

START = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


def table(n: int = 200) -> pd.DataFrame:
    k = np.arange(n)
    return pd.DataFrame(
        {
            "ic_s": 100.0 + 0.35 * k,
            "side": np.where(k % 2 == 0, "left", "right"),
            "valid": True,
            "gait": "run",
            "speed_mps": 3.0,
            "cadence_spm": 171.0,
            "contact_time_s": 0.25,
            "vertical_oscillation_cm": 8.5,
            "pelvic_drop_excursion_deg": np.where(k % 2 == 0, 5.0, 4.0),
            "shank_lean_excursion_deg": 3.0,
            "shank_lean_mean_deg": np.nan,
            "peak_tibial_acceleration_g": 6.0,
        }
    )


def facts(**more: Any) -> dict[str, Any]:
    return {"name": "r", "start_utc": START.isoformat(), "reference_start_s": 98.0, **more}


def read_with_fitdecode(path: Path) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    with fitdecode.FitReader(path, check_crc=fitdecode.CrcCheck.RAISE) as reader:
        for frame in reader:
            if isinstance(frame, fitdecode.FitDataMessage):
                out.setdefault(frame.name, []).append({f.name: f.value for f in frame.fields})
    return out


def read_with_fitparse(path: Path) -> dict[str, list[dict[str, Any]]]:
    with warnings.catch_warnings():  # its regular expressions and datetimes are of old Pythons
        warnings.simplefilter("ignore")
        import fitparse

        out: dict[str, list[dict[str, Any]]] = {}
        for message in fitparse.FitFile(str(path), check_crc=True).get_messages():
            out.setdefault(message.name, []).append(message.get_values())
    return out


@pytest.mark.parametrize("read", [read_with_fitdecode, read_with_fitparse])
def test_two_readers_find_the_numbers(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "run.fit"
    records = write_fit(path, facts(), table())
    found = read(path)
    assert len(found["record"]) == records == 71  # 2 s after the start to 72 s, both included
    one = found["record"][40]
    first = START.replace(tzinfo=one["timestamp"].tzinfo) + timedelta(seconds=2)
    assert one["timestamp"] == first + timedelta(seconds=40)
    assert one["enhanced_speed"] == pytest.approx(3.0)
    assert one["cadence"] + one["fractional_cadence"] == pytest.approx(85.5)
    assert one["stance_time"] == pytest.approx(250.0)
    assert one["vertical_oscillation"] == pytest.approx(85.0)
    assert one["Left pelvic drop"] == pytest.approx(5.0)
    assert one["Right pelvic drop"] == pytest.approx(4.0)
    assert not any("shank lean" in k and "travel" not in k for k in one)  # nothing known of it
    names = [d["field_name"] for d in found["field_description"]]
    units = [d["units"] for d in found["field_description"]]
    assert names[0] == "Left pelvic drop"
    assert units[0] == "deg"
    assert found["session"][0]["sport"] == "running"
    assert found["session"][0]["total_elapsed_time"] == pytest.approx(70.0)
    assert found["session"][0]["total_distance"] == pytest.approx(3.0 * records, abs=3.0)
    assert len(found["lap"]) == len(found["activity"]) == len(found["file_id"]) == 1


@pytest.mark.parametrize("ms", [0, 400, 500, 600, 999])
def test_every_second_once_whenever_the_run_began(ms: int, tmp_path: Path) -> None:
    start = START + timedelta(milliseconds=ms)
    write_fit(tmp_path / "run.fit", facts(start_utc=start.isoformat()), table())
    stamps = [r["timestamp"] for r in read_with_fitdecode(tmp_path / "run.fit")["record"]]
    assert {b - a for a, b in pairwise(stamps)} == {timedelta(seconds=1)}
    first = start + timedelta(seconds=2)
    assert abs(stamps[0] - first) <= timedelta(milliseconds=500)


def test_what_is_not_known_is_not_written(tmp_path: Path) -> None:
    strides = table().drop(columns="speed_mps")
    strides.loc[:, "valid"] = strides["ic_s"] < 130.0
    path = tmp_path / "run.fit"
    write_fit(path, facts(), strides)
    found = read_with_fitdecode(path)["record"]
    assert found[20].get("enhanced_speed") is None
    assert found[20].get("distance") is None
    assert found[20]["Left pelvic drop"] == pytest.approx(5.0)
    assert found[60].get("cadence") is None  # 28 s after the last valid stance
    assert found[60]["Left pelvic drop"] is None


def test_an_undated_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="start_utc"):
        write_fit(tmp_path / "x.fit", facts(start_utc=None), table())
    with pytest.raises(InputError, match="no valid running stance"):
        write_fit(tmp_path / "x.fit", facts(), table().assign(gait="walk"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("day", ["1970-01-01", "1989-12-30", "1998-07-03", "2130-01-01"])
def test_a_day_that_a_fit_file_cannot_tell_is_refused(day: str) -> None:
    """Sensors whose clock was never set begin in 1970: every record would have the same time."""
    with pytest.raises(InputError, match=f"began {day}.*Set the sensor's clock"):
        fit_bytes(facts(start_utc=f"{day}T00:00:00+00:00"), table())


def test_a_start_without_an_offset_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere else; the zone of the computer that writes the file does not count."""
    monkeypatch.setenv("TZ", "America/Denver")
    tzset()
    try:
        got = fit_bytes(facts(start_utc="2026-03-14T09:30:00"), table())
    finally:
        monkeypatch.undo()
        tzset()
    assert got == fit_bytes(facts(), table())


def test_the_same_run_gives_the_same_bytes() -> None:
    assert fit_bytes(facts(), table()) == fit_bytes(facts(), table())


def test_means_of_the_last_seconds() -> None:
    got = trailing_mean(
        np.array([0.0, 1.0, 2.0, 9.0]),
        np.array([0.5, 1.0, 1.5, 2.0]),
        np.array([2.0, 4.0, np.nan, 6.0]),
        window_s=1.0,
    )
    np.testing.assert_allclose(got, [np.nan, 3.0, 6.0, np.nan])


@given(st.binary(max_size=60))
def test_the_checksum_is_that_of_arc(data: bytes) -> None:
    """CRC-16/ARC, bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    assert crc16(data) == crc


def test_checksum_of_the_catalogue() -> None:
    assert crc16(b"123456789") == 0xBB3D


def test_values_beyond_the_field_are_held_and_unknown_is_marked() -> None:
    assert Field(1, UINT8).pack(300.0) == b"\xfe"
    assert Field(1, UINT8).pack(-3.0) == b"\x00"
    assert Field(1, UINT16, 10.0).pack(None) == b"\xff\xff"
    assert Field(1, UINT16, 10.0).pack(float("nan")) == b"\xff\xff"
    assert Field(1, FLOAT32).pack(None) == Field(1, FLOAT32).pack(float("nan")) == b"\xff" * 4
    writer = FitWriter()
    writer.add(Message(20, (Field(1, UINT8),), (0,)), (7.0,), [float("nan")])
    assert writer.finish()[-7:-2] == b"\x07" + b"\xff" * 4
    with pytest.raises(ValueError, match="message 20"):
        FitWriter().add(Message(20, (Field(1, UINT8),)), ())
