"""The prompted protocol: what is marked when, and how it is cut short."""

from __future__ import annotations

import asyncio

from hipgait.ble.prompts import AFTER, BEFORE, GET_READY, Guide
from hipgait.ble.virtual.loop import run


def lead(
    *, protocol: bool, duration_s: float | None = None, enough_at: tuple[float, ...] = ()
) -> tuple[list[tuple[str, float]], float]:
    """Marks with their times, and when it ended, s."""
    marks: list[tuple[str, float]] = []

    async def main() -> float:
        loop = asyncio.get_running_loop()
        begin, stop = loop.time(), asyncio.Event()
        guide = Guide(
            lambda text, left: None,
            lambda what: marks.append((what, loop.time() - begin)),
            protocol=protocol,
            duration_s=duration_s,
        )

        def finish() -> None:
            if not guide.enough():
                stop.set()

        for at in enough_at:
            loop.call_later(at, finish)
        await guide.lead(stop)
        assert stop.is_set()
        return loop.time() - begin

    ended = run(main())
    return [(what, round(at, 3)) for what, at in marks], round(ended, 3)


def test_the_whole_protocol_with_a_duration() -> None:
    before = GET_READY.seconds + sum(p.seconds for p in BEFORE)
    marks, ended = lead(protocol=True, duration_s=120.0)
    assert [what for what, _ in marks] == [
        "ready", "stand", "bows", "kicks", "jumps", "run", "stand_after", "end",
    ]  # fmt: skip
    assert dict(marks)["run"] == before
    assert dict(marks)["stand_after"] == 120.0 - AFTER.seconds
    assert ended == 120.0


def test_ctrl_c_in_the_run_asks_for_standing_the_second_ends() -> None:
    marks, ended = lead(protocol=True, enough_at=(100.0,))
    assert dict(marks)["stand_after"] == 100.0
    assert ended == 115.0
    marks, ended = lead(protocol=True, enough_at=(100.0, 104.0))
    assert ended == 104.0
    assert marks[-1] == ("end", 104.0)


def test_without_protocol_only_the_run() -> None:
    assert lead(protocol=False, duration_s=10.0) == ([("run", 0.0), ("end", 10.0)], 10.0)
    assert lead(protocol=False, enough_at=(3.0,)) == ([("run", 0.0), ("end", 3.0)], 3.0)


def test_shorter_than_the_protocol_ends_in_time() -> None:
    marks, ended = lead(protocol=True, duration_s=12.0)
    assert ended == 12.0
    assert marks[-1][0] == "end"
