"""From the bytes of a capture back to what the sensors measured, when they measured it."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hipgait as hg
from hipgait.ble.decoding import decode
from hipgait.ble.encode import Encoder
from hipgait.ble.profiles import load, rate_of, shipped
from hipgait.cli.main import run as hipgait
from hipgait.errors import InputError
from hipgait.io.capture_read import read_capture
from hipgait.io.runtable import RunTable
from hipgait.recording import Athlete, SensorStream
from hipgait.simulate.runner import RunnerSettings, simulate_motion, standing_then_run
from hipgait.simulate.sensors import SensorSettings, simulate_recording
from tests.ble.captured import Sent, capture, sensor, without
from tests.ble.radio import send
from tests.io.recorded import ANCHOR

ACC_STEP = 16 * 9.80665 / 32768
GYR_STEP = np.radians(2000 / 32768)
PLACES = ("pelvis", "left_shank", "right_shank")


def compare(stream: SensorStream, sent: Sent, within_ms: float = 3.0) -> None:
    """Every sample is there, to the last bit, at its time; no other is."""
    assert stream.n == len(sent.time_s)
    assert np.abs(stream.acc - sent.acc).max() <= 0.5001 * ACC_STEP
    assert stream.gyr is not None
    assert np.abs(stream.gyr - sent.gyr).max() <= 0.5001 * GYR_STEP
    error = 1e3 * (stream.time_s - sent.time_s)
    assert np.abs(error).max() < within_ms


def test_three_sensors_with_losses(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    sent = {}
    for place in PLACES:
        whole = sensor(rng, batch=3)
        lost = rng.uniform(size=len(whole.packets)) < 0.02
        lost[[0, -1]] = False
        sent[place] = without(whole, lost)
    recording = hg.read(capture(tmp_path / "run.mcap", sent))
    assert recording.synchronised
    assert recording.reference == "pelvis"
    for place, mine in sent.items():
        stream = recording[place]
        compare(stream, mine)
        assert stream.acc_range == pytest.approx(16 * 9.80665)
        assert stream.gyr_range == pytest.approx(np.radians(2000))
        missing = len(whole.packets) * 3 - stream.n
        assert any(f"{missing} samples were lost" in n for n in stream.provenance.notes)
        assert any("ppm" in n for n in stream.provenance.notes)
        steps = np.diff(stream.time_s) * 104
        assert (np.rint(steps) - 1).sum() == missing
    first = ANCHOR.utc_ns / 1e9 + recording["pelvis"].time_s[0]
    assert recording.info.start_utc == datetime.fromtimestamp(first, UTC)


def test_a_reconnection_with_a_reboot_is_a_gap(tmp_path: Path) -> None:
    """Device time begins anew; between the links nothing is made up."""
    rng = np.random.default_rng(2)
    first, second = (sensor(rng, seconds=s, stalls_a_minute=0, ppm=20.0) for s in (70.0, 25.0))
    away_ns = 75 * 10**9
    joined = Sent(
        first.profile,
        np.r_[first.time_s, second.time_s + 75.0],
        np.r_[first.acc, second.acc],
        np.r_[first.gyr, second.gyr],
        np.r_[first.arrival_ns, second.arrival_ns + away_ns],
        first.packets + second.packets,
        options=first.options,
    )
    back = int(second.arrival_ns[0]) + away_ns - 10**8
    events = [
        ("connected", int(first.arrival_ns[0]) - 1, "pelvis"),
        ("disconnected", int(first.arrival_ns[-1]) + 10**9, "pelvis"),
        ("connected", back, "pelvis"),
    ]
    stream = hg.read(capture(tmp_path / "run.mcap", {"pelvis": joined}, events=events))["pelvis"]
    compare(stream, joined)
    assert any("2 clocks" in n for n in stream.provenance.notes)
    (gap,) = stream.gaps
    assert gap == pytest.approx([first.time_s[-1], second.time_s[0] + 75.0], abs=0.005)


def test_without_a_clock_it_says_so(tmp_path: Path) -> None:
    """WitMotion: 200 Hz, no time, no sequence."""
    sent = sensor(np.random.default_rng(3), "witmotion-ble5", batch=1, ppm=0.0)
    stream = hg.read(capture(tmp_path / "run.mcap", {"pelvis": sent}))["pelvis"]
    assert stream.n == len(sent.time_s)
    assert np.abs(np.median(stream.time_s - sent.time_s)) < 0.005
    assert any(n.startswith("arrival-timed: ") for n in stream.provenance.notes)


def test_accelerometer_and_gyroscope_in_streams_of_their_own(tmp_path: Path) -> None:
    """MetaMotion: two streams over one characteristic, no clock."""
    rng = np.random.default_rng(11)
    loaded = load("metamotion-bmi160").profile
    acc, gyr = (next(s for s in loaded.stream if c in s.channels) for c in ("acc", "gyr"))
    encoder = Encoder(loaded)
    link = send(rng, 20.0, rate_of(acc, encoder.options), batch=3, stalls_a_minute=0, ppm=0.0)
    n = 3 * len(link.arrival_s)
    turning = 3 * np.sin(2 * np.pi * 1.4 * np.arange(n) / rate_of(acc, encoder.options))
    values = {"acc": rng.normal(0, 20, (n, 3)), "gyr": np.column_stack([turning] * 3)}
    packets, arrival = [], []
    counts = np.full(len(link.arrival_s), 3)
    for stream, name in ((acc, "acc"), (gyr, "gyr")):
        packets += encoder.packets(stream.id, {name: values[name]}, count=counts)
        arrival += (ANCHOR.monotonic_ns + link.arrival_s * 1e9).astype(np.int64).tolist()
    order = np.argsort(arrival, kind="stable")
    sent = Sent(
        loaded.id,
        np.empty(0),
        values["acc"],
        values["gyr"],
        np.array(arrival)[order],
        [packets[i] for i in order],
        char=acc.char,
        options=encoder.options,
    )
    stream = hg.read(capture(tmp_path / "run.mcap", {"pelvis": sent}))["pelvis"]
    assert stream.n == n
    assert stream.gyr is not None
    assert np.nanmax(np.abs(stream.gyr - values["gyr"])) < 0.4  # 15 ms of turning
    assert any("brought to the times" in note for note in stream.provenance.notes)


@given(
    st.lists(st.tuples(st.integers(0, 10**10), st.binary(max_size=60)), max_size=40),
    st.sampled_from(sorted(shipped())),
)
def test_anything_may_arrive(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, bytes]], profile: str
) -> None:
    """No crash, and no sample that no notification could hold."""
    loaded = shipped()[profile]
    empty = np.empty((0, 3))
    at = ANCHOR.monotonic_ns + np.array([a for a, _ in said], dtype=np.int64)
    for char in loaded.chars:
        garbage = Sent(profile, np.empty(0), empty, empty, at, [d for _, d in said], char=char)
        path = capture(tmp_path_factory.mktemp("any") / "run.mcap", {"pelvis": garbage})
        (found,) = decode(read_capture(path))
        for samples in found.streams:
            assert len(samples.timed.time_s) == len(samples.timed.keep)
            assert len(samples.timed.keep) <= sum(len(d) for _, d in said) * 8
            assert np.isfinite(samples.time_s).all()
        with contextlib.suppress(InputError):
            hg.read(path)


def test_a_torn_capture_is_read_and_says_what_is_missing(tmp_path: Path) -> None:
    path = capture(tmp_path / "run.mcap", {"pelvis": sensor(np.random.default_rng(4))})
    path.write_bytes(path.read_bytes()[:-10])
    recording = hg.read(path)
    assert any("its end was never written" in n for n in recording.notes)


def test_a_corrected_profile_decodes_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The embedded profile had the wrong full scale."""
    right = load("hipgait-open")
    wrong = right.text.replace("scale = 4.8828125e-4", "scale = 2.44140625e-4")
    assert wrong != right.text
    # its vectors tell the mistake: a profile with it would never have been loaded
    wrong = wrong[: wrong.index("[[vector]]")]
    sent = sensor(np.random.default_rng(5), seconds=5.0)
    path = capture(tmp_path / "run.mcap", {"pelvis": sent}, profiles={"pelvis": wrong})
    assert hg.read(path)["pelvis"].acc == pytest.approx(sent.acc / 2, abs=ACC_STEP)
    compare(hg.read(path, profile="hipgait-open")["pelvis"], sent)
    mine = tmp_path / "mine.toml"
    mine.write_text(right.text, "utf-8")
    out = tmp_path / "session"
    assert hipgait(["import", str(path), "--profile", str(mine), "--out", str(out)]) == 0
    assert "ppm" in capsys.readouterr().out
    again = hg.read(out)
    compare(again["pelvis"], sent)
    with pytest.raises(InputError, match=r"no sensor has the profile 'thingy52'\. There are: hip"):
        hg.read(path, profile="thingy52")


