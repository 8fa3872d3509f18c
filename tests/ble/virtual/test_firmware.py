"""The state machine: streams only when subscribed and started; wrong bytes change nothing."""

from __future__ import annotations

import struct

import pytest

from hipgait.ble.profiles import shipped
from hipgait.ble.steps import compile_steps
from hipgait.ble.virtual.firmware import Firmware

OPEN = shipped()["hipgait-open"]
DEFAULTS = {name: option.default for name, option in OPEN.options.items()}


def writes(firmware: Firmware, phase: str, **options: int) -> None:
    settled = {**{n: o.default for n, o in firmware.profile.options.items()}, **options}
    for action in compile_steps(firmware.profile, phase, settled):  # type: ignore[arg-type]
        if action.do == "write":
            assert firmware.write(action.char, action.data).known


def motion(firmware: Firmware) -> list[str]:
    return [s.id for s in firmware.active() if s.kind == "motion"]


def test_it_streams_only_when_started_and_subscribed() -> None:
    firmware = Firmware(OPEN)
    char = OPEN.stream[0].char
    assert motion(firmware) == []
    firmware.subscribed.add(char)
    assert motion(firmware) == []
    writes(firmware, "configure", rate_hz=208)
    writes(firmware, "start", rate_hz=208)
    assert motion(firmware) == ["imu"]
    assert firmware.options["rate_hz"] == 208
    firmware.subscribed.discard(char)
    assert motion(firmware) == []
    firmware.subscribed.add(char)
    writes(firmware, "stop", rate_hz=208)
    assert motion(firmware) == []


def test_a_firmware_with_two_switches_needs_both() -> None:
    profile = shipped()["metamotion-bmi160"]
    firmware = Firmware(profile)
    firmware.subscribed.update(profile.chars)
    options = {name: option.default for name, option in profile.options.items()}
    starts = [a for a in compile_steps(profile, "start", options) if a.do == "write"]
    assert len(starts) > 1
    for action in starts:
        assert motion(firmware) == []
        firmware.write(action.char, action.data)
    assert motion(firmware) == ["acc", "gyr"]


def test_wrong_bytes_change_nothing() -> None:
    firmware = Firmware(OPEN)
    firmware.subscribed.add(OPEN.stream[0].char)
    before = dict(firmware.options)
    for name in OPEN.chars:
        reaction = firmware.write(name, b"\xff\xfe\xfd")
        assert not reaction.known
        assert reaction.replies == ()
    assert (firmware.options, motion(firmware)) == (before, [])


def test_left_streaming_it_goes_on_with_the_next_subscriber() -> None:
    firmware = Firmware(OPEN, {"rate_hz": 52}, streaming=True)
    firmware.subscribed.add(OPEN.stream[0].char)
    assert motion(firmware) == ["imu"]
    assert firmware.options["rate_hz"] == 52


@pytest.mark.parametrize(("streams_on", "after"), [(True, ["imu"]), (False, [])])
def test_a_lost_link_ends_subscriptions(streams_on: bool, after: list[str]) -> None:
    firmware = Firmware(OPEN, streaming=True)
    firmware.subscribed.add(OPEN.stream[0].char)
    firmware.unlinked(streams_on)
    assert motion(firmware) == []
    firmware.subscribed.add(OPEN.stream[0].char)
    assert motion(firmware) == after


def test_a_reboot_forgets() -> None:
    firmware = Firmware(OPEN, {"rate_hz": 52}, streaming=True)
    firmware.reboot()
    firmware.subscribed.add(OPEN.stream[0].char)
    assert motion(firmware) == []
    assert firmware.options == DEFAULTS


def test_battery_and_heart_rate_wait_for_no_command() -> None:
    firmware = Firmware(shipped()["polar-h10"])
    firmware.subscribed.update(("heart_rate", "battery", "data"))
    assert [s.id for s in firmware.active()] == ["heart_rate", "battery"]


START = bytes.fromhex("02020001c800010110000201 0800".replace(" ", ""))


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ("02 02 00 01 c800 01 01 1000 02 01 0800", "f0 02 02 00 00 05 01 0000803f"),
        ("02 02 00 01 c700 01 01 1000 02 01 0800", "f0 02 02 05"),
        ("02 01 00", "f0 02 01 02"),
        ("03 02", "f0 03 02 00"),
    ],
    ids=["200 Hz", "no such rate", "no such measurement", "stop"],
)
def test_polar_answers(data: str, answer: str) -> None:
    firmware = Firmware(shipped()["polar-h10"])
    replies = firmware.write("control", bytes.fromhex(data)).replies
    assert replies == (("control", bytes.fromhex(answer)),)


def test_polar_left_streaming_says_so() -> None:
    firmware = Firmware(shipped()["polar-h10"], streaming=True)
    ((_, reply),) = firmware.write("control", START).replies
    assert reply == bytes.fromhex("f0 02 02 06")


def test_polar_in_sdk_mode_gives_the_factor_of_its_range() -> None:
    profile = shipped()["polar-verity-sdk"]
    firmware = Firmware(profile)
    options = {"rate_hz": 104, "acc_range_g": 8, "gyr_range_dps": 1000}
    factors = []
    for action in compile_steps(profile, "start", options):
        if action.do == "write":
            ((_, reply),) = firmware.write(action.char, action.data).replies
            factors.append(struct.unpack("<f", reply[-4:])[0])
    assert factors == [8 / 32768, 1000 / 32768]


def test_reads() -> None:
    firmware = Firmware(OPEN)
    (battery,) = [c for c, uuid in OPEN.chars.items() if uuid.startswith("00002a19")]
    assert firmware.read(battery, 87.4) == b"\x57"
    assert firmware.read(battery, -3.0) == b"\x00"
