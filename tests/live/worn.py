"""Simulated runners as packets, and what the engine says of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from hipgait.live.engine import Engine, LiveStance
from hipgait.live.replay import blocks_of
from hipgait.live.source import Block
from hipgait.recording import Recording
from hipgait.simulate.body import Segment, standing_then_run
from hipgait.simulate.cases import case_settings
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, simulate_recording

PLACES = ("pelvis", "left_shank", "right_shank")
Change = Callable[[list[Block]], list[Block]]


def worn(
    case: int = 0,
    rate_hz: float = 104.0,
    run_s: float = 16.0,
    schedule: tuple[Segment, ...] | None = None,
    seed: int = 0,
) -> Recording:
    """A runner of the validation cases, sensors mounted anyhow, no samples lost."""
    plan = schedule or standing_then_run(run_s, 8.0)
    motion = simulate_motion(replace(case_settings(case), schedule=plan), seed=seed)
    sensors = replace(SensorSettings.consumer(), loss=0.0)
    return simulate_recording(motion, sensors, rate_hz=rate_hz, placements=PLACES, seed=seed)


def follow(
    recording: Recording, packet: int = 8, change: Change | None = None, from_s: float = 0.0
) -> tuple[Engine, list[LiveStance]]:
    """Everything that the engine tells, in order.

    from_s : it is not asked before, which spares time; it then sees what came until then.
    """
    facts, blocks = blocks_of(recording, packet)
    if change is not None:
        blocks = change(blocks)
    engine = Engine(facts)
    told: list[LiveStance] = []
    for block in blocks:
        engine.feed(block)
        if block.arrival_s > from_s:
            told += engine.step()
    return engine, told


def final(told: Sequence[LiveStance]) -> list[LiveStance]:
    """What was told for good."""
    return [stance for stance in told if stance.final]
