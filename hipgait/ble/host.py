"""What Linux and BlueZ say of themselves, read without root: fit for three sensors or not.

Sources: BlueZ's main.conf and doc/adapter-api; what is fit was measured with real BlueZ 5.66
(docs/bluetooth-setup.md). Nothing here raises for want of a bus, a service or a file.
"""

from __future__ import annotations

import asyncio
import configparser
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path("/")
CONFIG: Final = "etc/bluetooth/main.conf"
BUFFER: Final = "proc/sys/net/core/rmem_default"
SETUP: Final = "docs/bluetooth-setup.md"
MANY: Final = 3
"""From so many sensors on, interval and buffer matter."""

UNIT_MS: Final = 1.25
TIMEOUT_UNIT_S: Final = 0.01
DEFAULT_INTERVAL: Final = (24, 40)
DEFAULT_TIMEOUT: Final = 42
"""Of the kernel where main.conf says nothing, in units of 1.25 ms and 10 ms."""
LONGEST_INTERVAL: Final = 24
"""30 ms: above it three sensors leave the radio too few turns for 100 notifications/s each."""
SHORTEST_TIMEOUT: Final = 200
"""2 s: a leg hides a sensor for longer than the default of 0.42 s."""

HELD_BYTES: Final = 1820
"""of the kernel's buffer that a notification takes: 117 fitted into 212992 bytes (measured)"""
BUSY_S, NOTIFICATIONS_HZ = 5.0, 104.0
FIT_BUFFER: Final = int(BUSY_S * NOTIFICATIONS_HZ * HELD_BYTES)
"""What a sensor at 104 notifications/s sends while the computer is busy for 5 s, bytes."""

ASK_S: Final = 10.0
"""A busy computer may need some of it."""
DAEMONS: Final = (
    "usr/libexec/bluetooth/bluetoothd",
    "usr/lib/bluetooth/bluetoothd",
    "usr/sbin/bluetoothd",
)


@dataclass(frozen=True)
class Interval:
    """Of a connection, as main.conf asks for it, in units of 1.25 ms; timeout in 10 ms."""

    low: int = DEFAULT_INTERVAL[0]
    high: int = DEFAULT_INTERVAL[1]
    timeout: int = DEFAULT_TIMEOUT

    @property
    def fit(self) -> bool:
        """For three sensors."""
        return self.high <= LONGEST_INTERVAL and self.timeout >= SHORTEST_TIMEOUT

    def __str__(self) -> str:
        low, high = self.low * UNIT_MS, self.high * UNIT_MS
        return f"{low:g} to {high:g} ms, given up after {self.timeout * TIMEOUT_UNIT_S:g} s"


def interval(root: Path = ROOT) -> Interval:
    """What BlueZ asks sensors for; the kernel's defaults where its file says nothing."""
    parser = configparser.ConfigParser(
        strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",)
    )
    try:
        parser.read_string((root / CONFIG).read_text("utf-8", "replace"))
    except (OSError, configparser.Error):
        return Interval()

    def number(key: str, default: int) -> int:
        text = parser.get("LE", key, fallback="").strip()
        return int(text) if re.fullmatch(r"[0-9]{1,5}", text) else default

    return Interval(
        number("MinConnectionInterval", DEFAULT_INTERVAL[0]),
        number("MaxConnectionInterval", DEFAULT_INTERVAL[1]),
        number("ConnectionSupervisionTimeout", DEFAULT_TIMEOUT),
    )


def buffer_bytes(root: Path = ROOT) -> int | None:
    """Bytes that the kernel keeps for bluetoothd of each sensor; None where it does not say."""
    try:
        return int((root / BUFFER).read_text("ascii"))
    except (OSError, ValueError):
        return None


def held_s(size: int) -> float:
    """For how long the computer may be busy until a sensor's notifications are dropped, s."""
    return size / HELD_BYTES / NOTIFICATIONS_HZ


