"""``record --simulate``: the simulator's runner wears virtual sensors; everything else is real."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hipgait.ble.radio import Radio
from hipgait.ble.recorder import HostClocks
from hipgait.cli.asked import Asked
from hipgait.errors import MissingExtraError

if TYPE_CHECKING:
    from hipgait.cli.record import Job


class _LoopClocks(HostClocks):
    """The loop's time, which may run faster than the host's."""

    def __init__(self) -> None:
        self._zero = super().utc_ns() - self.monotonic_ns()

    def monotonic_ns(self) -> int:
        return round(1e9 * asyncio.get_running_loop().time())

    def utc_ns(self) -> int:
        return self._zero + self.monotonic_ns()


def record_simulated(job: Job, *, fast: bool) -> dict[str, Any]:
    """Record three virtual sensors, with the clock errors and losses of real ones.

    fast : time passes as quickly as the computer can.

    Raises
    ------
    MissingExtraError : the virtual radio is not installed.
    """
    try:
        from hipgait.ble.virtual import loop
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "bumble", "virtual") from None
    return loop.run(_record(job)) if fast else asyncio.run(_record(job))


async def _record(job: Job) -> dict[str, Any]:
    try:
        from hipgait.ble.virtual.worn import PROFILE, bodies, rig, specs
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "bumble", "virtual") from None
    sensors = specs()
    async with rig(sensors, bodies(job.duration)) as air:
        job.asked = tuple(Asked(s.placement, s.address, PROFILE) for s in sensors)
        return await job.run(Radio(air.client, air.scanner), _LoopClocks())
