"""A sensor that is switched off while it speaks to its controller leaves nothing behind."""

from __future__ import annotations

import asyncio
import logging

import pytest

from hipgait.ble.virtual.peripheral import Peripheral


class Slow:
    """A controller's commands: each takes two turns of the loop, and is not to be cut off."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.busy = False

    async def __call__(self, name: str) -> None:
        assert not self.busy, "two commands at once"
        self.busy = True
        try:
            await asyncio.sleep(0.01)
        finally:
            self.busy = False
        self.done.append(name)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_commands_go_one_by_one_and_to_their_end(
    turns: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> list[str]:
        sensor = Peripheral.__new__(Peripheral)  # only what the commands need
        sensor._one_at_a_time, sensor._commands = asyncio.Lock(), set()
        controller = Slow()
        asking = asyncio.create_task(sensor._command(lambda: controller("start")))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await sensor._command(lambda: controller("stop"))
        assert not sensor._commands
        return controller.done

    with caplog.at_level(logging.ERROR, "asyncio"):
        done = asyncio.run(main())
    assert done == (["start", "stop"] if turns else ["stop"])
    assert not caplog.records
