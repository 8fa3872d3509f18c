"""Native exports, on small files in the vendors' layouts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError, InputError
from hipgait.io.exports import ANY_TABLE, MODULES, reader_named, readers
from hipgait.io.exports.rebuild import angular_velocity, euler_matrices, quaternion_matrices
from hipgait.io.reader import read_run
from hipgait.recording import Recording, SensorStream
from tests.io import build
from tests.io.build import Array, G


def one(folder: Path, text: str, toml: str = "", name: str = "left_shank.csv") -> SensorStream:
    (folder / name).write_text(text, encoding="utf-8")
    if toml:
        (folder / "left_shank.run.toml").write_text(toml)
    return read_run(folder / name)["left_shank"]


def refused(folder: Path, text: str) -> str:
    with pytest.raises(FormatError) as caught:
        one(folder, text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_registry() -> None:
    names = [r.NAME for r in readers()]
    assert names == [*MODULES, ANY_TABLE, "csv"]
    assert all(r.LABEL and isinstance(r.FOLDERED, bool) for r in readers())
    with pytest.raises(InputError, match="movella_dot"):
        reader_named("fitbit")


# ------------------------------------------------------------------ rebuilding
@pytest.mark.parametrize("rate", [60.0, 100.0, 200.0])
def test_rate_from_orientation(rate: float) -> None:
    t, q, _, rate_true = build.turned(400, rate)
    R = quaternion_matrices(q)
    np.testing.assert_allclose(R, build.rotation(q), atol=1e-12)
    found = angular_velocity(R, t)
    assert np.abs(found[2:-2] - rate_true[2:-2]).max() < 0.002 * np.abs(rate_true).max()
    np.testing.assert_allclose(angular_velocity(R[:3], t[:3])[1], rate_true[1], atol=0.1)


def test_rate_across_lost_samples() -> None:
    t, q, _, rate_true = build.turned(400, 60.0)
    keep = np.ones(400, dtype=bool)
    keep[50] = keep[120:123] = keep[200:230] = False
    found = angular_velocity(quaternion_matrices(q)[keep], t[keep])
    error = np.abs(found - rate_true[keep]).max(axis=1)
    assert np.isfinite(found).all()
    assert error[2:-2].max() < 0.12 * np.abs(rate_true).max()


def test_euler_is_zyx() -> None:
    roll, pitch, yaw = np.radians([[30.0], [-20.0], [130.0]])
    half = [
        np.array([np.cos(a[0] / 2), *(np.sin(a[0] / 2) * np.eye(3)[k])])
        for k, a in enumerate((roll, pitch, yaw))
    ]
    Rx, Ry, Rz = (build.rotation(h[None])[0] for h in half)
    np.testing.assert_allclose(euler_matrices(roll, pitch, yaw)[0], Rz @ Ry @ Rx, atol=1e-12)


# ------------------------------------------------------------------ Movella DOT
def test_dot_raw(tmp_path: Path) -> None:
    _, acc, gyr = build.moving(300, 60.0)
    text = build.dot_text("Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z", np.hstack([acc, gyr]))
    recording = read_run_of(tmp_path, text)
    stream = recording["left_shank"]
    assert not stream.derived
    assert stream.time_s[0] == 0
    assert stream.rate_hz == pytest.approx(60, rel=1e-3)
    np.testing.assert_allclose(stream.acc, acc, atol=1e-6)
    np.testing.assert_allclose(stream.gyr, np.radians(gyr), atol=1e-7)  # type: ignore[arg-type]
    assert stream.acc_range == pytest.approx(16 * G)
    assert stream.gyr_range == pytest.approx(np.radians(2000))
    assert recording.info.start_utc == datetime(2021, 8, 20, 12, 21, 13, 829000, UTC)


def read_run_of(folder: Path, text: str) -> Recording:
    (folder / "left_shank.csv").write_text(text, encoding="utf-8")
    return read_run(folder / "left_shank.csv")


@pytest.mark.parametrize("orientation", ["quat", "euler"])
def test_dot_rebuilt(tmp_path: Path, orientation: str) -> None:
    _, q, free, rate = build.turned(400, 60.0)
    R = build.rotation(q)
    if orientation == "quat":
        names, values = "Quat_W,Quat_X,Quat_Y,Quat_Z", q
    else:
        names = "Euler_X,Euler_Y,Euler_Z"
        values = np.degrees(
            np.column_stack(
                [
                    np.arctan2(R[:, 2, 1], R[:, 2, 2]),
                    -np.arcsin(R[:, 2, 0]),
                    np.arctan2(R[:, 1, 0], R[:, 0, 0]),
                ]
            )
        )
    text = build.dot_text(f"{names},FreeAcc_X,FreeAcc_Y,FreeAcc_Z", np.hstack([values, free]))
    stream = one(tmp_path, text)
    force = np.einsum("nji,nj->ni", R, free + np.array([0, 0, G]))
    assert stream.derived
    assert any("rebuilt" in n for n in stream.provenance.notes)
    np.testing.assert_allclose(stream.acc, force, atol=1e-4)
    assert stream.gyr is not None
    assert np.abs(stream.gyr - rate)[2:-2].max() < 0.01
    assert stream.acc_range is None


def test_dot_increments(tmp_path: Path) -> None:
    """High fidelity: velocity and orientation increments over the sample interval."""
    _, acc, gyr = build.moving(300, 60.0)
    angle = np.radians(gyr) / 60
    half = np.linalg.norm(angle, axis=1, keepdims=True) / 2
    dq = np.hstack([np.cos(half), np.sinc(half / np.pi) * angle / 2])
    text = build.dot_text(
        "dq_W,dq_X,dq_Y,dq_Z,dv[1],dv[2],dv[3]", np.hstack([dq, acc / 60]), digits=9
    )
    stream = one(tmp_path, text)
    assert not stream.derived
    np.testing.assert_allclose(stream.acc, acc, atol=2e-3)  # the stamps are whole microseconds
    np.testing.assert_allclose(stream.gyr, np.radians(gyr), atol=1e-3)  # type: ignore[arg-type]
    assert any("increments" in n for n in stream.provenance.notes)


@pytest.mark.parametrize("columns", ["Quat_W,Quat_X,Quat_Y,Quat_Z", "Euler_X,Euler_Y,Euler_Z"])
def test_dot_orientation_only(tmp_path: Path, columns: str) -> None:
    text = build.dot_text(columns, build.turned(50, 60.0)[1][:, : columns.count(",") + 1])
    said = refused(tmp_path, text)
    assert "orientation only, no acceleration" in said
    assert "Custom Mode" in said


def test_dot_free_acceleration_only(tmp_path: Path) -> None:
    text = build.dot_text("FreeAcc_X,FreeAcc_Y,FreeAcc_Z", build.turned(50, 60.0)[2])
    assert "no orientation" in refused(tmp_path, text)


def test_dot_counter_runs_over_and_packets_are_lost(tmp_path: Path) -> None:
    _, acc, gyr = build.moving(300, 60.0)
    text = build.dot_text(
        "Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z", np.hstack([acc, gyr]), start_us=2**32 - 1_000_000
    )
    lines = text.split("\n")
    text = "\n".join(lines[:40] + lines[50:])
    stream = one(tmp_path, text)
    assert stream.n == 290
    assert stream.duration_s == pytest.approx(299 / 60, abs=1e-4)
    assert len(stream.gaps) == 1
    assert "10 packets lost" in stream.provenance.notes
    assert any("ran over" in n for n in stream.provenance.notes)


def dot_folder(folder: Path, starts: tuple[int, int], sync: str) -> Recording:
    _, acc, gyr = build.moving(300, 60.0)
    for name, start in zip(("Pelvis_2021", "LTibia_2021"), starts, strict=True):
        text = build.dot_text(
            "Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z", np.hstack([acc, gyr]), start, sync=sync
        )
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_run(folder)


def test_dot_shared_clock(tmp_path: Path) -> None:
    recording = dot_folder(tmp_path, (2**32 - 500_000, 250_000), "Synced")
    assert list(recording.streams) == ["pelvis", "left_shank"]
    assert recording.synchronised
    assert recording["pelvis"].time_s[0] == 0
    assert recording["left_shank"].time_s[0] == pytest.approx(0.75, abs=1e-5)


@pytest.mark.parametrize(("starts", "sync"), [((0, 0), "Unsynced"), ((0, 3_000_000_000), "Synced")])
def test_dot_without_shared_clock(tmp_path: Path, starts: tuple[int, int], sync: str) -> None:
    recording = dot_folder(tmp_path, starts, sync)
    assert not recording.synchronised
    assert recording["left_shank"].time_s[0] == 0
    assert any("not synchronised" in n for n in recording.notes)


def test_dot_pc_log_counts_in_100_us(tmp_path: Path) -> None:
    _, q, free, _ = build.turned(120, 60.0)
    rows = [
        f"{340546 + round(k * 1e4 / 60)}," + ",".join(f"{v:.4f}" for v in (*q[k], *free[k]))
        for k in range(120)
    ]
    head = "SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z,FreeAcc_X,FreeAcc_Y,FreeAcc_Z"
    stream = one(tmp_path, "\n".join([head, *rows, "360000", "360167"]) + "\n")
    assert stream.n == 120
    assert stream.rate_hz == pytest.approx(60, rel=1e-3)
    assert "2 rows without values (from line 122)" in stream.provenance.notes


# ------------------------------------------------------------------ Xsens MT Manager
ACC = ["Acc_X", "Acc_Y", "Acc_Z"]
GYR = ["Gyr_X", "Gyr_Y", "Gyr_Z"]
MAT = [f"Mat[{r}][{c}]" for c in (1, 2, 3) for r in (1, 2, 3)]


def mt_values(n: int = 300) -> tuple[Array, Array, Array]:
    _, q, free, rate = build.turned(n, 100.0)
    R = build.rotation(q)
    return np.einsum("nji,nj->ni", R, free + np.array([0, 0, G])), rate, R


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", " "])
def test_mt_separators(tmp_path: Path, delimiter: str) -> None:
    acc, gyr, _ = mt_values()
    stream = one(tmp_path, build.mt_text(ACC + GYR, np.hstack([acc, gyr]), delimiter))
    assert stream.rate_hz == pytest.approx(100)
    assert not stream.derived
    np.testing.assert_allclose(stream.acc, acc, atol=1e-6)
    np.testing.assert_allclose(stream.gyr, gyr, atol=1e-6)  # type: ignore[arg-type]


def test_mt_packet_counter_wraps_and_gaps(tmp_path: Path) -> None:
    acc, gyr, _ = mt_values()
    text = build.mt_text(ACC + GYR, np.hstack([acc, gyr]), lost=(50, 51, 52, 53, 54))
    stream = one(tmp_path, text)
    assert stream.n == 295
    assert stream.duration_s == pytest.approx(2.99)
    assert len(stream.gaps) == 1
    assert "5 packets lost" in stream.provenance.notes


@pytest.mark.parametrize("orientation", ["mat", "quat", "euler"])
def test_mt_rate_from_rotation(tmp_path: Path, orientation: str) -> None:
    acc, gyr, R = mt_values()
    if orientation == "mat":
        names, values = MAT, R.transpose(0, 2, 1).reshape(-1, 9)
    elif orientation == "quat":
        names, values = [f"Quat_q{k}" for k in range(4)], build.turned(300, 100.0)[1]
    else:
        names = ["Roll", "Pitch", "Yaw"]
        values = np.degrees(
            np.column_stack(
                [
                    np.arctan2(R[:, 2, 1], R[:, 2, 2]),
                    -np.arcsin(R[:, 2, 0]),
                    np.arctan2(R[:, 1, 0], R[:, 0, 0]),
                ]
            )
        )
    stream = one(tmp_path, build.mt_text(ACC + names, np.hstack([acc, values])))
    assert stream.derived
    assert stream.gyr is not None
    assert np.abs(stream.gyr - gyr)[2:-2].max() < 0.01
    assert any("angular velocity is rebuilt" in n for n in stream.provenance.notes)


def test_mt_acceleration_only_and_missing_cells(tmp_path: Path) -> None:
    acc, _, _ = mt_values()
    acc[7, 1] = np.nan
    stream = one(tmp_path, build.mt_text(ACC, acc))
    assert stream.gyr is None
    assert np.isnan(stream.acc[7, 1])
    assert "1 of 300 samples are missing" in stream.provenance.notes


def test_mt_without_rate(tmp_path: Path) -> None:
    acc, gyr, _ = mt_values()
    text = build.mt_text(ACC + GYR, np.hstack([acc, gyr]), rate=None)
    assert "rate_hz" in refused(tmp_path, text)
    stream = one(tmp_path, text, "[sensors.left_shank]\nrate_hz = 50\nacc_range_g = 16\n")
    assert stream.rate_hz == pytest.approx(50)
    assert stream.acc_range == pytest.approx(16 * G)


def test_mt_orientation_only(tmp_path: Path) -> None:
    _, _, R = mt_values(50)
    text = build.mt_text(MAT, R.reshape(-1, 9))
    assert "no acceleration (orientation only)" in refused(tmp_path, text)


# ------------------------------------------------------------------ x-IMU3
def test_ximu3(tmp_path: Path) -> None:
    build.ximu3_device(tmp_path, "Left Lower Leg", start_us=917_428_272)
    build.ximu3_device(tmp_path, "pelvis")
    (tmp_path / "LICENSE.md").write_text("MIT")
    recording = read_run(tmp_path)
    assert recording.synchronised
    assert list(recording.streams) == ["pelvis", "left_shank"]
    assert recording["left_shank"].time_s[0] == pytest.approx(0.010063)
    _, acc, gyr = build.moving(600, 50.0)
    np.testing.assert_allclose(recording["pelvis"].acc, acc, atol=1e-5)
    np.testing.assert_allclose(recording["pelvis"].gyr, np.radians(gyr), atol=1e-6)  # type: ignore[arg-type]


def test_ximu3_unrelated_clocks(tmp_path: Path) -> None:
    build.ximu3_device(tmp_path, "Left Lower Leg", start_us=3_000_000)
    build.ximu3_device(tmp_path, "pelvis")
    assert not read_run(tmp_path).synchronised


def test_ximu3_one_device(tmp_path: Path) -> None:
    device = build.ximu3_device(tmp_path, "Right Foot")
    assert list(read_run(device).streams) == ["right_foot"]
    assert list(read_run(device / "Inertial.csv").streams) == ["right_foot"]
    assert list(read_run(tmp_path, {"left_thigh": device}).streams) == ["left_thigh"]
    plain = device.rename(tmp_path / "device")  # then only Command.json tells
    assert list(read_run(plain).streams) == ["right_foot"]


# ------------------------------------------------------------------ ActiLife
@pytest.mark.parametrize("stamps", [True, False])
def test_actilife(tmp_path: Path, stamps: bool) -> None:
    stream = one(tmp_path, build.actilife_text(stamps=stamps))
    _, acc, _ = build.moving()
    assert stream.gyr is None
    assert stream.rate_hz == pytest.approx(100)
    np.testing.assert_allclose(stream.acc, acc, atol=0.01)
    assert stream.acc_range == pytest.approx(8 * G)


def test_actilife_over_midnight_and_a_lost_stretch(tmp_path: Path) -> None:
    lines = build.actilife_text(clock="23:59:58").split("\n")
    stream = one(tmp_path, "\n".join(lines[:311] + lines[411:]))
    assert stream.duration_s == pytest.approx(5.99)
    assert len(stream.gaps) == 1


def test_actilife_calendar_is_not_a_shared_clock(tmp_path: Path) -> None:
    (tmp_path / "waist.csv").write_text(build.actilife_text())
    (tmp_path / "left ankle.csv").write_text(build.actilife_text(clock="17:43:02"))
    recording = read_run(tmp_path)
    assert not recording.synchronised
    assert recording["left_shank"].time_s[0] == pytest.approx(2)
    assert any("waist" in n for n in recording.notes)


def test_actilife_counts(tmp_path: Path) -> None:
    text = build.actilife_text().split("\n")
    text[10] = "Date, Time, Axis1,Axis2,Axis3"
    assert "counts" in refused(tmp_path, "\n".join(text))
