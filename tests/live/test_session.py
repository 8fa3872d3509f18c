"""From sources to the picture: a replay without a thread, and virtual sensors into a capture."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hipgait.io.capture_read import read_capture
from hipgait.live.clock import JUMP_S, LiveClock
from hipgait.live.replay import ReplaySource, blocks_of, replay_capture
from hipgait.live.session import LiveSession
from hipgait.live.state import Link, SessionPhase
from hipgait.recording import Recording

ROOT = Path(__file__).resolve().parents[2]


def test_the_picture_of_a_short_run(short_run: Recording) -> None:
    facts, blocks = blocks_of(short_run, 8)
    # a session is quiet until someone steps it: the first 17 s come at once
    early = [b for b in blocks if b.arrival_s < 17.0]
    late = [b for b in blocks if 17.0 <= b.arrival_s < 21.0]
    gone = [b for b in late if not (b.placement == "right_shank" and b.arrival_s > 18.0)]
    source = ReplaySource(facts, early + gone, pace=None)
    session = LiveSession(source)
    assert session.state.phase is SessionPhase.WAITING
    source._now_s = 16.99
    seen = [session.step() for _ in range(200)]
    session._pool.shutdown()
    assert {s.phase for s in seen} <= {SessionPhase.WAITING, SessionPhase.LEARNING}
    numbers = [s.number for s in seen]
    assert numbers == sorted(numbers)
    state = seen[-1]
    assert state.phase is SessionPhase.LEARNING
    assert state.stances > 10
    assert state.cadence_spm == pytest.approx(170, abs=25)
    drop = state.outcomes["pelvic_drop_excursion"].side("right")
    assert drop.level is not None
    assert drop.paused == ""
    assert drop.limit is None  # nothing is fresh yet
    lean = state.outcomes["shank_lean_excursion"].side("right")
    assert lean.paused == "sensor_lost"
    assert [n.placement for n in state.notices if n.code == "sensor_lost"] == ["right_shank"]
    assert {h.placement: h.link for h in state.sensors}["right_shank"] is Link.LOST
    left = state.outcomes["shank_lean_excursion"].side("left")
    assert (left.paused, left.level) == ("rough", None)  # directions are of ten strides only


@pytest.mark.ci
@pytest.mark.long
def test_virtual_sensors_into_a_capture_and_back(tmp_path: Path) -> None:
    path = tmp_path / "live.mcap"

    argv = [sys.executable, "-W", "error", "-m", "tests.live.record_live", str(path)]
    done = subprocess.run(
        argv, cwd=ROOT, capture_output=True, text=True, timeout=150.0, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    live = int(done.stdout)
    capture = read_capture(path)
    marks = [e.fields["what"] for e in capture.events if e.kind == "mark"]
    assert marks == ["lap 1", "pain 3"]
    source = replay_capture(path, pace=None)
    blocks = []
    while not source.finished:
        blocks += source.poll()
    again = sum(len(b.time_s) for b in blocks)
    assert 0 <= again - live < 100  # what came after the last poll
    for facts in source.sensors:
        mine = np.concatenate([b.time_s for b in blocks if b.placement == facts.placement])
        assert np.median(np.diff(mine)) == pytest.approx(1 / facts.rate_hz, rel=0.01)


def test_the_clock_follows_the_quickest_packets_evenly() -> None:
    rng = np.random.default_rng(3)
    clock = LiveClock(100.0, 1e6, 24)
    device = np.arange(1, 3000) * 0.08
    ticks = ((device * (1 + 30e-6) + 5.0) * 1e6).astype(np.int64) % (1 << 24)
    arrival = device + 100.0 + rng.exponential(0.015, len(device))
    host = np.array(
        [clock.last_sample_s(float(a), 8, int(t)) for a, t in zip(arrival, ticks, strict=True)]
    )
    late = host - (device + 100.0)
    assert np.abs(late[100:]).max() < 0.003
    assert np.diff(host)[100:] == pytest.approx(0.08, abs=0.0002)
    again = clock.last_sample_s(float(arrival[-1]) + 0.01, 8, int(ticks[-2]))
    assert again == pytest.approx(host[-2], abs=1e-3)  # came twice: its own time, not a new one
    fresh = clock.last_sample_s(float(arrival[-1]) + JUMP_S * 9, 8, 0)
    assert fresh == pytest.approx(float(arrival[-1]) + JUMP_S * 9, abs=0.05)
