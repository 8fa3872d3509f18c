"""The set-up on virtual sensors and virtual time: found, placed by movement, checked, started."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.profiles import load
from hipgait.ble.radio import Radio
from hipgait.ble.virtual.loop import run
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import VirtualSensor
from hipgait.live.setup import SetUp
from hipgait.live.source import LiveSource
from hipgait.names import G_MPS2
from tests.ble.sending import RigClocks

Floats = NDArray[np.float64]
PLACES = ("pelvis", "left_shank", "right_shank")


@dataclass(frozen=True)
class Person:
    """Stands; the left foot is lifted from 0 to ``lifted_s``, both step from ``steps_s`` on."""

    placement: str
    lifted_s: float
    steps_s: float

    def motion(
        self, channels: Sequence[str], rate_hz: float, times: Floats
    ) -> Mapping[str, Floats]:
        """See Body."""
        rng = np.random.default_rng(len(times))
        acc = rng.normal(0.0, 0.03, (len(times), 3)) + (0.0, G_MPS2, 0.0)
        gyr = rng.normal(0.0, 0.005, (len(times), 3))
        swing = 2.5 * np.sin(2 * np.pi * 1.5 * times)
        if self.placement == "left_shank":
            gyr[:, 2] += np.where(times < self.lifted_s, swing, 0.0)
        share = 1.0 if "shank" in self.placement else 0.15
        gyr[:, 2] += np.where(times >= self.steps_s, share * swing, 0.0)
        return {k: v for k, v in (("acc", acc), ("gyr", gyr)) if k in channels}

    def speed(self, times: Floats) -> Floats:
        """See Body."""
        return np.zeros(len(times))


def placed(
    act: Callable[[SetUp], Awaitable[None]],
    path: Path,
    *,
    lifted_s: float = 1e9,
    steps_s: float = 1e9,
    silent: str = "",
) -> list[LiveSource]:
    """Do something with a set-up; the sources that it began with."""
    begun: list[LiveSource] = []
    chosen = [
        VirtualSensor(
            profile=load("hipgait-open").profile,
            placement=p,
            name=f"hipgait {p}",
            address=f"C0:00:00:00:00:0{i}",
            advertises=p != silent,
        )
        for i, p in enumerate(PLACES, start=1)
    ]

    async def main() -> None:
        async with Rig(chosen, lambda p: Person(p, lifted_s, steps_s)) as rig:
            radio = Radio(rig.client, rig.scanner)
            setup = SetUp(radio, path, begun.append, clocks=RigClocks())
            await act(setup)
            await setup.close()

    run(main())
    return begun


async def idle(setup: SetUp) -> None:
    """Until it has done what it was asked for."""
    await asyncio.sleep(0.1)
    while setup.state.busy:
        await asyncio.sleep(0.2)


async def scanned(setup: SetUp) -> None:
    setup.scan()
    await idle(setup)


def addresses(setup: SetUp) -> dict[str, str]:
    return {c.name.removeprefix("hipgait "): c.address for c in setup.state.candidates}


def test_the_sensor_that_moves_gets_the_place(tmp_path: Path) -> None:
    async def act(setup: SetUp) -> None:
        await scanned(setup)
        assert sorted(addresses(setup)) == sorted(PLACES)
        assert not setup.state.ready
        setup.identify("left_shank")
        await idle(setup)
        assert setup.state.trouble == ""
        assert {c.placement: c.name for c in setup.state.candidates if c.placement} == {
            "left_shank": "hipgait left_shank"
        }
        assert setup.state.ready

    placed(act, tmp_path / "run.mcap")


def test_where_nothing_moves_nothing_is_placed(tmp_path: Path) -> None:
    async def act(setup: SetUp) -> None:
        await scanned(setup)
        setup.identify("left_shank")
        await idle(setup)
        assert "not clear which sensor moved" in setup.state.doing
        assert not any(c.placement for c in setup.state.candidates)

    placed(act, tmp_path / "run.mcap", lifted_s=0.0)


def test_a_place_belongs_to_one_sensor(tmp_path: Path) -> None:
    async def act(setup: SetUp) -> None:
        await scanned(setup)
        known = addresses(setup)
        setup.assign(known["pelvis"], "left_shank")
        setup.assign(known["left_shank"], "left_shank")
        setup.assign(known["right_shank"], "nose")
        await asyncio.sleep(0.1)
        places = {c.address: c.placement for c in setup.state.candidates}
        assert places[known["pelvis"]] == places[known["right_shank"]] == ""
        await scanned(setup)  # looking again keeps what was placed
        assert {c.address: c.placement for c in setup.state.candidates} == places

    placed(act, tmp_path / "run.mcap", lifted_s=0.0)


def test_the_check_says_of_each_what_was_found(tmp_path: Path) -> None:
    async def act(setup: SetUp) -> None:
        await scanned(setup)
        known = addresses(setup)
        for place in PLACES:  # pelvis and right shank exchanged
            other = {"pelvis": "right_shank", "right_shank": "pelvis"}.get(place, place)
            setup.assign(known[place], other)
        setup.check()
        await idle(setup)
        found = {c.placement: (c.ok, c.fit) for c in setup.state.candidates}
        assert found["left_shank"] == (True, "104 Hz, still, swings")
        assert found["right_shank"][1].endswith("does not swing: is it on the leg?")
        assert found["pelvis"][1].endswith("exchanged?")
        assert not found["pelvis"][0]
        assert setup.state.doing == "Look at what is said of each sensor."

    placed(act, tmp_path / "run.mcap", lifted_s=0.0, steps_s=24.0)


def test_a_sensor_that_fell_asleep_is_named(tmp_path: Path) -> None:
    async def act(setup: SetUp) -> None:
        await scanned(setup)
        before = setup.state.candidates
        setup._state = type(setup.state)(
            candidates=tuple(
                type(c)(c.address.replace("01", "09"), c.name, c.profile, placement=c.placement)
                if c.name.endswith("pelvis")
                else c
                for c in before
            )
        )
        setup.identify("left_shank")
        await idle(setup)
        assert "in range" in setup.state.trouble or "no data from" in setup.state.trouble
        assert not any(c.placement for c in setup.state.candidates)

    placed(act, tmp_path / "run.mcap")


def test_the_start_hands_over_what_is_worn(tmp_path: Path) -> None:
    async def act(setup: SetUp) -> None:
        setup.begin()  # nothing is placed: nothing begins
        await asyncio.sleep(0.1)
        await scanned(setup)
        known = addresses(setup)
        setup.assign(known["right_shank"], "right_shank")
        setup.assign(known["pelvis"], "pelvis")
        setup.begin()
        await asyncio.sleep(0.1)
        setup.begin()  # tapped twice: the file is there already
        await asyncio.sleep(0.1)

    (source,) = placed(act, tmp_path / "run.mcap")
    assert [f.placement for f in source.sensors] == ["pelvis", "right_shank"]
