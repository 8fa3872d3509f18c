"""Tables of any program: headings, units and clocks that hipgait was not told of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError
from hipgait.io.exports import recognise
from hipgait.io.exports.generic import parts
from hipgait.io.exports.headings import understood
from hipgait.io.files import Source
from hipgait.io.reader import read_run
from hipgait.io.stamps import is_delivery, with_even_stamps
from hipgait.recording import Recording, SensorStream

RATE = 100.0
N = 600
G = 9.80665
TIME = 2.0 + np.arange(N) / RATE
PLAIN = "acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
START = datetime(2026, 5, 5, 23, 59, 58)


def moving(seed: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) m/s^2 and deg/s of something that moves as a shank does."""
    w = 2 * np.pi * 1.4 * TIME + seed
    acc = np.column_stack([4 * np.sin(w), G + 8 * np.sin(2 * w), 3 * np.cos(w)])
    gyr = np.column_stack([80 * np.cos(w), 60 * np.sin(w), 400 * np.sin(w)])
    return acc, gyr


def text(
    header: str,
    clock: Callable[[float], str] = lambda t: f"{t:.4f}",
    acc: float = 1.0,
    gyr: float = 1.0,
    between: str = ",",
    decimal: str = ".",
) -> str:
    a, g = moving()
    rows = [header]
    for t, values in zip(TIME, np.hstack([a * acc, g * gyr]), strict=True):
        numbers = [f"{v:.5f}".replace(".", decimal) for v in values]
        rows.append(between.join([clock(t), *numbers]))
    return "\n".join(rows) + "\n"


def read(folder: Path, content: str) -> Recording:
    path = folder / "left_shank.csv"
    path.write_text(content, encoding="utf-8")
    return read_run(path)


def same(stream: SensorStream, gyr: bool = True) -> None:
    acc, turned = moving()
    np.testing.assert_allclose(np.diff(stream.time_s), 1 / RATE, atol=2e-3)
    np.testing.assert_allclose(stream.acc, acc, atol=1e-3 * G)
    if gyr:
        assert stream.gyr is not None
        np.testing.assert_allclose(stream.gyr, np.radians(turned), atol=1e-4)


@pytest.mark.parametrize(
    ("header", "acc", "gyr"),
    [
        ("Time (s),Acc X (g),Acc Y (g),Acc Z (g),Gyro X (dps),Gyro Y (dps),Gyro Z (dps)", 1 / G, 1),
        ("t,ax [mg],ay [mg],az [mg],gx [mdps],gy [mdps],gz [mdps]", 1000 / G, 1000),
        ("t,ax,ay,az,gx,gy,gz", 1, 1),
        ("t,ax,ay,az,gx,gy,gz", 1 / G, np.pi / 180),
        ("Timestamp,AccX,AccY,AccZ,GyroX,GyroY,GyroZ", 1000 / G, 1),
        ('"t [s]","accX [mg]","accY [mg]","accZ [mg]","wx [rad/s]","wy [rad/s]","wz [rad/s]"',
         1000 / G, np.pi / 180),
        (f"# phone 3\n# 100 Hz\ntime_s,{PLAIN}", 1, 1),
        (f"Device,Foo\n\ntime_s,{PLAIN}", 1, 1),
        ("elapsed (s),x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro", 1, 1),
        ("Zeit,AccX,AccY,AccZ,Omega X,Omega Y,Omega Z\ns,m/s²,m/s²,m/s²,°/s,°/s,°/s", 1, 1),
    ],
)  # fmt: skip
def test_headings_and_units(tmp_path: Path, header: str, acc: float, gyr: float) -> None:
    stream = read(tmp_path, text(header, acc=acc, gyr=gyr))["left_shank"]
    same(stream)
    assert stream.time_s[0] == pytest.approx(TIME[0])
    guessed = [n for n in stream.provenance.notes if "no unit given" in n]
    told = PLAIN in header or any(unit in header for unit in ("(g)", "[mg]", "m/s²"))
    assert bool(guessed) != told


def _at(t: float) -> datetime:
    return START + timedelta(seconds=t)