def test_too_slow_for_gait(tmp_path: Path) -> None:
    sent = sensor(np.random.default_rng(6), "sensortag-cc2650", "imu", seconds=20.0, batch=1)
    path = capture(tmp_path / "run.mcap", {"pelvis": sent})
    with pytest.raises(InputError, match=r"no sensor that tells of gait \(pelvis: .* 10 samples"):
        hg.read(path)
    (found,) = decode(read_capture(path))
    (samples,) = found.streams
    assert len(samples.time_s) == len(sent.time_s)


def covariate(profile: str, kind: str, values: dict[str, list[float]], every_s: float) -> Sent:
    """Notifications that carry some channels; the others are absent."""
    loaded = load(profile).profile
    stream = next(s for s in loaded.stream if s.kind == kind)
    absent = {n: np.full((1, len(c.fields)), np.nan) for n, c in stream.channels.items()}
    encoder = Encoder(loaded)
    packets = []
    for row in zip(*values.values(), strict=True):
        packets += encoder.packets(stream.id, absent | dict(zip(values, row, strict=True)))
    at = ANCHOR.monotonic_ns + (np.arange(len(packets)) * every_s * 1e9).astype(np.int64)
    empty = np.empty((0, 3))
    return Sent(profile, np.empty(0), empty, empty, at, packets, stream.id, stream.char)


