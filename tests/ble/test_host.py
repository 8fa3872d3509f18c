"""What Linux and BlueZ say is understood; what they do not say is no error."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble import host

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what BlueZ and the kernel say")

AS_DOCS_SAY = """[General]
#Name = BlueZ
[LE]
MinConnectionInterval=6
MaxConnectionInterval = 9
ConnectionSupervisionTimeout=600
"""
WIDER = "[LE]\nMinConnectionInterval=12\nMaxConnectionInterval=24\nConnectionSupervisionTimeout=600"
DEFAULTS = host.Interval(24, 40, 42)


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("text", "found", "fit"),
    [
        (AS_DOCS_SAY, host.Interval(6, 9, 600), True),
        (WIDER, host.Interval(12, 24, 600), True),
        ("[LE]\nMinConnectionInterval=6\nMaxConnectionInterval=9\n",
         host.Interval(6, 9, 42), False),
        ("[LE]\nConnectionSupervisionTimeout=600\n", host.Interval(24, 40, 600), False),
        ("[LE]\nMaxConnectionInterval=nine\n", DEFAULTS, False),
        ("[LE]\n#MaxConnectionInterval=9\n", DEFAULTS, False),
        ("no section\n", DEFAULTS, False),
        ("[LE]\nMaxConnectionInterval=%(x)s\n[LE]\n", DEFAULTS, False),
        ("", DEFAULTS, False),
    ],
)  # fmt: skip
def test_the_connection_interval(
    tmp_path: Path, text: str, found: host.Interval, fit: bool
) -> None:
    put(tmp_path, host.CONFIG, text)
    assert host.interval(tmp_path) == found
    assert found.fit is fit


def test_without_a_file_it_is_the_kernels(tmp_path: Path) -> None:
    assert host.interval(tmp_path) == DEFAULTS
    assert str(DEFAULTS) == "30 to 50 ms, given up after 0.42 s"


@given(st.text(max_size=200))
def test_any_file_is_read(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("etc")
    put(root, host.CONFIG, text.encode(errors="ignore").decode())
    assert host.interval(root).high > 0 or "MaxConnectionInterval" in text


def test_the_buffer(tmp_path: Path) -> None:
    assert host.buffer_bytes(tmp_path) is None
    put(tmp_path, host.BUFFER, "212992\n")
    assert host.buffer_bytes(tmp_path) == 212992
    # measured: 117 notifications fitted, 2.25 s at 52/s, so half of that at 104/s
    assert host.held_s(212992) == pytest.approx(117 / 104, rel=0.01)
    assert host.held_s(host.FIT_BUFFER) == pytest.approx(5.0)
    put(tmp_path, host.BUFFER, "much\n")
    assert host.buffer_bytes(tmp_path) is None


@pytest.mark.parametrize(
    ("sensors", "conf", "buffer", "words"),
    [
        (3, AS_DOCS_SAY, "8388608", ()),
        (3, AS_DOCS_SAY, "212992", ("the kernel holds 1.1 s",)),
        (3, "", "8388608", ("30 to 50 ms",)),
        (3, "", "212992", ("30 to 50 ms", "1.1 s", "for 3 sensors")),
        (2, "", "212992", ()),
    ],
)
def test_what_is_unfit(
    tmp_path: Path, sensors: int, conf: str, buffer: str, words: tuple[str, ...]
) -> None:
    put(tmp_path, host.CONFIG, conf)
    put(tmp_path, host.BUFFER, buffer)
    line = host.unfit(sensors, tmp_path)
    assert bool(line) == bool(words)
    assert all(word in line for word in words)
    assert "\n" not in line


def test_adapters_and_switches(tmp_path: Path) -> None:
    assert host.present(tmp_path) == []
    assert host.blocked(tmp_path) == ""
    for name in ("hci1", "hci0", "hci0:64"):
        (tmp_path / "sys/class/bluetooth" / name).mkdir(parents=True)
    assert host.present(tmp_path) == ["hci0", "hci1"]
    for number, kind, soft, hard in ((0, "wlan", 1, 1), (1, "bluetooth", 1, 0)):
        for key, value in (("type", kind), ("soft", soft), ("hard", hard)):
            put(tmp_path, f"sys/class/rfkill/rfkill{number}/{key}", f"{value}\n")
    assert host.blocked(tmp_path) == "soft"
    put(tmp_path, "sys/class/rfkill/rfkill1/hard", "1\n")
    assert host.blocked(tmp_path) == "hard"


def test_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert host.version(tmp_path) == ""
    control = tmp_path / "bluetoothctl"
    put(tmp_path, "bluetoothctl", "#!/bin/sh\necho 'bluetoothctl: 5.72'\n")
    control.chmod(control.stat().st_mode | stat.S_IXUSR)
    assert host.version(tmp_path) == "5.72"
    daemon = tmp_path / host.DAEMONS[0]
    put(tmp_path, host.DAEMONS[0], "#!/bin/sh\necho 5.66\n")
    daemon.chmod(daemon.stat().st_mode | stat.S_IXUSR)
    assert host.version(tmp_path) == "5.66"
    put(tmp_path, host.DAEMONS[0], "#!/bin/sh\necho broken; exit 1\n")
    assert host.version(tmp_path) == "5.72"


# ----------------------------------------------------------------------- the system bus
@pytest.fixture(name="bus")
def private_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A message bus of our own in the place of the system's."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("there is no dbus-daemon to try it with")
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--print-address", "--nofork", "--nopidfile"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    address = daemon.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    yield address
    daemon.terminate()
    daemon.wait(10)
    daemon.stdout.close()


SERVICE = """
import asyncio, sys
from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_property

