"""Motion-BIDS: signals as they were read, names and counts that agree with each other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hipgait.errors import FormatError, InputError
from hipgait.names import PLACES
from hipgait.outputs.bids import write_bids
from hipgait.recording import Recording, SensorStream

UNITS = {"ACCEL": "m/s^2", "GYRO": "rad/s", "LATENCY": "s"}


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
    write_bids(tmp_path, rec, stances(), "07", "pelvis")
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
        latency = stream.time_s - rec["pelvis"].time_s[0]
        np.testing.assert_allclose(data.iloc[:, -1], latency, rtol=0, atol=1e-9)
        assert channels["name"].is_unique
        units = dict(zip(channels["type"], channels["units"], strict=True))
        assert units == {k: v for k, v in UNITS.items() if k != "GYRO" or stream.gyr is not None}
        assert set(channels["tracked_point"]) == {PLACES[placement]}
        assert facts["SamplingFrequency"] == pytest.approx(100.0, rel=0.03)
        assert facts["SamplingFrequencyEffective"] == pytest.approx(100.0, rel=0.03)
        if stream.gyr is not None:
            np.testing.assert_allclose(data.iloc[:, 3:6], stream.gyr, rtol=1e-8)


def test_events_are_the_stances(tmp_path: Path) -> None:
    write_bids(tmp_path, recording(), stances(), "07", "pelvis")
    (path,) = tmp_path.rglob("*_events.tsv")
    about = json.loads(path.with_suffix(".json").read_text())
    assert path.name == "sub-07_task-run_tracksys-pelvis_run-01_events.tsv"
    assert "first sample of pelvis" in about["onset"]["Description"]
    text = path.read_text().splitlines()
    assert text[0].split("\t")[:3] == ["onset", "duration", "trial_type"]
    assert text[2].split("\t") == [
        f"{1.35 - recording()['pelvis'].time_s[0]:.6f}",
        *("n/a", "right_stance", "n/a", "2", "False", "run"),
    ]


def test_a_clock_that_counts_from_1970(tmp_path: Path) -> None:
    """Latencies and onsets count from the beginning, as BIDS asks, and keep their microseconds."""
    later = 1_770_000_000.0
    rec, table = recording(), stances()
    shifted = {p: replace(s, time_s=s.time_s + later) for p, s in rec.streams.items()}
    table["ic_s"] += later
    files = write_bids(tmp_path, Recording(shifted), table, "07", "pelvis")
    zero = rec["pelvis"].time_s[0]
    (path,) = [p for p in files if "pelvis" in p.name and p.name.endswith("_motion.tsv")]
    read = [float(line.split("\t")[-1]) for line in path.read_text().splitlines()]
    np.testing.assert_allclose(read, rec["pelvis"].time_s - zero, rtol=0, atol=1e-6)
    (path,) = [p for p in files if p.name.endswith("_events.tsv")]
    onset = [float(line.split("\t")[0]) for line in path.read_text().splitlines()[1:]]
    np.testing.assert_allclose(onset, np.array([1.0, 1.35]) - zero, rtol=0, atol=1e-6)


def test_a_sensor_on_a_clock_of_its_own_counts_from_its_own_beginning(tmp_path: Path) -> None:
    streams = dict(recording().streams)
    shank = streams["left_shank"]
    streams["left_shank"] = replace(shank, time_s=shank.time_s + 86_400.0)
    files = write_bids(tmp_path, Recording(streams, synchronised=False), stances(), "07", "pelvis")
    for path in (p for p in files if p.name.endswith("_motion.tsv")):
        assert path.read_text().splitlines()[0].split("\t")[-1] == "0.000000000"


def test_participants_of_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "participants.tsv"
    path.write_text("participant_id\tage\tsex\nsub-01\t30\tF\n")
    write_bids(tmp_path, recording(), stances(), "07", "pelvis")
    assert path.read_text().splitlines()[1:] == ["sub-01\t30\tF", "sub-07\tn/a\tn/a"]


def test_an_empty_table_of_participants(tmp_path: Path) -> None:
    (tmp_path / "participants.tsv").write_text("")
    write_bids(tmp_path, recording(), stances(), "07", "pelvis")
    assert (tmp_path / "participants.tsv").read_text() == "participant_id\nsub-07\n"


def test_participants_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "participants.tsv").write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match=r"participants\.tsv: not UTF-8"):
        write_bids(tmp_path, recording(), stances(), "07", "pelvis")
    assert [p.name for p in tmp_path.iterdir()] == ["participants.tsv"]


def test_a_run_that_cannot_be_written_whole_leaves_nothing(tmp_path: Path) -> None:
    write_bids(tmp_path, recording(), stances(), "07", "pelvis")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(KeyError):
        write_bids(tmp_path, recording(), stances().drop(columns="gait"), "07", "pelvis")
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_every_file_of_the_run_is_told(tmp_path: Path) -> None:
    files = write_bids(tmp_path, recording(), stances(), "07", "pelvis")
    assert sorted(files) == sorted(p for p in (tmp_path / "sub-07").rglob("*") if p.is_file())


def test_a_second_run_stands_beside_the_first(tmp_path: Path) -> None:
    write_bids(tmp_path, recording(), stances(), "07", "pelvis")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*run-01*")}
    more = write_bids(tmp_path, recording(), stances(), "07", "pelvis")
    write_bids(tmp_path, recording(), stances(), "08", "pelvis")
    assert all("run-02" in p.name for p in more)
    assert {p: p.read_bytes() for p in before} == before
    people = (tmp_path / "participants.tsv").read_text().split()
    assert people == ["participant_id", "sub-07", "sub-08"]


@pytest.mark.parametrize("label", ["", "a b", "../x", "jo_hn"])
def test_a_label_that_is_none_writes_nothing(label: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="label"):
        write_bids(tmp_path, recording(), stances(), label, "pelvis")
    assert not list(tmp_path.iterdir())
