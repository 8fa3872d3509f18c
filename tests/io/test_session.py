"""Sessions go out and come back unchanged; damaged ones are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError
from hipgait.io.reader import read_run
from hipgait.io.session import write_session
from hipgait.recording import Athlete, InputFile, Provenance, Recording, RunInfo, SensorStream
from tests.io.build import moving


def recording() -> Recording:
    t, acc, gyr = moving(300)
    acc[5, 1] = np.nan
    pelvis = SensorStream(
        "pelvis", t, acc, np.radians(gyr), 156.9, 34.9, True, Provenance("x", "a.csv", ("note",))
    )
    shank = SensorStream("left_shank", t + 0.5, acc)
    info = RunInfo(
        start_utc=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        speed_table=np.array([[0.0, 3.0], [9.0, 3.1]]),
        fatigued=False,
        athlete=Athlete("anna", 1.7),
    )
    return Recording(
        {"pelvis": pelvis, "left_shank": shank}, info, "r", (InputFile("a", "b"),), ("n",), False
    )


def test_round_trip(tmp_path: Path) -> None:
    before = recording()
    after = read_run(write_session(before, tmp_path / "s"))
    for placement, stream in before.streams.items():
        same = after[placement]
        np.testing.assert_array_equal(same.time_s, stream.time_s)
        np.testing.assert_array_equal(same.acc, stream.acc)
        if stream.gyr is None:
            assert same.gyr is None
        else:
            np.testing.assert_allclose(same.gyr, stream.gyr, rtol=1e-14)  # type: ignore[arg-type]
        assert same.derived == stream.derived
        assert same.acc_range == (pytest.approx(stream.acc_range) if stream.acc_range else None)
        assert same.provenance.notes == stream.provenance.notes
    assert after.name == "r"
    assert after.notes == ("n",)
    assert not after.synchronised
    assert after.info.athlete == before.info.athlete
    assert after.info.start_utc == before.info.start_utc
    np.testing.assert_array_equal(after.info.speed_table, before.info.speed_table)  # type: ignore[arg-type]
    assert {Path(f.path).name for f in after.inputs} == {
        "session.json",
        "pelvis.parquet",
        "left_shank.parquet",
    }


def test_writing_again_replaces(tmp_path: Path) -> None:
    before = recording()
    write_session(before, tmp_path)
    write_session(replace(before, streams={"pelvis": before["pelvis"]}), tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pelvis.parquet", "session.json"]


def test_parquet_has_the_contracts_columns(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    write_session(recording(), tmp_path)
    table = pq.read_table(tmp_path / "pelvis.parquet")
    expected = "time_s acc_x_mps2 acc_y_mps2 acc_z_mps2 gyr_x_deg_s gyr_y_deg_s gyr_z_deg_s"
    assert table.column_names == expected.split()
    assert table["acc_y_mps2"].null_count == 1
    assert len(pq.read_table(tmp_path / "left_shank.parquet").column_names) == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("session.json", b""),
        ("session.json", b"{"),
        ("session.json", b"[1]"),
        ("session.json", b'{"schema_version": "1", "streams": {"hip": {}}}'),
        ("session.json", b'{"schema_version": "1", "streams": {"right_foot": {}}}'),
        ("session.json", b"\xff\xfe\x00"),
        ("pelvis.parquet", b""),
        ("pelvis.parquet", b"PAR1 not really PAR1"),
    ],
)
def test_damaged(tmp_path: Path, name: str, content: bytes) -> None:
    write_session(recording(), tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read_run(tmp_path)
    assert "\n" not in str(caught.value)


def test_cut_and_foreign_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    write_session(recording(), tmp_path)
    path = tmp_path / "pelvis.parquet"
    whole = path.read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:size])
        with pytest.raises(FormatError, match=r"pelvis\.parquet"):
            read_run(tmp_path)
    for columns in (
        {"time_s": [1.0]},
        {"time_s": [2.0, 1.0], "acc_x_mps2": [1, 1], "acc_y_mps2": [1, 1], "acc_z_mps2": [1, 1]},
        {"time_s": ["a", "b"], "acc_x_mps2": [1, 1], "acc_y_mps2": [1, 1], "acc_z_mps2": [1, 1]},
    ):
        pq.write_table(pa.table(columns), path)
        with pytest.raises(FormatError, match=r"pelvis\.parquet"):
            read_run(tmp_path)


def test_not_writable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="cannot be written"):
        write_session(recording(), tmp_path / "file")
