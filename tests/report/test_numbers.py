"""Digits by uncertainty, true minus, thin spaces, units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.report.numbers import (
    MINUS,
    NONE,
    change,
    clock,
    count,
    fixed,
    interval,
    level,
    p_value,
    pace,
    plural,
    signed,
    size,
)

NB = "\u00a0"


@pytest.mark.parametrize(
    ("value", "unit", "half", "text"),
    [
        (1.42, "deg", None, "+1.4°"),
        (1.42, "deg", 0.05, "+1.4°"),  # never finer than 0.1 deg
        (1.42, "deg", 0.7, "+1.4°"),
        (4.4, "deg", 2.5, "+4°"),
        (-2.6, "spm", 0.4, f"{MINUS}3{NB}spm"),
        (7.6, "ms", 4.0, f"+8{NB}ms"),
        (0.66, "g", None, f"+0.7{NB}g"),
        (0.3, "%", None, f"+0.3{NB}points"),
        (-0.04, "deg", None, "0.0°"),
        (None, "deg", None, NONE),
        (float("nan"), "deg", None, NONE),
    ],
)
def test_a_change_as_printed(value, unit, half, text):
    assert change(value, unit, half) == text


def test_levels_sizes_and_intervals():
    assert level(4.66, "deg") == "4.7°"
    assert level(4.66, "deg", bare=True) == "4.7"
    assert level(0.0, "deg") == "0.0°"
    assert level(None, "deg") == NONE
    assert size(-1.44, "deg") == "1.4°"
    assert interval(0.71, 2.12, "deg") == "0.7 to 2.1"
    assert interval(-5.1, 1.2, "spm") == f"{MINUS}5 to 1"
    assert interval(None, 1.0, "deg") == NONE


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (-2.7, -0.02, "deg", f"{MINUS}2.7 to {MINUS}0.02"),  # leaves zero out: it shows
        (0.3, 2.6, "ms", "0.3 to 3"),
        (-2.7, 0.02, "deg", f"{MINUS}2.7 to 0.0"),
        (-0.02, 2.7, "deg", "0.0 to 2.7"),
        (1e-7, 2.7, "deg", "0.000 to 2.7"),  # no endless digits
        (0.0, 2.7, "deg", "0.0 to 2.7"),
    ],
)
def test_a_limit_beside_zero_is_not_printed_as_zero(low, high, unit, text):
    assert interval(low, high, unit) == text


def test_times_paces_and_counts():
    assert clock(3422) == "57:02"
    assert clock(3723) == "1:02:03"
    assert pace(3.25) == "5:08"
    assert count(9386) == "9\u202f386"
    assert plural(1, "bow") == "1 bow"
    assert plural(3, "bow") == "3 bows"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0002, "p < 0.001"),
        (0.004, "p = 0.004"),
        (0.031, "p = 0.03"),
        (0.0484, "p = 0.048"),
        (0.0512, "p = 0.051"),
        (1.0, "p = 1.00"),
    ],
)
def test_p_values(p, text):
    assert p_value(p) == text


@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_printed_numbers_read_back(value, digits):
    text = fixed(value, digits)
    assert "-" not in text
    back = float(text.replace(MINUS, "-").replace("\u202f", ""))
    assert abs(back - value) <= 0.5 * 10.0**-digits + 1e-6
    assert not text.startswith(MINUS) or back < 0
    assert signed(value, digits).lstrip("+" + MINUS) == text.lstrip(MINUS)
