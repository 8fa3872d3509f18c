"""Advertisements fit what a real kernel takes: 31 bytes, and 31 more for who asks."""

from __future__ import annotations

import asyncio

import pytest
from bleak import BleakScanner
from bumble.core import UUID, AdvertisingData
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.profiles import shipped
from hipgait.ble.virtual.advertising import LIMIT, packed
from hipgait.ble.virtual.gatt import advertisement
from hipgait.ble.virtual.loop import run
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import VirtualSensor

PROFILES = sorted(shipped())
LONG = "9b2e0001-4c1d-4f0a-8e57-3d6a1f2b7c80"
Type = AdvertisingData.Type
LE_ONLY_GENERAL = b"\x02\x01\x06"
"""flags of Bluetooth Core Supplement, part A, 1.3: generally discoverable, no BR/EDR"""


def test_by_hand() -> None:
    said, response = packed([UUID("180d")], [0x0886], "Anna")
    assert said == LE_ONLY_GENERAL + b"\x03\x03\x0d\x18" + b"\x04\xff\x86\x08\x00" + b"\x05\x09Anna"
    assert response == b""


def test_what_does_not_fit_goes_into_the_scan_response() -> None:
    said, response = packed([UUID(LONG)], [], "hipgait left_shank")
    assert said == LE_ONLY_GENERAL + b"\x11\x07" + bytes(UUID(LONG))
    assert response == b"\x13\x09hipgait left_shank"


def test_a_name_that_fits_nowhere_is_shortened_between_characters() -> None:
    _, response = packed([UUID(LONG)], [], "a" * 28 + "é")
    assert response == b"\x1d\x08" + b"a" * 28


@given(st.sampled_from(PROFILES), st.text(max_size=80))
def test_no_part_is_longer_than_radio_allows(profile: str, name: str) -> None:
    name = name.encode(errors="ignore").decode()
    parts = advertisement(shipped()[profile], name)
    assert all(len(part) <= LIMIT for part in parts)
    both = AdvertisingData.from_bytes(parts[0] + parts[1])
    said = both.get(Type.COMPLETE_LOCAL_NAME) or both.get(Type.SHORTENED_LOCAL_NAME) or ""
    assert name.startswith(str(said))
    assert bool(said) == bool(name)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", ["x", "a longer name of 29 bytes or so"])
def test_a_scan_finds_all_that_a_profile_matches_by(profile: str, name: str) -> None:
    match = shipped()[profile].match
    sensor = VirtualSensor(profile=shipped()[profile], address="C0:00:00:00:00:01", name=name)

    async def act() -> None:
        async with Rig([sensor]) as rig:
            found = await BleakScanner.discover(timeout=0.5, return_adv=True, backend=rig.scanner)
        ((_, seen),) = found.values()
        assert seen.local_name == name[:29]
        assert seen.service_uuids == list(match.services)
        assert set(seen.manufacturer_data) == set(match.companies[:1])

    run(act())


def test_a_passive_scan_gets_no_response() -> None:
    sensor = VirtualSensor(
        profile=shipped()["hipgait-open"], address="C0:00:00:00:00:01", name="hipgait left_shank"
    )

    async def act() -> list[str | None]:
        names = []
        async with (
            Rig([sensor]) as rig,
            BleakScanner(
                lambda _, seen: names.append(seen.local_name),
                scanning_mode="passive",
                backend=rig.scanner,
            ),
        ):
            await asyncio.sleep(0.5)
        return names

    names = run(act())
    assert names
    assert set(names) == {None}