def unfit(sensors: int, root: Path = ROOT) -> str:
    """One line about what is unfit for so many sensors; "" where nothing is."""
    if sensors < MANY:
        return ""
    told = []
    asks = interval(root)
    if not asks.fit:
        told.append(f"BlueZ asks for connections of {asks}")
    size = buffer_bytes(root)
    if size is not None and size < FIT_BUFFER:
        told.append(f"the kernel holds {held_s(size):.1f} s of a busy sensor")
    if not told:
        return ""
    return f"{' and '.join(told)}: that is little for {sensors} sensors. How to change it: {SETUP}"


def present(root: Path = ROOT) -> list[str]:
    """Adapters that the kernel knows, e.g. hci0."""
    try:
        return sorted(
            p.name
            for p in (root / "sys/class/bluetooth").iterdir()
            if re.fullmatch(r"hci\d+", p.name)
        )
    except OSError:
        return []


def blocked(root: Path = ROOT) -> str:
    """How Bluetooth is switched off beneath BlueZ: "hard" (a switch), "soft", or ""."""
    found = ""
    for folder in sorted(root.glob("sys/class/rfkill/rfkill*")):
        try:
            if (folder / "type").read_text("ascii").strip() != "bluetooth":
                continue
            if (folder / "hard").read_text("ascii").strip() == "1":
                return "hard"
            if (folder / "soft").read_text("ascii").strip() == "1":
                found = "soft"
        except (OSError, ValueError):
            continue
    return found


def version(root: Path = ROOT) -> str:
    """Of bluetoothd, or of bluetoothctl, which comes with it; "" where neither answers."""
    for words in (*([str(root / path)] for path in DAEMONS), ["bluetoothctl"]):
        try:
            done = subprocess.run(
                [*words, "--version"],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=ASK_S,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "LC_ALL": "C"},
            )
        except (OSError, subprocess.SubprocessError):
            continue
        found = re.search(r"\b(\d+\.\d+)\s*$", done.stdout.strip())
        if found:
            return found[1]
    return ""


@dataclass(frozen=True)
class Service:
    """What the system bus says of bluetoothd.

    state : "ok" | "no_bus" | "not_running" | "denied" | "unclear".  why : of the last one.
    adapters : name -> powered.
    """

    state: str
    why: str = ""
    adapters: tuple[tuple[str, bool], ...] = ()


def ask_service() -> Service:
    """Ask the system bus; never raises, never takes longer than a few seconds."""
    try:
        import dbus_fast.aio  # noqa: F401  not within the time for the answer

        return asyncio.run(asyncio.wait_for(_asked(), ASK_S))
    except TimeoutError:
        return Service("unclear", f"nothing within {ASK_S:g} s")
    except (OSError, EOFError):
        return Service("no_bus")
    except Exception as error:  # what a foreign bus may answer is not ours to foresee
        return Service("unclear", " ".join(f"{type(error).__name__}: {error}".split())[:160])


async def _asked() -> Service:
    from dbus_fast import BusType, Message
    from dbus_fast.aio import MessageBus

    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        own = "org.freedesktop.DBus"
        question = Message(
            own, "/org/freedesktop/DBus", own, "NameHasOwner", signature="s", body=["org.bluez"]
        )
        runs = await bus.call(question)
        if runs.body[:1] != [True]:
            return Service("not_running")
        reply = await bus.call(
            Message("org.bluez", "/", f"{own}.ObjectManager", "GetManagedObjects")
        )
        return service_of(reply)
    finally:
        bus.disconnect()


def service_of(reply: Any) -> Service:
    """What bluetoothd's answer means."""
    name = str(getattr(reply, "error_name", None) or "")
    if name.endswith("AccessDenied"):
        return Service("denied")
    if name or reply is None or not reply.body:
        return Service("unclear", name or "no answer")
    adapters = []
    for path, interfaces in sorted(reply.body[0].items()):
        if "org.bluez.Adapter1" in interfaces:
            powered = interfaces["org.bluez.Adapter1"].get("Powered")
            adapters.append((str(path).rsplit("/", 1)[-1], bool(getattr(powered, "value", False))))
    return Service("ok", "", tuple(adapters))
