"""The rig's own judgement: a run that is not right does not pass. Runs without the rig."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ble_vm.check import INTERVAL, busiest, compare, judge, received

HZ, SECONDS = 10.0, 20.0
OUTAGE = {"sensor": 1, "at_s": 4, "for_s": 9}
FINE = {"command_status": 0, "bluetoothd_alive": True}


def packets(n: int) -> list[str]:
    return [f"{k:04x}" for k in range(n)]


def run() -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Truth and record of a run as it should be: 200 packets, the second sensor 10 s away."""
    made = packets(200)
    steady = {"delivered": made[:195], "lost": made[195:], "unsent": [], "made": 200, "links": 1}
    fetched = {
        "delivered": made[:40] + made[140:],
        "lost": [],
        "unsent": made[40:140],
        "made": 200,
        "links": 2,
    }
    truth = {"asked": [INTERVAL] * 3, "packet_hz": HZ, "sensors": {"A": steady, "B": fetched}}
    return truth, {a: list(s["delivered"]) for a, s in truth["sensors"].items()}


def complaints(truth: dict[str, Any], got: dict[str, list[str]], **state: Any) -> list[str]:
    return judge(truth, got, {**FINE, **state}, SECONDS, OUTAGE)


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
        ("B", "links", 1, "streamed over 1 links, planned 2"),
        ("A", "links", 2, "streamed over 2 links, planned 1"),
        ("A", "made", 201, "books do not balance"),
        ("B", "unsent", packets(60), "away for 6.0 s, planned 9 s"),
    ],
)
def test_a_run_that_was_not_as_planned(where: str, key: str, value: Any, says: str) -> None:
    truth, got = run()
    truth["sensors"][where][key] = value
    assert any(line.startswith(f"{where}: ") and says in line for line in complaints(truth, got))


def test_an_empty_run_does_not_pass() -> None:
    truth, _ = run()
    for sensor in truth["sensors"].values():
        sensor.update(delivered=[], lost=[], unsent=[], made=0, links=0)
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


def test_the_record_is_read_in_order_of_arrival(tmp_path: Path) -> None:
    log = {"sensors": {"A": {"packets": ["02", "01"]}, "B": {"packets": []}}}
    (tmp_path / "received.json").write_text(json.dumps(log), "utf-8")
    assert received(tmp_path) == {"A": ["02", "01"], "B": []}


def test_the_busiest_window() -> None:
    slow_then_fast = [0.0, 1.0, 2.0, 3.0] + [3.0 + 0.1 * k for k in range(1, 31)]
    assert busiest(slow_then_fast) == pytest.approx(10, abs=0.5)
    assert busiest([]) == 0.0