@pytest.mark.parametrize(
    ("clock", "start"),
    [
        (lambda t: _at(t).isoformat(timespec="milliseconds"), None),
        (lambda t: _at(t).isoformat(timespec="milliseconds") + "Z", "2026-05-06T00:00:00+00:00"),
        (lambda t: _at(t).isoformat() + "+02:00", "2026-05-05T22:00:00+00:00"),
        (lambda t: _at(t).isoformat() + "-03:30", "2026-05-06T03:30:00+00:00"),
        (lambda t: f"{_at(t):%d.%m.%Y %H:%M:%S.%f}", None),
        (lambda t: f"{_at(t):%m/%d/%Y %H:%M:%S.%f}", None),
        (lambda t: f"{_at(t):%H:%M:%S.%f}", None),
        (lambda t: f"{1778025600.0 + t - 2:.3f}", "2026-05-06T00:00:00+00:00"),
        (lambda t: f"{1778025600e3 + 1e3 * (t - 2):.0f}", "2026-05-06T00:00:00+00:00"),
        (lambda t: f"{1778025600e6 + 1e6 * (t - 2):.0f}", "2026-05-06T00:00:00+00:00"),
        (lambda t: f"{1778025600 * 10**9 + round(1e9 * (t - 2))}", "2026-05-06T00:00:00+00:00"),
    ],
)
def test_clocks(tmp_path: Path, clock: Callable[[float], str], start: str | None) -> None:
    recording = read(tmp_path, text(f"timestamp,{PLAIN}", clock))
    same(recording["left_shank"])
    assert recording["left_shank"].time_s[0] == pytest.approx(0.0, abs=1e-6)
    found = recording.info.start_utc
    assert (found.isoformat(timespec="seconds") if found else None) == start


def test_european_dates_and_decimal_commas(tmp_path: Path) -> None:
    header = f"Datum,{PLAIN}".replace(",", ";")
    content = text(header, lambda t: f"{_at(t):%d.%m.%Y %H:%M:%S,%f}", between=";", decimal=",")
    same(read(tmp_path, content)["left_shank"])


def test_sensors_one_below_the_other(tmp_path: Path) -> None:
    head, *rows = text(f"time_s,{PLAIN}").splitlines()
    names = ("Sacrum", "Left Tibia", "Right Tibia")
    for order in (
        [f"{n},{r}" for r in rows for n in names],
        [f"{n},{r}" for n in names for r in rows],
    ):
        path = tmp_path / "all.csv"
        path.write_text("\n".join([f"sensor,{head}", *order]) + "\n")
        recording = read_run(path)
        assert set(recording.streams) == {"pelvis", "left_shank", "right_shank"}
        assert recording.synchronised
        for stream in recording.streams.values():
            same(stream)


@pytest.mark.parametrize("written", [False, True])
def test_rows_stay_with_their_sensor(tmp_path: Path, written: bool) -> None:
    """A last line cut off, blank lines, the headings once more in between."""
    clock = (lambda t: _at(t).isoformat()) if written else (lambda t: f"{t:.4f}")
    head, *rows = text(f"time,{PLAIN}", clock).splitlines()
    lines = [f"{r},{n}" for r in rows for n in ("pelvis", "left_shank")]
    header = f"{head},sensor"
    lines = [header, *lines[:300], "", header, *lines[300:], lines[-1][:40]]
    path = tmp_path / "all.csv"
    path.write_text("\n".join(lines))
    assert parts(Source(path)) == ["pelvis", "left_shank"]
    recording = read_run(path)
    assert set(recording.streams) == {"pelvis", "left_shank"}
    for stream in recording.streams.values():
        assert stream.n == N
        same(stream)


