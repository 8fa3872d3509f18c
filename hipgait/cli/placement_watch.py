"""While recording: does each sensor move as where it is said to sit?

The signals of the last half minute go to a child process, which guesses the placements as
``import`` does (strides.place_guess): the recorder itself stays small and is never held up.
"""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hipgait.ble.link import Phase

if TYPE_CHECKING:
    from hipgait.ble.recorder import Recorder
    from hipgait.strides.place_signs import Signs

Floats = NDArray[np.float64]

LOOK_S: Final = (60.0, 180.0, 600.0)
"""When it is looked at, s after the start: steady running is needed."""
RECENT_S: Final = 30.0
LIMIT_S: Final = 60.0
"""The child may take so long."""
LEAST_TURN: Final = {"shank": 2.7, "foot": 3.5, "thigh": 1.2}
"""Less turning than this while others run is no swing, rad/s: 3 SD below what is usual at the
segment (strides.place_guess); a pelvis has 1.3."""
EVEN_S: Final = 2.0
"""Longer than a stall, shorter than a clock needs to drift."""


class PlacementWatch:
    """Adds a warning to a recorder where a sensor moves like another placement."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def run(self, stop: asyncio.Event) -> None:
        """Look now and then."""
        done = 0
        while not stop.is_set() and done < len(LOOK_S):
            await asyncio.sleep(1.0)
            if self._recorder.status().elapsed_s < LOOK_S[done]:
                continue
            done += 1
            said = await self._ask()
            for placement in self._recorder.watches:
                self._recorder.warnings.pop(placement, None)
            for placement, warning in said.items():
                self._recorder.warnings[placement] = warning
                self._recorder.mark(f"placement warning: {warning}")

    async def _ask(self) -> dict[str, str]:
        """Warnings by placement; none where nothing can be said."""
        arrays = self._signals()
        if not arrays:
            return {}
        blob = io.BytesIO()
        np.savez(blob, **arrays)
        try:
            child = subprocess.Popen(
                [sys.executable, "-m", "hipgait.cli.placement_watch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return {}
        try:  # in a thread: on virtual time the clock stands still meanwhile
            out, _ = await asyncio.to_thread(child.communicate, blob.getvalue(), LIMIT_S)
            return msgspec.json.decode(out, type=dict[str, str])
        except (subprocess.TimeoutExpired, msgspec.DecodeError, OSError):
            return {}
        finally:
            child.kill()  # where it has ended, nothing happens

    def _signals(self) -> dict[str, Any]:
        arrays: dict[str, Any] = {}
        for placement, watch in self._recorder.watches.items():
            if watch.health.phase is not Phase.STREAMING:
                continue
            for channel in ("acc", "gyr"):
                time, values = watch.recent(channel, RECENT_S)
                if len(time) > 100:
                    arrays[f"{placement}.{channel}.time"] = time
                    arrays[f"{placement}.{channel}.values"] = values
        return arrays


def warnings_of(arrays: dict[str, Any]) -> dict[str, str]:
    """What does not fit, by placement.

    arrays : "<placement>.acc.time" (n,), "<placement>.acc.values" (n, 3) and the same of gyr, SI.
    """
    from hipgait.kinematics.uniform import uniform
    from hipgait.recording import SensorStream
    from hipgait.strides.place_guess import guess_placements
    from hipgait.strides.place_signs import read_signs

    streams = {}
    for placement in sorted({key.split(".")[0] for key in arrays}):
        time = evened(arrays[f"{placement}.acc.time"])
        acc = arrays[f"{placement}.acc.values"]
        gyr = None
        if f"{placement}.gyr.time" in arrays:
            own = evened(arrays[f"{placement}.gyr.time"])
            values = arrays[f"{placement}.gyr.values"]
            gyr = np.column_stack([np.interp(time, own, values[:, k]) for k in range(3)])
        streams[placement] = uniform(SensorStream(placement, time, acc, gyr))
    found = {p: _still(p, signs) for p, signs in read_signs(streams, synchronised=True).items()}
    for p, g in guess_placements(streams).items():
        if g.sure and g.placement != p:
            found[p] = f"moves like {g.placement} ({g.why})"
    return {
        p: f"the sensor said to be at {p} {what}: check the straps"
        for p, what in found.items()
        if what
    }


def _still(placement: str, signs: Signs) -> str:
    """Where a limb's sensor does not swing while the others run: so much."""
    from hipgait.strides.place_signs import SIGNS

    turn = float(np.exp(signs.values[SIGNS.index("turn")]))  # nan where nothing is known
    if turn < LEAST_TURN.get(placement.split("_")[-1], 0.0):
        return f"does not swing ({np.degrees(turn):.0f} deg/s while the others run)"
    return ""


def evened(time_s: Floats) -> Floats:
    """(n,) times of samples in their order, without the jitter and the bursts of arrivals.

    Samples are even; how far arrivals lag behind is followed by its median over some seconds.
    """
    from scipy.ndimage import median_filter

    n = len(time_s)
    ideal = np.arange(n) * (float(time_s[-1] - time_s[0]) / max(n - 1, 1))
    width = max(3, round(n * EVEN_S / max(float(time_s[-1] - time_s[0]), EVEN_S)))
    lag = median_filter(time_s - ideal, size=width, mode="nearest")
    even: Floats = np.maximum.accumulate(ideal + lag) + 1e-9 * np.arange(n)
    return even


if __name__ == "__main__":
    with np.load(io.BytesIO(sys.stdin.buffer.read())) as given:
        found = warnings_of(dict(given))
    sys.stdout.write(msgspec.json.encode(found).decode())
