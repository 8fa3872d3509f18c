"""From virtual sensors on a runner, through the radio and the recorder, to a stride table."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from hipgait.ble.decoding import decode
from hipgait.ble.profiles import load
from hipgait.cli.main import run as hipgait
from hipgait.io.capture_read import read_capture
from tests.ble.sending import Recorded, record
from tests.ble.worn import FAST, UNCLOCKED, apart_s, error_s, rig_s, runner, three

RUN_S, STAND_S = 25.0, 8.0
CONTACT_S = 0.05
"""a contact further from the truth is another one"""
DROP_DEG = 1.0
"""mean drop excursion of consumer sensors on this runner, both sides (docs/validation.md)"""
APART_S = {True: 0.010, False: 0.020}
"""sensors without a clock, or not"""


@pytest.fixture(scope="module", params=FAST)
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Three sensors of one profile on a runner, on a link as links are."""
    worn = runner(RUN_S, STAND_S)
    folder = tmp_path_factory.mktemp(request.param)
    return record(folder, three(request.param), RUN_S + STAND_S, body_of=worn.body_of)


def test_profiles_of_50_hz_and_more() -> None:
    """None is forgotten, none too slow is taken."""
    assert len(FAST) == 13
    assert UNCLOCKED == ("metamotion-bmi160", "metamotion-bmi270", "thingy52", "witmotion-ble5")


def test_what_was_sent_is_there_at_its_time(recorded: Recorded) -> None:
    assert recorded.error is None
    capture = read_capture(recorded.path)
    assert capture.finished
    assert not capture.missing
    for place, sensor in recorded.sensors.items():
        for char in {s.char for s in sensor.sensor.profile.stream}:
            assert capture.raw[place, char].payloads == sensor.truth.payloads(char)
    sensors = decode(capture)
    errors = {s.placement: error_s(recorded, capture, s) for s in sensors}
    clocked = sensors[0].profile.clock == "device"
    assert np.abs(apart_s(errors)).max() < APART_S[clocked]
    for sensor in sensors:
        assert sensor.unread == 0
        # without a clock a hesitation of the radio may look like a lost sample
        assert max(s.timed.lost for s in sensor.streams) <= (0 if clocked else 2)


def test_a_stride_table(recorded: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    out = recorded.path.parent / "report"
    assert hipgait(["analyze", str(recorded.path.parent), "--out", str(out), "--no-report"]) == 0
    capsys.readouterr()
    found = pd.read_parquet(out / "strides.parquet")
    found = found[found["valid"] & (found["gait"] == "run")]
    true = runner(RUN_S, STAND_S).truth
    true = true[true["gait"] == "run"]
    shift = rig_s(read_capture(recorded.path))
    for side in ("left", "right"):
        mine = found.loc[found["side"] == side, "ic_s"].to_numpy()
        theirs = true.loc[true["side"] == side, "ic_s"].to_numpy() + shift
        far = np.abs(mine[:, None] - theirs[None, :])
        assert far.min(axis=1).max() < CONTACT_S  # none is invented
        inside = (theirs >= mine[0] - CONTACT_S) & (theirs <= mine[-1] + CONTACT_S)
        assert far.min(axis=0)[inside].max() < CONTACT_S  # nor left out
        assert inside.mean() > 0.85  # at the ends of a run strides are incomplete
    streams = load(profile_of(recorded)).profile.stream
    gyros = any("gyr" in s.channels for s in streams)
    drop = found["pelvic_drop_excursion_deg"]
    if gyros:
        expected = true["pelvic_drop_excursion_deg"].mean()
        assert drop.mean() == pytest.approx(expected, abs=DROP_DEG)
        assert drop.notna().mean() > 0.9
    else:
        assert drop.isna().all()
    run = json.loads((out / "run.json").read_text("utf-8"))
    notes = " ".join(n for s in run["quality"]["streams"].values() for n in s["notes"])
    assert ("arrival-timed" in notes) == (profile_of(recorded) in UNCLOCKED)
    table = pd.read_csv(out / "covariates.csv") if (out / "covariates.csv").exists() else None
    if any(s.kind == "battery" for s in streams):
        assert table is not None
        assert table["battery_pct"].between(80, 100).any()


def profile_of(recorded: Recorded) -> str:
    return recorded.sensors["pelvis"].sensor.profile.id
