"""Cost of following a run live: latency, processor time and memory, as shares and ratios.

Packets of a simulated run are given to the engine as quickly as it takes them. What is printed is
processor time, so other work on the machine counts only where it slows the processor itself.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

PACKET = 4
"""samples a packet: 38 ms at 104 Hz"""
OFFLINE_RUNS = 3


def rss_mb() -> float:
    """Resident memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 2**20


def measure(minutes: float = 10.0) -> None:
    """Follow so many minutes of running with three sensors at 104 Hz."""
    from hipgait.api import analyze
    from hipgait.live.engine import Engine
    from hipgait.live.replay import blocks_of
    from hipgait.simulate.body import RunnerSettings, standing_then_run
    from hipgait.simulate.runner import simulate_motion
    from hipgait.simulate.sensors import SensorSettings, simulate_recording

    plan = standing_then_run(60.0 * minutes, 8.0)
    motion = simulate_motion(RunnerSettings(schedule=plan), seed=1)
    sensors = replace(SensorSettings.consumer(), loss=0.002)
    recording = simulate_recording(motion, sensors, rate_hz=104.0, seed=1)
    facts, blocks = blocks_of(recording, PACKET)
    engine = Engine(facts)
    first: dict[int, tuple[float, float, float]] = {}
    spent: list[float] = []
    memory: list[tuple[float, float]] = []
    for block in blocks:
        engine.feed(block)
        began = time.process_time()
        told = engine.step()
        spent.append(time.process_time() - began)
        for stance in told:
            if stance.columns.get("pelvic_drop_excursion_deg") is not None:
                first.setdefault(stance.number, (block.arrival_s, spent[-1], stance.tc_s))
        if not memory or block.arrival_s > memory[-1][0] + 10.0:
            memory.append((block.arrival_s, rss_mb()))
    arrivals = {
        p: np.array([(b.time_s[-1], b.arrival_s) for b in blocks if b.placement == p])
        for p in recording.streams
    }
    wait, work = [], []
    for arrival, cpu, tc in first.values():
        packets = [float(a[np.searchsorted(a[:, 0], tc), 1]) for a in arrivals.values()]
        wait.append(1e3 * (arrival - max(packets)))
        work.append(1e3 * cpu)
    both = np.array(wait) + np.array(work)
    began = time.process_time()
    analyze(recording)
    offline = time.process_time() - began
    after = [mb for at, mb in memory if at > 68.0]
    print(f"live, 3 x 104 Hz, {minutes:g} min, {len(first)} stances with numbers")
    print(f"  samples waited for after the packet of terminal contact: {np.median(wait):.0f} ms")
    print(f"  processor time of the reading: {np.median(work):.0f} ms (p99 {q99(work):.0f})")
    print(f"  together: median {np.median(both):.0f} ms, p99 {q99(both):.0f} ms")
    print(f"  share of one core: {sum(spent) / (60.0 * minutes):.2f}")
    print(f"  processor time over that of the offline analysis: {sum(spent) / offline:.0f} x")
    if after:
        print(f"  memory after the first minute: {after[-1] - after[0]:+.1f} MB")


def q99(x: object) -> float:
    """99th percentile."""
    return float(np.percentile(np.asarray(x), 99))
