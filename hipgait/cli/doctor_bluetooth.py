"""The doctor's look at Bluetooth. An analysis needs none of it: nothing here is "broken"."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Final

from hipgait.ble import host
from hipgait.cli.common import Check

CRASHES: Final = ((5, 66), (5, 85))
"""Versions of bluetoothd that are known to crash with AcquireNotify, first and last seen."""
SERVICE, ADAPTER = "bluetooth service", "bluetooth adapter"


def bluetooth() -> Iterator[Check]:
    """Service, adapter, permission, and what decides over losses; details on Linux only."""
    if platform.system() != "Linux":
        yield Check("bluetooth", "ok", "that of the system; hipgait sensors scan tries it")
        return
    service = host.ask_service()
    yield _service(service, host.version())
    if service.state == "ok":
        yield Check("bluetooth permission", "ok", "this user may use it")
        yield _adapter(service, host.blocked())
    elif service.state == "denied":
        yield Check(
            "bluetooth permission",
            "absent",
            "this user may not use it",
            "sudo usermod -aG bluetooth $USER, and log in again",
        )
    elif not host.present():
        yield Check(
            ADAPTER, "absent", "none", f"plug one in, to record over Bluetooth: {host.SETUP}"
        )
    if (host.ROOT / host.CONFIG).parent.is_dir():
        yield _interval(host.interval())
        yield from _buffer(host.buffer_bytes())


def _service(service: host.Service, version: str) -> Check:
    known = f"bluetoothd {version}".rstrip()
    if service.state == "no_bus":
        cure = "start D-Bus; in a container, mount /run/dbus/system_bus_socket into it"
        return Check(SERVICE, "absent", "there is no system bus to reach bluetoothd by", cure)
    if service.state == "not_running":
        cure = "sudo systemctl enable --now bluetooth"
        if not version:
            cure = "sudo apt-get install bluez, then " + cure
        return Check(SERVICE, "absent", f"{known} does not run", cure)
    if service.state == "unclear":
        return Check(SERVICE, "note", f"{known} answers {service.why}", f"see {host.SETUP}")
    number = tuple(int(part) for part in version.split(".")) if version else ()
    if CRASHES[0] <= number <= CRASHES[1]:
        known += ", which can crash with AcquireNotify: hipgait uses StartNotify"
    return Check(SERVICE, "ok", known)


def _adapter(service: host.Service, blocked: str) -> Check:
    on = [name for name, powered in service.adapters if powered]
    if on:
        return Check(ADAPTER, "ok", f"{', '.join(on)}, switched on")
    if blocked == "hard":
        return Check(ADAPTER, "absent", "blocked by a switch", "use the computer's radio switch")
    if blocked == "soft":
        return Check(
            ADAPTER, "absent", "blocked", "sudo rfkill unblock bluetooth && bluetoothctl power on"
        )
    if service.adapters:
        names = ", ".join(name for name, _ in service.adapters)
        return Check(ADAPTER, "absent", f"{names}, switched off", "bluetoothctl power on")
    return Check(ADAPTER, "absent", "none", f"plug one in: {host.SETUP}")


def _interval(found: host.Interval) -> Check:
    if found.fit:
        return Check("connection interval", "ok", str(found))
    cure = f"for {host.MANY} sensors, set 7.5 to 11.25 ms and 6 s in /{host.CONFIG}: {host.SETUP}"
    return Check("connection interval", "note", str(found), cure)


def _buffer(size: int | None) -> Iterator[Check]:
    if size is None:
        return
    detail = f"{size} bytes, {host.held_s(size):.1f} s of a sensor at 104 notifications/s"
    fit = size >= host.FIT_BUFFER
    cure = "" if fit else f"for {host.MANY} sensors, sudo sysctl net.core.rmem_default=8388608, "
    if not fit:
        cure += f"and restart bluetooth; for good: {host.SETUP}"
    yield Check("receive buffer", "ok" if fit else "note", detail, cure)
