"""What platforms say, turned into one line; names from the radio; which profile fits."""

from __future__ import annotations

import pytest
from bleak.backends.device import BLEDevice
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.profiles import shipped
from hipgait.ble.radio import Seen, explain, fitting, shown


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BleakError("No Bluetooth adapters found."), "no_adapter"),
        (
            BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["The name ..."]),
            "no_adapter",
        ),
        (BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", ["Rejected"]), "permission"),
        (BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"]), "adapter_off"),
        (FileNotFoundError(2, "No such file or directory"), "no_adapter"),
        (PermissionError(13, "Permission denied"), "permission"),
        (TimeoutError(), "busy"),
        (BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"]), "busy"),
        (BleakDeviceNotFoundError("C0", "gone"), "not_found"),
        (BleakError("something new"), "lost"),
        (
            BleakBluetoothNotAvailableError("x", BleakBluetoothNotAvailableReason.DENIED_BY_USER),
            "permission",
        ),
        (
            BleakBluetoothNotAvailableError("x", BleakBluetoothNotAvailableReason.POWERED_OFF),
            "adapter_off",
        ),
        (
            BleakBluetoothNotAvailableError("x", BleakBluetoothNotAvailableReason.NO_BLUETOOTH),
            "no_adapter",
        ),
    ],
)
def test_errors_of_platforms(error: Exception, kind: str) -> None:
    got = explain(error, "C0:00:00:00:00:01")
    assert got.kind == kind
    assert "\n" not in str(got)
    assert got.cure


@given(st.text())
def test_names_are_harmless(name: str) -> None:
    got = shown(name)
    assert len(got) <= 40
    assert got.isprintable()


def test_an_escape_sequence_does_not_reach_the_terminal() -> None:
    assert shown("\x1b[31mHIP\x07\u202e\n") == "[31mHIP"


def seen(name: str = "", services: tuple[str, ...] = (), companies: tuple[int, ...] = ()) -> Seen:
    return Seen("C0", name, -50, services, companies, BLEDevice("C0", name, None))


def test_which_profile_fits() -> None:
    profiles = shipped()
    for key, profile in profiles.items():
        for name in profile.match.names:
            assert key in fitting(profiles, seen(f"{name} 12")), key
        for service in profile.match.services:
            assert key in fitting(profiles, seen(services=(service,))), key
    assert fitting(profiles, seen("Kettle")) == []
