"""Native exports as the vendors' programs wrote them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError, HipgaitError, InputError
from hipgait.io.csvfile import read as read_plain
from hipgait.io.exports import recognise
from hipgait.io.files import Source
from hipgait.io.reader import read_run
from hipgait.io.runinfo import SensorOptions
from hipgait.names import G_MPS2, PLACEMENTS
from hipgait.recording import Recording, SensorStream
from tests.conftest import real_data


def gravity(stream: SensorStream) -> float:
    """Median length of the specific force, m/s^2."""
    return float(np.nanmedian(np.linalg.norm(stream.acc, axis=1)))


def as_left_foot(path: Path) -> Recording:
    return read_run(path.parent, {"left_foot": path})


# ------------------------------------------------------------------ x-IMU3
def test_ximu3_lower_body() -> None:
    recording = read_run(real_data("lower-body-ximu3"))
    assert tuple(recording.streams) == PLACEMENTS
    assert recording.synchronised
    for stream in recording.streams.values():
        assert stream.rate_hz == pytest.approx(50, rel=0.01)
        assert stream.duration_s == pytest.approx(18.6, abs=0.1)
        assert abs(stream.time_s[0]) < 0.02
        assert gravity(stream) == pytest.approx(G_MPS2, rel=0.05)
        assert stream.has_gyr
        assert stream.provenance.format == "ximu3"
    fastest = np.nanmax(np.abs(recording["left_shank"].gyr))  # type: ignore[arg-type]
    assert 300 < np.degrees(fastest) < 600


# ------------------------------------------------------------------ Movella DOT
def test_dot_android_is_rebuilt() -> None:
    recording = read_run(real_data("formats") / "movella-dot" / "android_pelvis_legs")
    assert set(recording.streams) == set(PLACEMENTS[:5])
    assert recording.synchronised
    assert recording.info.start_utc is not None
    assert recording.info.start_utc.isoformat().startswith("2021-08-20T12:21:13")
    for placement, stream in recording.streams.items():
        assert stream.derived
        assert gravity(stream) == pytest.approx(G_MPS2, rel=0.05)
        if placement != "left_thigh":
            assert stream.rate_hz == pytest.approx(60, rel=0.01)
    # this sensor lost packets on the air: they stay missing
    assert "157 packets lost" in recording["left_thigh"].provenance.notes
    # both thighs swing at the same rate in this recording of both legs
    assert 0.5 < np.nanmax(np.abs(recording["right_thigh"].gyr)) < 10  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["ios_euler/LF3_20241209_1137.csv", "ios_euler/RF2_20241209_1045.csv",
             "pc_sdk_logfile/logfile_D4-22-CD-00-4D-68.csv"],
)  # fmt: skip
def test_dot_euler_is_rebuilt(name: str) -> None:
    stream = as_left_foot(real_data("formats") / "movella-dot" / name)["left_foot"]
    assert stream.derived
    assert stream.rate_hz == pytest.approx(60, rel=0.01)
    assert gravity(stream) == pytest.approx(G_MPS2, rel=0.07)


@pytest.mark.parametrize(
    "name",
    ["ios_quat/Xsens_DOT_01_20201104_152403_790.csv", "pc_sdk_logfile/movementEuler.csv"],
)
def test_dot_orientation_only_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match="orientation only, no acceleration"):
        as_left_foot(real_data("formats") / "movella-dot" / name)


# ------------------------------------------------------------------ Xsens MT Manager
def xsens() -> Path:
    return real_data("formats") / "opensim-xsens-apdm" / "Xsens"


@pytest.mark.parametrize("number", ["00B421AF", "00B4227B"])
def test_mt_long(number: str) -> None:
    stream = as_left_foot(xsens() / f"MT_012005D6_031-000_{number}.txt")["left_foot"]
    assert stream.n == 3369
    assert stream.rate_hz == pytest.approx(100, rel=1e-6)
    assert not stream.derived
    assert np.median(np.linalg.norm(stream.acc, axis=1)) == pytest.approx(G_MPS2, rel=0.01)


@pytest.mark.parametrize("number", ["00B421AF", "00B4227B"])
def test_mt_rate_rebuilt_from_rotation_agrees_with_the_gyroscope(
    number: str, tmp_path: Path
) -> None:
    source = xsens() / f"MT_012005D6_031-000_{number}.txt"
    (tmp_path / "left_foot.txt").write_text(
        source.read_text().replace("Gyr_", "Unused_").replace("\r", "")
    )
    rebuilt = read_run(tmp_path / "left_foot.txt")["left_foot"]
    measured = as_left_foot(source)["left_foot"]
    assert rebuilt.derived
    assert rebuilt.gyr is not None
    assert measured.gyr is not None
    error = rebuilt.gyr - measured.gyr
    assert np.sqrt(np.mean(error**2)) < 0.1 * np.sqrt(np.mean(measured.gyr**2))


@pytest.mark.parametrize(
    ("name", "gyroscope", "derived"),
    [
        ("MT2022_ACC_00B42D4B", False, False),
        ("MT2022_ACC_GYRO_ROT_ALL_TAB_NAN_00B42D4B", True, False),
        ("MT2022_ACC_GYRO_ROT_EULER_TAB_00B42D4F", True, False),
        ("MT2022_ACC_GYRO_ROT_MAT_COMMA_00B42D4B", True, False),
        ("MT2022_ACC_GYRO_ROT_MAT_SEMICOLON_00B42D4B", True, False),
        ("MT2022_ACC_GYRO_ROT_MAT_SPACE_00B42D4B", True, False),
        ("MT_01200312-002-000_00B474BA", True, True),
        ("MT_01200454_000-000_00B40DE4", True, False),
    ],
)
def test_mt_without_a_rate(name: str, gyroscope: bool, derived: bool, tmp_path: Path) -> None:
    path = xsens() / f"{name}.txt"
    with pytest.raises(FormatError, match="neither an update rate"):
        as_left_foot(path)
    (tmp_path / "run.toml").write_text("[sensors.left_foot]\nrate_hz = 100\n")
    stream = read_run(path, {"left_foot": path}, tmp_path / "run.toml")["left_foot"]
    assert stream.rate_hz == pytest.approx(100)
    assert (stream.gyr is not None) == gyroscope
    assert stream.derived == derived
    assert gravity(stream) == pytest.approx(G_MPS2, rel=0.03)
    if not derived:
        assert stream.acc_range == 160.0
    if "NAN" in name:
        assert np.isnan(stream.acc[0, 0])
        assert np.isfinite(stream.acc[1:]).all()


def test_mt_variants_of_one_recording_agree(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("[sensors.left_foot]\nrate_hz = 100\n")
    streams = []
    for kind in ("COMMA", "SEMICOLON", "SPACE"):
        path = xsens() / f"MT2022_ACC_GYRO_ROT_MAT_{kind}_00B42D4B.txt"
        streams.append(read_run(path, {"left_foot": path}, tmp_path / "run.toml")["left_foot"])
    for stream in streams[1:]:
        np.testing.assert_array_equal(stream.acc, streams[0].acc)
        np.testing.assert_array_equal(stream.gyr, streams[0].gyr)  # type: ignore[arg-type]


def test_mt_orientation_only_is_refused() -> None:
    with pytest.raises(FormatError, match="no acceleration"):
        as_left_foot(xsens() / "MT_012005D6-000_sit_to_stand-000_00B421ED.txt")


# ------------------------------------------------------------------ ActiLife
@pytest.mark.parametrize("subject", ["002", "033"])
def test_actilife(subject: str) -> None:
    folder = real_data("treadmill-waist-ankle")
    recording = read_run(
        folder,
        {
            "pelvis": folder / f"{subject}waist.csv.gz",
            "right_shank": folder / f"{subject}ankle.csv.gz",
        },
    )
    assert not recording.synchronised  # one calendar, two clocks
    for stream in recording.streams.values():
        assert stream.rate_hz == pytest.approx(100, rel=0.001)
        assert stream.time_s[0] == 0
        assert not stream.has_gyr
        assert stream.acc_range == pytest.approx(8 * G_MPS2)
        assert np.nanmedian(np.linalg.norm(stream.acc, axis=1)) == pytest.approx(10.5, abs=1.0)
    assert any("exactly 0, 0, 0" in n for n in recording["pelvis"].provenance.notes)


def test_two_subjects_in_one_folder_are_refused() -> None:
    with pytest.raises(InputError, match="both look like pelvis"):
        read_run(real_data("treadmill-waist-ankle"))


# ------------------------------------------------------------------ plain CSV and the rest
def test_plain_with_declared_g() -> None:
    folder = real_data("shank-acc-grf")
    for path in sorted(folder.glob("*.csv.gz")):
        stream = read_plain(Source(path), "left_shank", SensorOptions()).stream
        assert stream.rate_hz == pytest.approx(142.857, rel=1e-3)
        assert gravity(stream) > 8.0
        assert "columns ignored: grf_vertical_n" in stream.provenance.notes


def test_every_other_file_is_refused_in_one_line() -> None:
    root = real_data("formats")
    seen = 0
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        if recognise(Source(path)) is not None:
            continue
        seen += 1
        with pytest.raises(HipgaitError) as caught:
            read_run(path)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 400
    assert seen > 10
