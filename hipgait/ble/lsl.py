"""Lab Streaming Layer: sensors that another program streams, and streams for other programs.

A stream is recorded like a sensor: every sample goes into the capture as bytes, with the time that
its source gave it, mapped to this computer's clock by the library. Its layout is a profile made
from what the stream says of itself, so that a capture decodes as any other.

Source: labstreaminglayer.readthedocs.io, "Time synchronization". Needs the extra ``lsl``.
"""

from __future__ import annotations

import asyncio
import re
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.link import SILENT_S, Health, Phase, Sensor, Sink
from hipgait.ble.profiles import parse, settle
from hipgait.ble.radio import shown
from hipgait.errors import MissingExtraError, RadioError

SCHEME: Final = "lsl:"
"""Beginning of the address of a stream: lsl:NAME."""
CHAR: Final = "data"
PULL_S: Final = 0.2

_UNITS: Final[Mapping[str, str]] = {
    "m/s^2": "m/s^2", "m/s2": "m/s^2", "m/s²": "m/s^2", "mps2": "m/s^2",
    "g": "g", "mg": "mg",
    "rad/s": "rad/s", "rps": "rad/s",
    "deg/s": "deg/s", "dps": "deg/s", "°/s": "deg/s",
}  # fmt: skip
_LABEL: Final = re.compile(r"^(acc|gyr|mag)[a-z]*[ _.-]?([xyz])$")
_FORMATS: Final = {1: ("f32", "f"), 2: ("f64", "d"), 4: ("i32", "i"), 5: ("i16", "h")}
"""Channel format of the library -> type of a profile, code of struct."""

_PROFILE: Final = """\
format = 1
id = "lsl-stream"
name = "LSL stream"
firmware = "what another program streams"
source = ["https://labstreaminglayer.readthedocs.io"]
tried_on_hardware = false
clock = "device"
[chars]
data = "00000000-0000-0000-0000-000000000000"
[[stream]]
id = "motion"
char = "data"
header = ["t:u64"]
sample = [{fields}]
rate_hz = {rate!r}
timestamp = {{ field = "t", tick_hz = 1e9, bits = 64, of = "last" }}
"""


def library() -> ModuleType:
    """The library.

    Raises
    ------
    MissingExtraError : it is not installed.
    """
    try:
        import pylsl
    except (ImportError, RuntimeError):  # RuntimeError: without its binary part
        raise MissingExtraError("pylsl", "lsl") from None
    module: ModuleType = pylsl
    return module


def find(placement: str, address: str, profile_text: str | None, seconds: float) -> Sensor:
    """The sensor that streams under a name (``lsl:NAME``). Blocks for ``seconds`` at most.

    profile_text : a profile for a stream that does not name its channels and units.

    Raises
    ------
    RadioError : no such stream, several, or one that does not say what it carries.
    """
    lsl = library()
    name = address[len(SCHEME) :]
    found = lsl.resolve_byprop("name", name, 1, seconds)
    if not found:
        raise RadioError(
            "not_found",
            f"{placement}: no LSL stream is named {shown(name)!r}",
            "Start the program that streams it; its name is looked for on this network",
        )
    if len(found) > 1:
        raise RadioError(
            "not_found",
            f"{placement}: {len(found)} LSL streams are named {shown(name)!r}",
            "Close all but one",
        )
    text = profile_text or profile_of(placement, _info(lsl, found[0]))
    profile = parse(text, f"{placement} ({shown(address)})")
    return Sensor(placement, address, profile, text, settle(profile, {}), shown(name))


def profile_of(placement: str, info: Any) -> str:
    """A profile, as TOML, from what a stream says of itself.

    Raises
    ------
    RadioError : channels without names or units that are known.
    """
    labels = [str(x or "").strip().lower() for x in info.get_channel_labels() or []]
    units = [str(x or "").strip().lower() for x in info.get_channel_units() or []]
    if info.channel_format() not in _FORMATS:
        raise _unclear(placement, "it carries no numbers of 16 to 64 bits")
    if info.nominal_srate() <= 0:
        raise _unclear(placement, "it has no steady rate")
    kind, _ = _FORMATS[info.channel_format()]
    axes: dict[str, dict[str, str]] = {}
    names: list[str] = []
    channel_units: dict[str, str] = {}
    for i in range(info.channel_count()):
        label = labels[i] if i < len(labels) else ""
        match = _LABEL.match(label)
        names.append(f"c{i}")
        if match is None:
            continue
        channel, axis = match.groups()
        unit = _UNITS.get(units[i] if i < len(units) else "")
        if channel == "mag":
            continue
        if unit is None or channel_units.setdefault(channel, unit) != unit:
            raise _unclear(placement, f"the unit of its channel {label} is not known")
        axes.setdefault(channel, {})[axis] = f"c{i}"
    if "acc" not in axes or any(len(found) != 3 for found in axes.values()):
        shown_labels = shown(", ".join(labels), 120) or "none"
        raise _unclear(
            placement, f"acc_x, acc_y, acc_z are not among its channels ({shown_labels})"
        )
    fields = ", ".join(f'"{name}:{kind}"' for name in names)
    text = _PROFILE.format(fields=fields, rate=float(info.nominal_srate()))
    for channel, found in axes.items():
        of = ", ".join(f'"{found[axis]}"' for axis in "xyz")
        unit = channel_units[channel]
        text += f'[stream.channels.{channel}]\nfields = [{of}]\nunit = "{unit}"\n'
    return text


