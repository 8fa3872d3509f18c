"""What recording is for: an hour, a sensor that drops out twice, and a battery that dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hipgait.ble.decoding import decode
from hipgait.ble.virtual.loop import START_S
from hipgait.cli.main import run
from hipgait.io.capture_read import Capture, read_capture
from tests.ble.worn import apart_s, rig_s
from tests.cli.an_hour import GONE, HEAD, HOUR_S, OFFSET_S, PPM, STAND_S, motion
from tests.cli.tapped import PLACES, ROOT, recorded

REAL_S = 4.0
"""so long before the kill time passes as on a clock: twice what the file needs to catch up"""
LIMIT_S = 900.0
CONTACT_S = 0.05
MEDIAN_S, WORST_S = 0.005, 0.010
"""distance of two sensors' clocks, as the issue has it"""

Rows = dict[str, list[tuple[int, bytes]]]


def heard(data: bytes) -> tuple[Rows, int]:
    """Placement -> (time, notification), and how many bytes hold whole ones."""
    rows: Rows = {place: [] for place in PLACES}
    at = 0
    while at + HEAD.size <= len(data):
        size, when, length = HEAD.unpack_from(data, at)
        end = at + HEAD.size + size + length
        if end > len(data):
            break
        place = data[at + HEAD.size : end - length].decode()
        rows[place].append((when, data[end - length : end]))
        at = end
    return rows, at


def killed_at(folder: Path, kill_s: float) -> Rows:
    """Record until a time of the rig, kill; what the radio had given until then."""
    tap = folder / "tap"
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.an_hour", str(folder / "run.mcap"), str(tap),
         str(kill_s - REAL_S)],
        cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        last, read, until = 0, 0, time.monotonic() + LIMIT_S
        while last < 1e9 * (START_S + kill_s):
            assert child.poll() is None, child.communicate()[1]
            assert time.monotonic() < until, f"{1e-9 * last - START_S:.0f} s of {kill_s:.0f}"
            time.sleep(0.1)
            if tap.exists():
                with tap.open("rb") as file:
                    file.seek(read)
                    rows, used = heard(file.read())
                read += used
                last = max([last, *(at for one in rows.values() for at, _ in one)])
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    assert child.returncode == -signal.SIGKILL
    return heard(tap.read_bytes())[0]


def errors(capture: Capture) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Placement -> true times of the packets' last samples on the recording's clock, and errors.

    The packets say when they were made, on a clock whose errors the rig has set.
    """
    found = {}
    for sensor in decode(capture):
        samples = next(s for s in sensor.streams if "acc" in s.stream.channels)
        packets = capture.raw[sensor.placement, "data"].payloads
        count = np.array([packet[8] for packet in packets])
        tick = np.array([int.from_bytes(packet[4:8], "little") for packet in packets], np.int64)
        device_s = 1e-6 * (tick + 2**32 * np.cumsum(np.diff(tick, prepend=tick[0]) < -(2**31)))
        true = (device_s - OFFSET_S[sensor.placement]) / (1 + 1e-6 * PPM[sensor.placement])
        true += rig_s(capture)
        assert len(samples.time_s) == count.sum()
        found[sensor.placement] = true, samples.time_s[np.cumsum(count) - 1] - true
    return found


@pytest.mark.ci
@pytest.mark.long
def test_an_hour_with_two_outages_and_a_dead_battery(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kill_s = float(np.random.default_rng().uniform(2900.0, HOUR_S - 20.0))
    print(f"killed {kill_s:.3f} s after the rig began")
    given = killed_at(tmp_path, kill_s)
    whole, out = tmp_path / "whole.mcap", tmp_path / "report"
    assert run(["recover", str(tmp_path / "run.mcap"), "--out", str(whole)]) == 0
    capture = read_capture(whole)
    assert capture.finished
    last_ns = max(rows[-1][0] for rows in given.values())
    for place in PLACES:  # each exactly once, in order, none that was not sent
        kept = recorded(whole, place)
        assert kept == sorted(given[place])[: len(kept)]
        assert len(kept) >= sum(at < last_ns - 10**9 for at, _ in given[place])
    kinds = [e.kind for e in capture.events if e.placement == "left_shank"]
    assert kinds.count("connected") == 1 + len(GONE)

    off = errors(capture)
    distance = np.abs(apart_s(off))
    assert np.median(distance) <= MEDIAN_S
    assert distance.max() <= WORST_S

    assert run(["analyze", str(whole), "--out", str(out), "--no-report"]) == 0
    capsys.readouterr()
    strides = pd.read_parquet(out / "strides.parquet")
    found = strides[strides["gait"] == "run"]
    true = motion().truth()
    true = true[true["gait"] == "run"]
    shift = rig_s(capture)
    ends = STAND_S + shift + 5.0, kill_s + shift - 5.0
    for side in ("left", "right"):
        mine = found.loc[found["side"] == side, "ic_s"].to_numpy()
        theirs = true.loc[true["side"] == side, "ic_s"].to_numpy() + shift
        assert np.abs(mine[:, None] - theirs[np.searchsorted(theirs, mine).clip(1) - [[1], [0]]].T
                      ).min(axis=1).max() < CONTACT_S  # fmt: skip
        asked = (theirs > ends[0]) & (theirs < ends[1])
        if side == "left":
            for gone in GONE:  # and the time that a sensor takes to be found again
                begin = gone.at_s + shift
                asked &= (theirs < begin - 2.0) | (theirs > begin + gone.for_s + 30.0)
        nearest = np.searchsorted(mine, theirs[asked] - CONTACT_S)
        there = mine[nearest.clip(max=len(mine) - 1)] - theirs[asked] < CONTACT_S
        assert there.mean() > 0.97
        assert found.loc[found["side"] == side, "valid"].mean() > 0.9
