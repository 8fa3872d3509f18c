"""One connection: what a sensor lacks, answers among data, errors that are fit to be shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

from hipgait.ble.profile import Profile
from hipgait.ble.profiles import load, settle
from hipgait.ble.steps import compile_steps
from hipgait.ble.talk import Talk
from hipgait.ble.virtual.loop import monotonic_ns, run
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import Battery, VirtualSensor
from hipgait.errors import RadioError

OPEN = load("hipgait-open").profile


def talking(profile: Profile, doing: Any) -> list[tuple[str, int, bytes]]:
    """``await doing(talk, client)`` over a connection to a sensor of this profile."""
    heard: list[tuple[str, int, bytes]] = []

    async def main() -> None:
        spec = VirtualSensor(profile=profile, battery=Battery(start_pct=73.0))
        async with Rig([spec]) as rig:
            device = await BleakScanner.find_device_by_address(spec.address, backend=rig.scanner)
            assert device is not None
            async with BleakClient(device, backend=rig.client) as client:
                talk = Talk(client, profile, lambda *row: heard.append(row), monotonic_ns)
                await doing(talk, client)

    run(main())
    return heard


def test_every_notification_is_handed_over_with_its_arrival() -> None:
    async def doing(talk: Talk, _: BleakClient) -> None:
        actions = [
            *compile_steps(OPEN, "configure", settle(OPEN, {})),
            *compile_steps(OPEN, "start", settle(OPEN, {})),
        ]
        talk.check(actions)
        await talk.do(actions)
        await asyncio.sleep(10.0)
        await talk.do(compile_steps(OPEN, "stop", settle(OPEN, {})))

    heard = talking(OPEN, doing)
    data = [row for row in heard if row[0] == "data"]
    assert len(data) == pytest.approx(10 * 104 / 4, abs=3)
    assert [at for _, at, _ in heard] == sorted(at for _, at, _ in heard)
    assert all(payload.startswith(b"\xaa\x55") for _, _, payload in data)


def test_battery_is_read_though_it_is_subscribed() -> None:
    told: list[int | None] = []

    async def doing(talk: Talk, _: BleakClient) -> None:
        await talk.do(compile_steps(OPEN, "configure", settle(OPEN, {})))
        told.append(await talk.battery())

    talking(OPEN, doing)
    assert told == [73]


@pytest.mark.parametrize("value", [b"", b"\x65", b"\xff\x01"])
def test_a_charge_that_cannot_be_is_none(value: bytes) -> None:
    told: list[int | None] = []

    async def doing(talk: Talk, client: BleakClient) -> None:
        async def read(*_: object, **__: object) -> bytearray:
            return bytearray(value)

        client.read_gatt_char = read  # type: ignore[method-assign]
        told.append(await talk.battery())

    talking(OPEN, doing)
    assert told == [None]


def test_what_a_platform_says_is_fit_to_be_shown() -> None:
    async def doing(talk: Talk, client: BleakClient) -> None:
        async def write(*_: object, **__: object) -> None:
            raise BleakError("\x1b[31mfailed\x07\r\nto write" + "x" * 1000)

        client.write_gatt_char = write  # type: ignore[method-assign]
        with pytest.raises(RadioError) as raised:
            await talk.do(compile_steps(OPEN, "start", settle(OPEN, {})))
        assert str(raised.value).isprintable()
        assert len(str(raised.value)) < 500
        assert "write control" in str(raised.value)
        await talk.do(compile_steps(OPEN, "start", settle(OPEN, {})), lenient=True)

    talking(OPEN, doing)


def test_missing_characteristics_are_named() -> None:
    polar = load("polar-h10").profile

    async def doing(_: Talk, client: BleakClient) -> None:
        talk = Talk(client, polar, lambda *row: None, monotonic_ns)
        with pytest.raises(RadioError, match=r"characteristic control, data is missing") as raised:
            talk.check(compile_steps(polar, "start", settle(polar, {})))
        assert raised.value.kind == "wrong_profile"

    talking(OPEN, doing)
