"""06 A retraining session: a cue while running, written into the capture, and what it did.

    pip install "hipgait[virtual]"
    python examples/06_retraining_session.py --out session

Under five minutes of running, as fast as the computer can (a minute or two). The runner's hips drop
more and more; after a cue this simulated runner lifts them within some seconds, and forgets again.
(How real runners answer is another question: that is what a session of your own shows.) The live
engine sees packets as they come over the virtual radio; the capture holds every packet and cue.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import matplotlib
import numpy as np

import hipgait as hg
from hipgait.io.capture_read import read_capture
from hipgait.live.cue import CueSettings, cues_of
from hipgait.live.recording_source import RecordingSource
from hipgait.live.session import LiveSession
from hipgait.simulate.body import Fatigue, RunnerSettings, standing_then_run
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, random_mounting

RUN_S = 285.0
STEP_S = 2.0  # the live engine looks this often here (a page: a hundred times a second)
ANSWER_S = 8.0  # from a cue to hips that are level again
FORGET_S = 60.0  # and from there back to the old way, if nothing is said


def main(out: Path) -> Path:
    """Run the session, read the cues back, measure their effect. Returns the picture."""
    try:
        from hipgait.ble.virtual.loop import run
    except ModuleNotFoundError:
        sys.exit('The virtual radio is missing. Install it with: pip install "hipgait[virtual]"')
    out.mkdir(parents=True, exist_ok=True)
    capture = out / "session.mcap"
    capture.unlink(missing_ok=True)
    run(session(capture))  # on virtual time: minutes pass in seconds

    # from here on only the capture is used, as after a session of your own
    result = hg.analyze(hg.read(capture))
    result.save(out / "report")
    held = read_capture(capture)
    zero = held.header.anchor.monotonic_ns
    cues = [c for c in cues_of(held) if c.cue.given and c.cue.what in ("begin", "sound")]
    times = np.array([1e-9 * (c.monotonic_ns - zero) for c in cues])
    strides = result.strides
    strides = strides[strides["valid"] & (strides["gait"] == "run")]
    before, after = around(strides, times)
    print(f"{len(times)} cues in the capture, the first after {times[0]:.0f} s")
    print(f"pelvic drop: {before:.1f} deg in the 15 s before the first cue of each spell,")
    print(f"             {after:.1f} deg from 10 to 25 s after it ({after - before:+.1f} deg)")
    return draw(strides, times, out / "session.png")


async def session(capture: Path) -> None:
    """What ``hipgait live --simulate`` does, with a runner who answers."""
    from hipgait.ble.radio import Radio
    from hipgait.ble.virtual.loop import monotonic_ns
    from hipgait.ble.virtual.worn import rig, sensors, specs

    class Clocks:
        """The virtual time as this computer's."""

        def monotonic_ns(self) -> int:
            return monotonic_ns()

        def utc_ns(self) -> int:
            return 1_780_000_000_000_000_000 + monotonic_ns()

    runner = Runner()
    chosen = specs()
    async with rig(chosen, runner.worn()) as air:
        began = asyncio.get_running_loop().time()
        radio = Radio(air.client, air.scanner)
        source = RecordingSource(sensors(chosen), capture, radio, clocks=Clocks())
        live = LiveSession(source, cue=CueSettings(margin=1.0, needed=8, of=10, repeat_s=20.0))
        await source.start()
        heard = 0
        while (now := asyncio.get_running_loop().time() - began) < RUN_S:
            await asyncio.sleep(STEP_S)
            cue = live.step().cue  # on a phone the page does this, and sounds
            if cue.sound != heard:
                heard = cue.sound
                runner.hear(now)
        await live.stop()


@dataclass
class Runner:
    """Two ways of running with the same steps: hips that drop more and more, and level ones.

    heard_s : when a cue was heard, s.
    """

    heard_s: list[float] = field(default_factory=list)

    def hear(self, now_s: float) -> None:
        """A cue."""
        self.heard_s.append(now_s)

    def answer(self, times: np.ndarray) -> np.ndarray:
        """(n,) 0: the tiring way, 1: the level one."""
        out = np.zeros(len(times))
        for heard in self.heard_s:
            since = times - heard
            rise, fall = since / ANSWER_S, 1.0 - (since - ANSWER_S) / FORGET_S
            out = np.maximum(out, np.clip(np.minimum(rise, fall), 0.0, 1.0))
        return out

    def worn(self) -> dict[str, Blend]:
        """What the three sensors measure."""
        from hipgait.ble.virtual.body import Runner as Worn

        usual = RunnerSettings(schedule=standing_then_run(RUN_S, 10.0))
        tiring = replace(usual, fatigue=Fatigue(drop_excursion_deg=(4.0, 4.0)))
        ways = [simulate_motion(settings, seed=6) for settings in (tiring, usual)]
        rng = np.random.default_rng(6)
        out = {}
        for i, place in enumerate(("pelvis", "left_shank", "right_shank")):
            mounting = random_mounting(rng)
            two = [Worn(w, place, SensorSettings.consumer(), 60 + i, mounting) for w in ways]
            out[place] = Blend(two[0], two[1], self)
        return out


@dataclass
class Blend:
    """A sensor between the two ways (the same steps: only the pelvis differs)."""

    tiring: object
    level: object
    runner: Runner

    def motion(
        self, channels: Sequence[str], rate_hz: float, times: np.ndarray
    ) -> Mapping[str, np.ndarray]:
        """Channel -> (n, 3)."""
        share = self.runner.answer(times)[:, np.newaxis]
        a, b = (way.motion(channels, rate_hz, times) for way in (self.tiring, self.level))
        return {name: (1.0 - share) * a[name] + share * b[name] for name in channels}

    def speed(self, times: np.ndarray) -> np.ndarray:
        """(n,) m/s."""
        return self.level.speed(times)


def around(strides, cues: np.ndarray) -> tuple[float, float]:
    """Mean drop before and after the first cue of each spell (30 s of silence before it), deg."""
    first = cues[np.diff(cues, prepend=-np.inf) > 30.0]
    ic, drop = strides["ic_s"].to_numpy(), strides["pelvic_drop_excursion_deg"].to_numpy()
    parts = [[drop[(ic > c + a) & (ic < c + b)] for c in first] for a, b in ((-15, 0), (10, 25))]
    before, after = (float(np.nanmean(np.concatenate(p))) for p in parts)
    return before, after


def draw(strides, cues: np.ndarray, path: Path) -> Path:
    """Drop over the session, a mark a cue."""
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7.4, 3.2), layout="constrained")
    for side, colour, style, at in (
        ("left", "#00578A", "-", 0.82),
        ("right, dashed", "#B04A00", "--", 0.99),
    ):
        mine = strides[strides["side"] == side.split(",")[0]]
        mean = mine["pelvic_drop_excursion_deg"].rolling(10, center=True).mean()
        axes.plot(mine["ic_s"] / 60.0, mean, style, color=colour)
        axes.text(at, 1.03, side, color=colour, ha="right", transform=axes.transAxes)
    for cue in cues:
        axes.axvline(cue / 60.0, color="#767676", linewidth=0.8)
    axes.set_title("Pelvic drop, mean of 10 steps (grey: a cue sounded)", loc="left")
    axes.set_ylabel("degrees")
    axes.set_xlabel("minutes")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


if __name__ == "__main__":
    parser = ArgumentParser(description="A retraining session.")
    parser.add_argument("--out", type=Path, default=Path("example-06"), help="folder to write into")
    main(parser.parse_args().out)