class Adapter(ServiceInterface):
    def __init__(self, powered):
        super().__init__("org.bluez.Adapter1")
        self.powered = powered

    @dbus_property(access=PropertyAccess.READ)
    def Powered(self) -> "b":
        return self.powered

async def main():
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    if sys.argv[1] == "denied":
        refuse = lambda m: m.member == "GetManagedObjects" and Message.new_error(
            m, "org.freedesktop.DBus.Error.AccessDenied", "no")
        bus.add_message_handler(lambda m: refuse(m) or None)
    for number, powered in enumerate(sys.argv[2:]):
        bus.export(f"/org/bluez/hci{number}", Adapter(powered == "on"))
    await bus.request_name("org.bluez")
    print("ready", flush=True)
    await asyncio.wait_for(bus.wait_for_disconnect(), 30)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("ok", "on"), host.Service("ok", "", (("hci0", True),))),
        (("ok", "off", "on"), host.Service("ok", "", (("hci0", False), ("hci1", True)))),
        (("ok",), host.Service("ok")),
        (("denied", "on"), host.Service("denied")),
    ],
)
def test_what_a_service_answers(bus: str, words: tuple[str, ...], found: host.Service) -> None:
    service = subprocess.Popen(
        [sys.executable, "-c", SERVICE, *words],
        stdout=subprocess.PIPE,
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus},
    )
    assert service.stdout is not None
    try:
        assert service.stdout.readline().strip() == b"ready"
        assert host.ask_service() == found
    finally:
        service.kill()
        service.wait(10)
        service.stdout.close()


def test_a_bus_without_the_service(bus: str) -> None:
    assert host.ask_service() == host.Service("not_running")


@pytest.mark.parametrize("address", ["unix:path=/nowhere/at/all", "nonsense", "tcp:host=x"])
def test_no_bus(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    assert host.ask_service().state in ("no_bus", "unclear")


def test_a_bus_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> host.Service:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(host, "_asked", never)
    monkeypatch.setattr(host, "ASK_S", 0.01)
    assert host.ask_service() == host.Service("unclear", "nothing within 0.01 s")
