"""The fast rig: a host's adapter and any number of virtual sensors, all in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import bleak

from hipgait.ble.virtual.backend import VirtualClient, VirtualScanner
from hipgait.ble.virtual.body import Body, BodyOf, Waves
from hipgait.ble.virtual.peripheral import Peripheral
from hipgait.ble.virtual.radio import VirtualRadio
from hipgait.ble.virtual.settings import VirtualSensor


class Rig:
    """``async with Rig(sensors) as rig: BleakClient(address, backend=rig.client)``.

    Parameters
    ----------
    sensors : which are within reach.
    body_of : what is measured at a placement; None: waves.

    Attributes
    ----------
    client, scanner : what bleak takes as ``backend``.
    sensors : address -> peripheral, whose ``truth`` says what was sent.
    """

    def __init__(self, sensors: Iterable[VirtualSensor], body_of: BodyOf | None = None) -> None:
        self._specs = list(sensors)
        self._body_of = body_of
        self.sensors: dict[str, Peripheral] = {}

    async def __aenter__(self) -> Self:
        self.start_s = asyncio.get_running_loop().time()
        self.radio = VirtualRadio()
        self.client = type("RigClient", (VirtualClient,), {"radio": self.radio})
        self.scanner = type("RigScanner", (VirtualScanner,), {"radio": self.radio})
        await self.radio.power_on()
        for number, spec in enumerate(self._specs):
            body: Body = self._body_of(spec.placement) if self._body_of else Waves(number)
            peripheral = Peripheral(spec, body, self.radio, self.start_s)
            self.sensors[spec.address] = peripheral
            await peripheral.power_on()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.radio.unplug()
        for sensor in self.sensors.values():
            await sensor.power_off()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let plain ``BleakScanner()`` and ``BleakClient(...)`` use the rig."""
        names = ("get_platform_scanner_backend_type", "get_platform_client_backend_type")
        before = [getattr(bleak, name) for name in names]
        for name, backend in zip(names, (self.scanner, self.client), strict=True):
            setattr(bleak, name, lambda backend=backend: (backend, "virtual"))
        try:
            yield
        finally:
            for name, was in zip(names, before, strict=True):
                setattr(bleak, name, was)