def test_heart_rate_and_speed_are_covariates(tmp_path: Path) -> None:
    heart = {"heart_rate": [150.0 + i for i in range(30)]}
    pace = {
        "speed": [3.0 + i / 256 for i in range(30)],
        "cadence": [85.0] * 30,
        "running": [1.0] * 30,
    }
    sent = {
        "pelvis": sensor(np.random.default_rng(7)),
        "heart": covariate("sig-heart-rate", "heart_rate", heart, 1.0),
        "foot_pod": covariate("sig-running-speed", "speed", pace, 1.0),
    }
    recording = hg.read(capture(tmp_path / "run.mcap", sent))
    assert set(recording.streams) == {"pelvis"}
    track = recording.info.track
    assert track is not None
    at = np.array([10.0, 20.0])
    assert track.at(track.heart_rate_bpm, at) == pytest.approx([160, 170])
    assert track.at(track.speed_mps, at) == pytest.approx([3 + 10 / 256, 3 + 20 / 256])
    table = recording.info.speed_table
    assert table is not None
    assert table[10] == pytest.approx([10.0, 3 + 10 / 256])
    told = RunTable(speed_mps=2.0)
    assert hg.read(capture(tmp_path / "b.mcap", sent, told)).info.speed_table is None


def test_what_is_known_of_the_run(tmp_path: Path) -> None:
    """Embedded, and over it what lies beside the file."""
    told = RunTable(speed_mps=2.5, athlete=Athlete(name="anna"))
    path = capture(tmp_path / "run.mcap", {"pelvis": sensor(np.random.default_rng(8))}, told)
    assert hg.read(path).info.athlete.name == "anna"
    (tmp_path / "run.run.toml").write_text("athlete = 'berta'\nspeed_mps = 3.0\n", "utf-8")
    info = hg.read(path).info
    assert (info.athlete.name, info.speed_mps) == ("berta", 3.0)
    assert info.start_utc is not None
    assert abs(info.start_utc - datetime.fromtimestamp(ANCHOR.utc_ns / 1e9, UTC)) < timedelta(
        seconds=20
    )


def test_wrong_use_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = capture(tmp_path / "run.mcap", {"pelvis": sensor(np.random.default_rng(9))})
    with pytest.raises(InputError, match="a capture says itself where its sensors were"):
        hg.read(path, sensors={"pelvis": "x.csv"})
    (tmp_path / "pelvis.csv").write_text("time_s,acc_x,acc_y,acc_z\n0,0,0,9.8\n0.01,0,0,9.8\n")
    with pytest.raises(InputError, match="only captures"):
        hg.read(tmp_path / "pelvis.csv", profile="hipgait-open")
    broken = tmp_path / "mine.toml"
    broken.write_text("format = 1\n", "utf-8")
    assert hipgait(["import", str(path), "--profile", str(broken), "--out", "x"]) == 1
    assert "mine.toml" in capsys.readouterr().err


def test_a_run_is_analysed_with_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A simulated runner's motion, over the air with losses, into a stride table."""
    motion = simulate_motion(RunnerSettings(schedule=standing_then_run(60.0)))
    ideal = simulate_recording(motion, SensorSettings(clock_ppm=0.0, loss=0.0), 104.0, PLACES)
    rng = np.random.default_rng(10)
    sent = {}
    for place in PLACES:
        stream = ideal[place]
        assert stream.gyr is not None
        whole = sensor(rng, seconds=stream.n / 104, motion=(stream.acc, stream.gyr))
        lost = rng.uniform(size=len(whole.packets)) < 0.02
        sent[place] = without(whole, lost)
    path = capture(tmp_path / "run.mcap", sent)
    out = tmp_path / "report"
    command = ["analyze", str(path), "--out", str(out), "--no-report", "--speed-mps", "3"]
    assert hipgait(command) == 0, capsys.readouterr().err
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert run["quality"]["stances"]["run"] > 80
    notes = [n for s in run["quality"]["streams"].values() for n in s["notes"]]
    assert sum("samples were lost" in n for n in notes) == 3
    assert run["inputs"][0]["path"] == str(path)