@pytest.mark.parametrize("form", ["{p}_{q}_{a}", "{q}_{a}_{p}", "{p} {q} {a}"])
def test_sensors_side_by_side(tmp_path: Path, form: str) -> None:
    acc, gyr = moving()
    names, columns = ["time_s"], [TIME]
    for placement in ("pelvis", "left_shank"):
        for quantity, values in (("acc", acc), ("gyr", gyr)):
            for k, axis in enumerate("xyz"):
                names.append(form.format(p=placement, q=quantity, a=axis))
                columns.append(values[:, k])
    path = tmp_path / "all.csv"
    np.savetxt(path, np.column_stack(columns), "%.6f", ",", header=",".join(names), comments="")
    recording = read_run(path)
    assert set(recording.streams) == {"pelvis", "left_shank"}
    for stream in recording.streams.values():
        same(stream)


@pytest.mark.parametrize(
    ("header", "acc", "gyr", "what"),
    [
        ("t,ax,ay,az,gx,gy,gz", 3.0, 1.0, "no unit of acceleration given"),
        ("t,ax,ay,az,gx,gy,gz", 1.0, 0.07, "may be deg/s or rad/s"),
        ("t,ax (lsb),ay (lsb),az (lsb),gx,gy,gz", 1.0, 1.0, "unknown unit 'lsb'"),
        ("t,ax (g),ay (mg),az (g),gx,gy,gz", 1.0, 1.0, "in different units"),
    ],
)
def test_what_cannot_be_told_is_refused(
    tmp_path: Path, header: str, acc: float, gyr: float, what: str
) -> None:
    with pytest.raises(FormatError, match=what):
        read(tmp_path, text(header, acc=acc, gyr=gyr))


@pytest.mark.parametrize(
    "names",
    [
        "time,linear_acc_x,linear_acc_y,linear_acc_z",  # without gravity: no raw acceleration
        "time,FreeAcc_X,FreeAcc_Y,FreeAcc_Z",
        "time,gravity_x,gravity_y,gravity_z",
        "time,gyro_x,gyro_y,gyro_z",
        "acc_x,acc_y,acc_z",
        "time,acc_x,acc_y",
        "time,mag_x,mag_y,mag_z",
    ],
)
def test_other_headings_are_not_understood(names: str) -> None:
    assert understood(names.split(",")) is None


def test_a_text_that_names_columns_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(
        "Layouts: time,ax,ay,az,gx,gy,gz\nBoth, of one phone, were read, and more.\n" * 3
    )
    assert recognise(Source(path)) is None
    path.write_text("t,ax,ay,az\n\n1;2\n")
    assert recognise(Source(path)) is None


def test_stamps_of_delivery_in_plain_csv(tmp_path: Path) -> None:
    packets = TIME[np.arange(N) // 8 * 8]
    stamps = iter(packets)
    stream = read(tmp_path, text(f"time_s,{PLAIN}", lambda _: f"{next(stamps):.4f}"))["left_shank"]
    assert any("evenly spaced" in note for note in stream.provenance.notes)
    np.testing.assert_allclose(stream.time_s, TIME, atol=0.09)
    np.testing.assert_allclose(np.diff(stream.time_s), 1 / RATE, rtol=0.02)


def test_a_recording_made_by_hand_is_evened_out_too() -> None:
    acc, gyr = moving()
    burst = TIME[np.arange(N) // 8 * 8] + 1e-4 * (np.arange(N) % 8)
    streams = {
        p: SensorStream(p, t, acc, gyr) for p, t in (("pelvis", TIME), ("left_shank", burst))
    }
    even = with_even_stamps(Recording(streams))
    assert even["pelvis"] is streams["pelvis"]
    np.testing.assert_allclose(np.diff(even["left_shank"].time_s), 1 / RATE, rtol=0.02)
    assert len(even.notes) == 1
    assert even.notes[0].startswith("left shank: stamps show when")


def test_losses_and_noise_are_no_deliveries() -> None:
    rng = np.random.default_rng(0)
    lossy = TIME[rng.random(N) < 0.5]
    assert not is_delivery(lossy)
    assert not is_delivery(np.sort(TIME))
    assert not is_delivery(rng.normal(size=N) * 0.1)
    assert is_delivery(TIME[np.arange(N) // 8 * 8])
    assert is_delivery(np.maximum.accumulate(TIME + rng.exponential(0.02, N)))
