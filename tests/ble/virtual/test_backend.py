"""bleak's public API over the virtual adapter: what a recorder relies on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakDeviceNotFoundError, BleakError

from hipgait.ble.profiles import shipped
from hipgait.ble.virtual.loop import run
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import Air, Faults, VirtualSensor
from tests.ble.virtual.hosting import Heard, Host, scan

OPEN = shipped()["hipgait-open"]
ONE = "C0:00:00:00:00:01"
TWO = "C0:00:00:00:00:02"


def on(
    sensors: Sequence[VirtualSensor], act: Callable[[Rig], Awaitable[None]], virtual: bool = True
) -> Rig:
    """Do something on a rig; gives it back."""
    rig = Rig(sensors)

    async def main() -> None:
        async with rig:
            await act(rig)

    run(main()) if virtual else asyncio.run(main())
    return rig


def sensor(address: str = ONE, **settings: object) -> VirtualSensor:
    return VirtualSensor(profile=OPEN, address=address, **settings)  # type: ignore[arg-type]


def test_a_scan_shows_name_services_and_strength() -> None:
    async def act(rig: Rig) -> None:
        found = await BleakScanner.discover(timeout=0.5, return_adv=True, backend=rig.scanner)
        assert set(found) == {ONE, TWO}
        device, seen = found[TWO]
        assert (device.name, seen.local_name, seen.rssi) == ("left", "left", -80)
        assert seen.service_uuids == list(OPEN.match.services)
        only = await BleakScanner.discover(
            timeout=0.5, service_uuids=["0000180d-0000-1000-8000-00805f9b34fb"], backend=rig.scanner
        )
        assert only == []

    on([sensor(), sensor(TWO, name="left", rssi=-80)], act)


def test_company_numbers_are_advertised() -> None:
    async def act(rig: Rig) -> None:
        found = await BleakScanner.discover(timeout=0.5, return_adv=True, backend=rig.scanner)
        assert set(found[ONE][1].manufacturer_data) == {0x0886}

    on([VirtualSensor(profile=shipped()["movella-dot"], address=ONE)], act)


@pytest.mark.parametrize("name", ["\x1b[31mred", "../../etc/passwd", "a" * 200, "", "左\u202eleft"])
def test_names_arrive_as_they_are_as_far_as_an_advertisement_reaches(name: str) -> None:
    async def act(rig: Rig) -> None:
        (device,) = (await scan(rig)).values()
        assert (device.name or "") == name[:29]

    on([sensor(name=name)], act)


def test_the_table_is_that_of_the_profile() -> None:
    async def act(rig: Rig) -> None:
        device = (await scan(rig))[ONE]
        async with BleakClient(device, backend=rig.client) as client:
            assert client.mtu_size == 247
            chars = {c.uuid: set(c.properties) for c in client.services.characteristics.values()}
            assert chars[OPEN.chars["data"]] == {"notify"}
            assert chars[OPEN.chars["control"]] == {"write", "write-without-response"}
            assert "notify" in chars[OPEN.chars["battery"]]

    on([sensor()], act)


def test_a_sensor_that_is_not_there() -> None:
    async def act(rig: Rig) -> None:
        devices = await scan(rig)
        assert list(devices) == [TWO]
        with pytest.raises(BleakDeviceNotFoundError):
            await BleakClient(ONE, backend=rig.client, timeout=1.0).connect()
        # the adapter is free again
        async with BleakClient(devices[TWO], backend=rig.client) as client:
            assert client.is_connected

    on([sensor(advertises=False), sensor(TWO)], act)


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.01, 0.05, 0.1, 0.11, 0.2])
def test_a_cancelled_connect_leaves_the_adapter_free(after_s: float) -> None:
    """At any moment, also in real time, where packets take turns of the loop."""

    async def act(rig: Rig) -> None:
        device = (await scan(rig))[ONE]
        task = asyncio.create_task(BleakClient(device, backend=rig.client).connect())
        await asyncio.sleep(after_s)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            await asyncio.sleep(1.0)
            return
        async with BleakClient(device, backend=rig.client, timeout=5.0) as client:
            assert client.is_connected

    rig = on([sensor()], act, virtual=False)
    assert rig.sensors[ONE].truth.events[-1].kind in ("connected", "disconnected")


def test_several_connect_at_once() -> None:
    addresses = [f"C0:00:00:00:00:0{i}" for i in range(1, 8)]

    async def act(rig: Rig) -> None:
        devices = await scan(rig)

        async def one(address: str) -> None:
            async with BleakClient(devices[address], backend=rig.client) as client:
                assert client.is_connected
                await asyncio.sleep(1.0)

        await asyncio.gather(*map(one, addresses))

    on([sensor(a) for a in addresses], act)


def test_the_end_of_a_link_ends_what_waits() -> None:
    async def act(rig: Rig) -> None:
        gone: list[BleakClient] = []
        device = (await scan(rig))[ONE]
        client = BleakClient(device, backend=rig.client, disconnected_callback=gone.append)
        await client.connect()
        await rig.radio.unplug()
        await asyncio.sleep(0.1)
        assert gone == [client]
        assert not client.is_connected
        with pytest.raises(BleakError):
            await client.write_gatt_char(OPEN.chars["control"], b"\x00", response=True)
        with pytest.raises(BleakBluetoothNotAvailableError):
            await scan(rig)
        with pytest.raises(BleakBluetoothNotAvailableError):
            await BleakClient(device, backend=rig.client).connect()
        await client.disconnect()

    on([sensor()], act)


@pytest.mark.parametrize("ignores", [True, False])
def test_wrong_bytes_are_ignored_or_refused(ignores: bool) -> None:
    async def act(rig: Rig) -> None:
        device = (await scan(rig))[ONE]
        async with BleakClient(device, backend=rig.client) as client:
            write = client.write_gatt_char(OPEN.chars["control"], b"\xfe", response=True)
            if ignores:
                await write
            else:
                with pytest.raises(BleakError):
                    await write

    rig = on([sensor(faults=Faults(ignores_wrong_bytes=ignores))], act)
    events = rig.sensors[ONE].truth.events
    assert [e.what for e in events if e.kind == "refused"] == ["control fe"]


def test_a_small_mtu_cuts_notifications_and_the_truth_says_so() -> None:
    profile = shipped()["movella-dot"]

    async def act(rig: Rig) -> None:
        device = (await scan(rig))[ONE]
        heard = Heard(profile)
        async with BleakClient(device, backend=rig.client) as client:
            assert client.mtu_size == 23
            host = Host(client, heard, {})
            await host.do("configure")
            await host.do("start")
            await asyncio.sleep(0.5)
        char = profile.stream[0].char
        assert {len(data) for data in heard.payloads(char)} == {20}
        assert heard.payloads(char) == rig.sensors[ONE].truth.payloads(char)

    on([VirtualSensor(profile=profile, address=ONE, air=Air(mtu=23))], act)


def test_plain_bleak_finds_the_rig_where_it_is_installed() -> None:
    async def act(rig: Rig) -> None:
        with rig.installed():
            (device,) = await BleakScanner.discover(timeout=0.5)
            async with BleakClient(device) as client:
                assert client.is_connected
                assert client.name == "virtual"

    on([sensor()], act)


def test_an_error_inside_a_sensor_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(rig: Rig) -> None:
        def broken(char: str, data: bytes) -> None:
            raise ZeroDivisionError(char)

        monkeypatch.setattr(rig.sensors[ONE].firmware, "write", broken)
        device = (await scan(rig))[ONE]
        async with BleakClient(device, backend=rig.client) as client:
            with pytest.raises(BleakError):
                await client.write_gatt_char(OPEN.chars["control"], b"\x00", response=True)

    with pytest.raises(ZeroDivisionError, match="control"):
        on([sensor()], act)
