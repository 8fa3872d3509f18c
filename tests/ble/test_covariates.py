"""What tells nothing of gait keeps its own table, and gait is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hipgait as hg
from hipgait.ble.covariates import NAMES
from hipgait.ble.decoding import decode
from hipgait.ble.profile import GAIT_HZ
from hipgait.ble.profiles import load, rate_of, settle, shipped
from hipgait.ble.units import CHANNELS
from hipgait.ble.virtual.loop import START_S
from hipgait.ble.virtual.settings import VirtualSensor
from hipgait.cli.main import run as hipgait
from hipgait.errors import NoGaitError
from hipgait.io.capture_read import read_capture
from hipgait.io.covariates import read_covariates
from tests.ble.captured import capture, sensor
from tests.ble.sending import Recorded, record

SLOW = sorted(
    name
    for name, profile in shipped().items()
    if all(s.kind != "motion" or rate_of(s, settle(profile, {})) < GAIT_HZ for s in profile.stream)
)
MOTION = {
    "acc": ("acc_{}_mps2", 1.0),
    "gyr": ("gyr_{}_deg_s", 180 / np.pi),
    "mag": ("mag_{}_ut", 1e6),
}


def test_the_slow_ones() -> None:
    """What this file looks at, by name."""
    assert SLOW == [
        "bluest",
        "sensortag-cc2650",
        "sig-battery",
        "sig-heart-rate",
        "sig-running-speed",
    ]


def test_every_channel_that_a_profile_may_have_has_a_column() -> None:
    for kind, channels in CHANNELS.items():
        assert set(channels) <= (set(MOTION) if kind == "motion" else set(NAMES))


def recorded(name: str, folder: Path) -> Recorded:
    spec = VirtualSensor(profile=load(name).profile, address="C0:00:00:00:00:07")
    return record(folder, [spec], 35.0)


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_sensor_has_its_own_table(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = recorded(name, tmp_path)
    with pytest.raises(NoGaitError, match="no sensor that tells of gait"):
        hg.read(done.path)
    assert hipgait(["analyze", str(done.path), "--out", str(tmp_path / "report")]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "50 Hz and more; hipgait import writes what there is to covariates.csv" in err
    assert not (tmp_path / "report").exists()

    out = tmp_path / "table"
    assert hipgait(["import", str(done.path), "--out", str(out)]) == 0
    assert "no sensor that tells of gait" in capsys.readouterr().out
    table = read_covariates(out)
    assert table is not None
    assert set(table["sensor"]) == {"pelvis"}
    assert (np.diff(table["time_s"]) >= 0).all()
    truth = done.sensors["pelvis"].truth
    checked = 0
    for stream in load(name).profile.stream:
        for channel, values in truth.values(stream.id).items():
            if channel in MOTION:
                text, factor = MOTION[channel]
                columns = {text.format("xyz"[k]): values[:, k] * factor for k in range(3)}
            else:
                columns = {NAMES[channel]: values[:, 0]}  # the rig sends one RR interval
            for column, sent in columns.items():
                got = table[column].dropna().to_numpy()
                np.testing.assert_array_equal(got, sent[np.isfinite(sent)], err_msg=column)
                checked += 1
    assert checked


def test_beside_motion(tmp_path: Path) -> None:
    """Heart rate and battery of the sensors of a run: in its session, its findings, its result."""
    specs = [
        VirtualSensor(profile=load("polar-verity-sdk").profile, address="C0:00:00:00:00:01"),
        VirtualSensor(
            profile=load("sig-running-speed").profile,
            placement="right_foot",
            address="C0:00:00:00:00:02",
        ),
    ]
    done = record(tmp_path, specs, 20.0)
    recording = hg.read(done.path)
    assert set(recording.streams) == {"pelvis"}
    table = recording.covariates
    assert table is not None
    assert not [c for c in table.columns if c.startswith(("acc", "gyr"))]  # that is the stream
    heart = table[(table["sensor"] == "pelvis") & table["heart_rate_bpm"].notna()]
    truth = done.sensors["pelvis"].truth
    np.testing.assert_array_equal(
        heart["heart_rate_bpm"], truth.values("heart_rate")["heart_rate"][:, 0]
    )
    sent_s = truth.times("heart_rate") + START_S
    anchor_s = read_capture(done.path).header.anchor.monotonic_ns * 1e-9
    assert np.abs(heart["time_s"] + anchor_s - sent_s).max() < 0.05
    assert table.loc[table["sensor"] == "right_foot", "speed_mps"].notna().sum() >= 19
    assert hipgait(["import", str(done.path), "--out", str(tmp_path / "session")]) == 0
    again = hg.read(tmp_path / "session").covariates
    assert again is not None
    pd.testing.assert_frame_equal(again, table)


def test_findings_keep_the_table(tmp_path: Path) -> None:
    from hipgait.io.results import write_results

    table = pd.DataFrame(
        {"time_s": [0.1, 1.0], "sensor": ["heart", "heart"], "x_bpm": [0.1, 150.0]}
    )
    frame = pd.DataFrame({"ic_s": [1.0]})
    write_results(tmp_path, frame, {}, {}, table)
    again = read_covariates(tmp_path)
    assert again is not None
    pd.testing.assert_frame_equal(again, table)
    write_results(tmp_path, frame, {}, {}, None)
    assert read_covariates(tmp_path) is None
    assert json.loads((tmp_path / "run.json").read_text("utf-8")) == {}


def test_of_several_intervals_the_last_is_kept(tmp_path: Path) -> None:
    """RR 0.9 s and 0.8 s in one notification, by hand: 922 and 819 of 1/1024 s."""
    from hipgait.ble.covariates import covariates
    from tests.ble.captured import Sent
    from tests.io.recorded import ANCHOR

    packet = bytes.fromhex("10 48") + (922).to_bytes(2, "little") + (819).to_bytes(2, "little")
    empty = np.empty((0, 3))
    at = np.array([ANCHOR.monotonic_ns + 10**9, ANCHOR.monotonic_ns + 2 * 10**9])
    heart = Sent(
        "sig-heart-rate", np.empty(0), empty, empty, at, [packet] * 2, "heart_rate", "heart_rate"
    )
    heart = Sent(**{**heart.__dict__, "char": load("sig-heart-rate").profile.stream[0].char})
    motion = sensor(np.random.default_rng(1), seconds=5.0)
    path = capture(tmp_path / "run.mcap", {"pelvis": motion, "chest": heart})
    table = covariates(decode(read_capture(path)), ["pelvis"])
    assert table is not None
    assert table["rr_s"].tolist() == [819 / 1024] * 2
    assert table["heart_rate_bpm"].tolist() == [72.0] * 2
    assert table["time_s"].tolist() == pytest.approx([1.0, 2.0])
