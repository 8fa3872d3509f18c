"""Motion-BIDS: signals as they were read, names and counts that agree with each other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hipgait.errors import InputError
from hipgait.outputs.bids import write_bids
from hipgait.recording import Recording, SensorStream


def recording() -> Recording:
    rng = np.random.default_rng(4)
    time = np.cumsum(rng.uniform(0.009, 0.011, 300))
    acc = rng.normal(size=(300, 3))
    acc[7, 1] = np.nan
    return Recording(
        {
            "pelvis": SensorStream("pelvis", time, acc, rng.normal(size=(300, 3))),
            "left_shank": SensorStream("left_shank", time[:200] + 0.5, acc[:200]),
        }
    )


def stances() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ic_s": [1.0, 1.35],
            "contact_time_s": [0.25, np.nan],
            "side": ["left", "right"],
            "pelvic_drop_excursion_deg": [4.0, np.nan],
            "shank_lean_excursion_deg": [3.0, 2.0],
            "valid": [True, False],
            "gait": ["run", "run"],
        }
    )


def test_signals_come_back_as_they_were(tmp_path: Path) -> None:
    rec = recording()
    write_bids(tmp_path, rec, stances(), "07")
    folder = tmp_path / "sub-07" / "motion"
    for placement, stream in rec.streams.items():
        stem = f"sub-07_task-run_tracksys-{placement.replace('_', '')}_run-01"
        data = pd.read_csv(folder / f"{stem}_motion.tsv", sep="\t", header=None, na_values="n/a")
        channels = pd.read_csv(folder / f"{stem}_channels.tsv", sep="\t")
        facts = json.loads((folder / f"{stem}_motion.json").read_text())
        assert data.shape == (stream.n, len(channels)) == (stream.n, facts["MotionChannelCount"])
        for kind in ("ACCEL", "GYRO", "LATENCY"):
            assert (channels["type"] == kind).sum() == facts[f"{kind}ChannelCount"]
        np.testing.assert_allclose(data.iloc[:, :3], stream.acc, rtol=1e-8)
        np.testing.assert_allclose(data.iloc[:, -1], stream.time_s, rtol=1e-8)
        assert channels["name"].is_unique
        if stream.gyr is not None:
            np.testing.assert_allclose(data.iloc[:, 3:6], stream.gyr, rtol=1e-8)


def test_events_are_the_stances(tmp_path: Path) -> None:
    write_bids(tmp_path, recording(), stances(), "07")
    (path,) = tmp_path.rglob("*_events.tsv")
    text = path.read_text().splitlines()
    assert text[0].split("\t")[:3] == ["onset", "duration", "trial_type"]
    assert text[2].split("\t") == ["1.35", "n/a", "right_stance", "n/a", "2", "False", "run"]


def test_a_second_run_stands_beside_the_first(tmp_path: Path) -> None:
    write_bids(tmp_path, recording(), stances(), "07")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*run-01*")}
    more = write_bids(tmp_path, recording(), stances(), "07")
    write_bids(tmp_path, recording(), stances(), "08")
    assert all("run-02" in p.name for p in more)
    assert {p: p.read_bytes() for p in before} == before
    people = (tmp_path / "participants.tsv").read_text().split()
    assert people == ["participant_id", "sub-07", "sub-08"]


@pytest.mark.parametrize("label", ["", "a b", "../x", "jo_hn"])
def test_a_label_that_is_none_writes_nothing(label: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="label"):
        write_bids(tmp_path, recording(), stances(), label)
    assert not list(tmp_path.iterdir())