def _unclear(placement: str, what: str) -> RadioError:
    return RadioError(
        "wrong_profile",
        f"{placement}: the LSL stream does not say what it carries: {what}",
        "Name its channels acc_x ... gyr_z with units in the stream, or give a profile "
        "(PLACEMENT=lsl:NAME@FILE.toml)",
    )


def _info(lsl: ModuleType, found: Any) -> Any:
    """All that a stream says; the answer to a search lacks the channels."""
    inlet = lsl.StreamInlet(found)
    try:
        return inlet.info(5.0)
    finally:
        inlet.close_stream()


class LslLink:
    """As ``link.Link``, for a stream of another program."""

    def __init__(
        self, sensor: Sensor, sink: Sink, now_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.sensor = sensor
        self.health = Health()
        self._sink = sink
        self._now_ns = now_ns
        self._lsl = library()

    async def run(self, stop: asyncio.Event) -> None:
        """Record until ``stop`` is set. The library reconnects by itself.

        Raises
        ------
        RadioError : nothing comes.
        """
        health = self.health
        inlet, pack = await asyncio.to_thread(self._open)
        health.phase, health.segment, health.streams = Phase.STREAMING, 0, 1
        self._tell("connected", segment=0)
        silent = self._now_ns()
        try:
            while not stop.is_set():
                rows, stamps = await asyncio.to_thread(inlet.pull_chunk, PULL_S, 1024)
                now = self._now_ns()
                if stamps:
                    self._take(rows, stamps, pack, now)
                    silent = now
                elif now - silent > SILENT_S * 1e9 and not health.notifications:
                    health.phase = Phase.FAILED
                    raise RadioError(
                        "silent",
                        f"{self.sensor.placement}: the LSL stream {self.sensor.name} gives nothing",
                        "Start the program that streams it",
                    )
        finally:
            with suppress(RuntimeError):
                inlet.close_stream()
            self._tell("disconnected", by="host", segment=0)
        health.phase = Phase.STOPPED

    def _open(self) -> tuple[Any, struct.Struct]:
        name = self.sensor.address[len(SCHEME) :]
        found = self._lsl.resolve_byprop("name", name, 1, 10.0)
        if not found:
            raise RadioError("not_found", f"the LSL stream {shown(name)} is gone")
        inlet = self._lsl.StreamInlet(found[0], processing_flags=self._lsl.proc_clocksync)
        inlet.open_stream(5.0)
        info = inlet.info(5.0)
        code = _FORMATS[info.channel_format()][1]
        return inlet, struct.Struct(f"<Q{info.channel_count()}{code}")

    def _take(
        self,
        rows: Sequence[Sequence[float]],
        stamps: Sequence[float],
        pack: struct.Struct,
        now: int,
    ) -> None:
        # the layer's clock has the same pace as ours, but need not have the same zero
        zero = time.monotonic() - self._lsl.local_clock()
        for row, stamp in zip(rows, stamps, strict=True):
            tick = max(round(1e9 * (stamp + zero)), 0)
            self._sink.raw(self.sensor.placement, CHAR, now, pack.pack(tick, *row))
        self.health.notifications += len(rows)
        self.health.last_ns = now

    def _tell(self, kind: str, **fields: object) -> None:
        self._sink.event(kind, self._now_ns(), placement=self.sensor.placement, **fields)


class Outlets:
    """Publishes what is recorded: one stream a sensor, named hipgait-PLACEMENT.

    Channels acc_x ... gyr_z in m/s^2 and rad/s; time stamps are those of the arrivals.

    Parameters
    ----------
    sensors : placement -> rate in samples a second.
    """

    def __init__(self, sensors: Mapping[str, float]) -> None:
        self._lsl = library()
        self._rates = dict(sensors)
        self._outlets: dict[str, Any] = {}

    def imu(
        self,
        placement: str,
        time_ns: NDArray[np.int64],
        acc: NDArray[np.float64] | None = None,
        gyr: NDArray[np.float64] | None = None,
    ) -> None:
        """Publish a batch. Streams whose acc and gyr come apart get a stream each."""
        parts = {n: v for n, v in (("acc", acc), ("gyr", gyr)) if v is not None}
        if not parts:
            return
        outlet = self._outlet(placement, tuple(parts))
        zero = self._lsl.local_clock() - time.monotonic()
        rows = np.hstack(list(parts.values())).astype(np.float32)
        for at, row in zip((1e-9 * time_ns + zero).tolist(), rows.tolist(), strict=True):
            outlet.push_sample(row, at)

    def _outlet(self, placement: str, channels: tuple[str, ...]) -> Any:
        key = placement if channels == ("acc", "gyr") else f"{placement}-{'-'.join(channels)}"
        if key not in self._outlets:
            self._outlets[key] = self._new(key, placement, channels)
        return self._outlets[key]

    def _new(self, key: str, placement: str, channels: tuple[str, ...]) -> Any:
        lsl = self._lsl
        info = lsl.StreamInfo(
            f"hipgait-{key}", "IMU", 3 * len(channels), self._rates[placement], lsl.cf_float32,
            f"hipgait-{key}",
        )  # fmt: skip
        top = info.desc().append_child("channels")
        for channel in channels:
            for axis in "xyz":
                child = top.append_child("channel")
                child.append_child_value("label", f"{channel}_{axis}")
                child.append_child_value("unit", "m/s^2" if channel == "acc" else "rad/s")
        return lsl.StreamOutlet(info)
