"""A short live session of virtual sensors, in real time: ``python -m tests.live.record_live FILE``.

A process of its own, as in use: what other tests leave running cannot hold it up. Prints how many
samples the engine got.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from hipgait.live.session import LiveSession
from hipgait.live.simulated import simulated_source
from hipgait.live.state import Link, SessionPhase

LONGEST_S = 60.0


async def record(path: Path) -> int:
    """Record until every sensor streams, and a second more, with a lap and a mark of pain."""
    async with simulated_source(path, 30.0) as source:
        session = LiveSession(source)
        await session.start()
        async with asyncio.timeout(LONGEST_S):
            while not session.state.sensors or not all(
                h.link is Link.STREAMING for h in session.state.sensors
            ):
                if session.failure is not None:
                    raise session.failure
                if source.finished:
                    await session.stop()  # says why
                    raise RuntimeError("the recording ended by itself")
                await asyncio.sleep(0.05)
        session.lap()
        session.pain(3)
        with pytest.raises(ValueError, match="0 to 10"):
            session.pain(11)
        await asyncio.sleep(1.0)
        assert session.failure is None
        assert await session.stop() == path
        assert session.state.phase is SessionPhase.ENDED
        return sum(ring.samples for ring in session._engine.rings.values())


if __name__ == "__main__":
    print(asyncio.run(record(Path(sys.argv[1]))))
