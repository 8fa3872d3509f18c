"""While recording: does each sensor move as where it is said to sit?

The signals of the last half minute go to a child process, which guesses the placements as
``import`` does (strides.place_guess): the recorder itself stays small and is never held up.
"""

from __future__ import annotations

import asyncio
import io
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from hipgait.ble.link import Phase

if TYPE_CHECKING:
    from hipgait.ble.recorder import Recorder

LOOK_S: Final = (60.0, 180.0, 600.0)
"""When it is looked at, s after the start: steady running is needed."""
RECENT_S: Final = 30.0
LIMIT_S: Final = 60.0
"""The child may take so long."""


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
            for placement, warning in said.items():
                self._recorder.warnings[placement] = warning
                self._recorder.mark(f"placement warning: {warning}")
            if not said:
                self._recorder.warnings.clear()

    async def _ask(self) -> dict[str, str]:
        """Warnings by placement; none where nothing can be said."""
        arrays = self._signals()
        if not arrays:
            return {}
        blob = io.BytesIO()
        np.savez(blob, **arrays)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hipgait.cli.placement_watch",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            out, _ = await asyncio.wait_for(child.communicate(blob.getvalue()), LIMIT_S)
            return msgspec.json.decode(out, type=dict[str, str])
        except (TimeoutError, msgspec.DecodeError, OSError):
            return {}
        finally:
            if child.returncode is None:
                child.kill()

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

    streams = {}
    for placement in sorted({key.split(".")[0] for key in arrays}):
        time, order = np.unique(arrays[f"{placement}.acc.time"], return_index=True)
        acc = arrays[f"{placement}.acc.values"][order]
        gyr = None
        if f"{placement}.gyr.time" in arrays:
            own, values = (arrays[f"{placement}.gyr.{part}"] for part in ("time", "values"))
            gyr = np.column_stack([np.interp(time, own, values[:, k]) for k in range(3)])
        streams[placement] = uniform(SensorStream(placement, time, acc, gyr))
    guesses = guess_placements(streams)
    moved = {p: g for p, g in guesses.items() if g.sure and g.placement != p}
    return {
        p: f"the sensor said to be at {p} moves like {g.placement} ({g.why}): check the straps"
        for p, g in moved.items()
    }


if __name__ == "__main__":
    with np.load(io.BytesIO(sys.stdin.buffer.read())) as given:
        found = warnings_of(dict(given))
    sys.stdout.write(msgspec.json.encode(found).decode())
