"""What a virtual sensor is like: its clock, its radio, its battery, and what goes wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hipgait.ble.profile import Profile, Value
from hipgait.errors import SettingsError

Span = tuple[float, float]
"""(from, for how long), s"""


@dataclass(frozen=True, kw_only=True)
class DeviceClock:
    """The sensor's own clock: device time = offset_s + (1 + ppm 1e-6) * rig time."""

    ppm: float = 0.0
    rate_error: float = 0.0
    """the sensing chip runs off an oscillator of its own: true rate = rate (1 + rate_error), while
    time stamps stay honest (IMU chips: a few per cent)"""
    offset_s: float = 0.0
    """uptime at the start of the rig; choose it near 2^bits / tick_hz for a wrap-around"""


@dataclass(frozen=True, kw_only=True)
class Air:
    """When packets leave: at connection events, a few at a time."""

    interval_s: float = 0.015
    """connection interval; BlueZ takes 30-50 ms unless told otherwise"""
    per_event: int = 6
    """packets that fit into one event"""
    missed: float = 0.0
    """share of events that fail; the packets wait for the next one (the link layer repeats)"""
    supervision_s: float = 0.42
    """silence after which the host gives the link up (BlueZ's default)"""
    fifo: int = 64
    """packets the sensor keeps while the link is silent; the oldest is lost first"""
    mtu: int = 247
    """largest ATT MTU that the sensor agrees to"""


@dataclass(frozen=True, kw_only=True)
class Outage:
    """The sensor is out of reach, or switched off.

    reboot : its clock starts from 0 and its settings are lost.
    """

    at_s: float
    for_s: float
    reboot: bool = False


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What goes wrong. Times are of the rig, s."""

    loss: float = 0.0
    """share of packets that are lost inside the sensor; counters go on"""
    stalls: tuple[Span, ...] = ()
    """silence that the link survives: packets arrive in a burst afterwards, in full if they fit"""
    outages: tuple[Outage, ...] = ()
    ignores_wrong_bytes: bool = True
    """False: a write that the firmware does not know is answered with an ATT error"""


@dataclass(frozen=True, kw_only=True)
class Battery:
    """Charge: what it starts with and loses, %."""

    start_pct: float = 90.0
    per_hour_pct: float = 12.0


@dataclass(frozen=True, kw_only=True)
class VirtualSensor:
    """One sensor on the rig.

    Attributes
    ----------
    profile : what its firmware speaks.
    placement : where it is worn.
    name : as advertised; any text, terminals beware.
    options : how it was left by whoever used it last; the rest has the profile's defaults.
    streaming : a host crashed and left it streaming.
    streams_on : it does not stop when the link ends; it waits for the next subscriber.
    advertises : False where it is asleep or taken by another host.
    batch : samples in a packet where the firmware decides.
    seed : of its losses.
    """

    profile: Profile
    placement: str = "pelvis"
    name: str = "virtual"
    address: str = "C0:00:00:00:00:01"
    options: Mapping[str, Value] = field(default_factory=dict)
    clock: DeviceClock = DeviceClock()
    air: Air = Air()
    faults: Faults = Faults()
    battery: Battery = Battery()
    streaming: bool = False
    streams_on: bool = False
    advertises: bool = True
    batch: int = 4
    rssi: int = -55
    seed: int = 0

    def __post_init__(self) -> None:
        checks = (
            (0.0075 <= self.air.interval_s <= 4, "interval_s", self.air.interval_s, "0.0075-4 s"),
            (self.air.per_event >= 1, "per_event", self.air.per_event, "1 or more"),
            (0 <= self.air.missed < 1, "missed", self.air.missed, "0-1"),
            (0 <= self.faults.loss <= 1, "loss", self.faults.loss, "0-1"),
            (self.air.fifo >= 1, "fifo", self.air.fifo, "1 or more"),
            (23 <= self.air.mtu <= 517, "mtu", self.air.mtu, "23-517"),
            (1 <= self.batch <= 255, "batch", self.batch, "1-255"),
        )
        for good, name, value, allowed in checks:
            if not good:
                raise SettingsError(f"{self.name!r}: {name} = {value}", f"Allowed: {allowed}")
