"""The rig's own judgement: a run that is not right does not pass. Runs without the rig."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.profiles import load
from hipgait.io.capture import Anchor, CaptureHeader, CaptureWriter, SensorHeader
from tests.ble_vm.check import INTERVAL, busiest, compare, judge, looked_at, received

HZ, SECONDS = 10.0, 20.0
OUTAGE = {"sensor": 1, "after_s": 3, "for_s": 9}
FINE = {"command_status": 0, "bluetoothd_alive": True}
STARTED, STOPPED = "started", "stopped"


def packets(n: int) -> list[str]:
    return [f"{k:04x}" for k in range(n)]


def events(*times: float) -> list[tuple[float, str, str]]:
    """Motion started, stopped, started, ... at these times, among other things that happen."""
    found = [(0.5, "connected", ""), (0.6, STARTED, "battery")]
    for k, at in enumerate(times):
        found += [(at, (STARTED, STOPPED)[k % 2], "imu"), (at, "write", "control 00")]
    return found


def run() -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Truth and record of a run as it should be: 200 packets, the second sensor 10 s away."""
    steady: dict[str, Any] = {
        "delivered": packets(195),
        "lost": 5,
        "unsent": 0,
        "events": events(1, 21),
    }
    steady["delivered_s"] = [1 + 0.1 * k for k in range(195)]
    fetched: dict[str, Any] = {
        "delivered": packets(98),
        "lost": 0,
        "unsent": 72,
        "events": events(1, 11, 15, 21),
    }
    fetched["delivered_s"] = [k + at for at in (1, 15) for k in [0.1 * j for j in range(49)]]
    truth = {"asked": [INTERVAL] * 3, "sensors": {"A": steady, "B": fetched}}
    return truth, {a: list(s["delivered"]) for a, s in truth["sensors"].items()}


def complaints(truth: dict[str, Any], got: dict[str, list[str]], **state: Any) -> list[str]:
    return judge(truth, got, {**FINE, **state}, SECONDS, HZ, OUTAGE)


def test_a_whole_record_passes() -> None:
    assert complaints(*run()) == []


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda p: p.pop(7), "1 lost of 100, first number 7"),
        (lambda p: p.insert(7, p[6]), "1 recorded twice"),
        (lambda p: p.insert(7, "ffff"), "1 that were never sent"),
        (lambda p: p.__setitem__(slice(7, 9), [p[8], p[7]]), "the order of arrival"),
        (lambda p: p.clear(), "100 lost of 100"),
    ],
)
def test_a_record_that_is_not_what_was_delivered(edit: Any, says: str) -> None:
    got = packets(100)
    edit(got)
    (line,) = compare(packets(100), got)
    assert line.startswith(says)


@given(st.lists(st.integers(0, 30), max_size=40))
def test_only_the_same_passes(numbers: list[int]) -> None:
    got = [f"{n:04x}" for n in numbers]
    assert bool(compare(packets(20), got)) == (got != packets(20))


@pytest.mark.parametrize(
    ("where", "key", "value", "says"),
    [
        ("B", "events", events(1, 5), "went away and came back 0 times, planned 1"),
        ("A", "events", events(1, 5, 6, 9, 10, 21), "went away and came back 2 times, planned 0"),
        ("B", "events", events(1, 2, 3, 11, 15, 18, 19, 21), "came back 3 times, planned 1"),
        ("B", "delivered_s", [1.0, 5.0, 9.0], "silent for 4.0 s, planned 9 s"),
        ("B", "delivered_s", [1.0, 5.0, 45.0, 61.0], "silent for 40.0 s, planned 9 s"),
        ("A", "lost", -10, "only 185 packets in 20 s at 10 Hz"),
    ],
)
def test_a_run_that_was_not_as_planned(where: str, key: str, value: Any, says: str) -> None:
    truth, got = run()
    truth["sensors"][where][key] = value
    assert any(line.startswith(f"{where}: ") and says in line for line in complaints(truth, got))


def test_an_empty_run_does_not_pass() -> None:
    truth, _ = run()
    for sensor in truth["sensors"].values():
        sensor.update(delivered=[], lost=0, unsent=0, events=[])
    found = complaints(truth, {})
    assert sum("only 0 packets in 20 s" in line for line in found) == 2


def test_a_sensor_that_is_missing_from_the_record() -> None:
    truth, got = run()
    del got["A"]
    assert complaints(truth, got) == ["A: 195 lost of 195, first number 0"]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"command_status": 124}, "ended with 124"),
        ({"bluetoothd_alive": False}, "bluetoothd ended"),
    ],
)
def test_the_guest_in_trouble(state: dict[str, Any], says: str) -> None:
    (line,) = complaints(*run(), **state)
    assert says in line


def test_connection_parameters_other_than_main_conf_says() -> None:
    truth, got = run()
    truth["asked"][1] = {**INTERVAL, "interval_max": 40}
    (line,) = complaints(truth, got)
    assert line.startswith("BlueZ asked for {'interval_min': 6, 'interval_max': 40")


def test_no_connection_at_all_is_no_parameters_at_all() -> None:
    truth, got = run()
    truth["asked"] = []
    assert complaints(truth, got) == ["BlueZ asked for no connection"]


@pytest.mark.parametrize("whole", [True, False])
def test_the_record_is_that_of_the_capture(tmp_path: Path, whole: bool) -> None:
    """Motion by address, in order of arrival; a capture that is not whole is complained of."""
    sensors = {"pelvis": "A", "left_shank": "B"}
    loaded = load("hipgait-open")
    header = CaptureHeader(
        version="1",
        anchor=Anchor(utc_ns=10**18, monotonic_ns=0),
        sensors={
            placement: SensorHeader(
                address=address, profile_id=loaded.profile.id, profile_text=loaded.text
            )
            for placement, address in sensors.items()
        },
    )
    path = tmp_path / "run.mcap"
    writer = CaptureWriter(path, header)
    for at, (placement, char, data) in enumerate(
        [
            ("pelvis", "data", b"\x02"),
            ("left_shank", "data", b"\x07"),
            ("pelvis", "battery", b"\x63"),
            ("pelvis", "data", b"\x01"),
        ]
    ):
        writer.raw(placement, char, at, data)
    writer.close()
    if not whole:
        path.write_bytes(path.read_bytes()[:-9])
    got, complaints = received(path)
    assert got == {"A": ["02", "01"], "B": ["07"]}
    assert (complaints == []) is whole


SEEN = {"state": "ok", "adapters": [["hci0", True]], "version": "5.66", "unfit": ""}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"state": "not_running", "adapters": []}, "the doctor sees not_running"),
        ({"adapters": [["hci0", False]]}, "not hci0, on"),
        ({"version": ""}, "no version"),
        ({"unfit": "BlueZ asks for ..."}, "unfit: BlueZ asks"),
    ],
)
def test_a_doctor_that_sees_something_else(change: dict[str, Any], says: str) -> None:
    assert looked_at(SEEN) == []
    (line,) = looked_at({**SEEN, **change})
    assert says in line


def test_the_busiest_window() -> None:
    slow_then_fast = [0.0, 1.0, 2.0, 3.0] + [3.0 + 0.1 * k for k in range(1, 31)]
    assert busiest(slow_then_fast) == pytest.approx(10, abs=0.5)
    assert busiest([]) == 0.0
