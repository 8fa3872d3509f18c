"""Stances on two clocks: the offset is found, or refused, and never off by a step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hipgait.errors import InputError
from hipgait.recording import BoolArray, FloatArray
from hipgait.stats.pairing import pair_by_number, pair_by_time


def contacts(rng: np.random.Generator, n: int) -> tuple[FloatArray, BoolArray]:
    """A runner of 0.7 s a stride, 1 % from stride to stride, 6 ms between the sides."""
    step = 0.35 + 0.005 * rng.standard_normal(n) + 0.003 * (-1.0) ** np.arange(n)
    return 20.0 + np.cumsum(step), np.arange(n) % 2 == 0


@settings(max_examples=8)
@given(
    seed=st.integers(0, 2**32 - 1),
    offset=st.floats(-4000.0, 4000.0),
    first=st.integers(0, 200),
    sides=st.booleans(),
    ppm=st.floats(-100.0, 100.0),
)
def test_never_off_by_a_step(seed: int, offset: float, first: int, sides: bool, ppm: float) -> None:
    rng = np.random.default_rng(seed)
    ic, left = contacts(rng, 400)
    rows = np.arange(first, first + 200)
    rows = rows[rng.random(200) > 0.05]  # the cameras lost some
    seen = (ic[rows] + rng.normal(0.0, 0.004, len(rows))) * (1 - 1e-6 * ppm) - offset
    try:
        p = pair_by_time(ic, left, seen, left[rows] if sides else None)
    except InputError as error:
        assert "at two offsets" in str(error)  # noqa: PT017
        return
    np.testing.assert_array_equal(p.found, rows[p.reference])
    assert p.missed == len(rows) - len(p.found) <= 2
    assert p.offset_s is not None
    assert p.offset_s == pytest.approx(offset + 1e-6 * ppm * ic[rows].mean(), abs=0.005)


def test_thirty_seven_seconds_are_found() -> None:
    rng = np.random.default_rng(37)
    ic, left = contacts(rng, 300)
    p = pair_by_time(ic, left, ic[40:200] - 37.0, left[40:200])
    assert p.offset_s == pytest.approx(37.0, abs=1e-6)
    assert (len(p.found), p.missed, p.extra) == (160, 0, 0)
    assert p.evidence is not None
    assert p.evidence > 100


def test_clocks_that_drift_apart_by_a_fifth_of_a_second_stay_paired() -> None:
    rng = np.random.default_rng(5)
    ic, left = contacts(rng, 5000)
    seen = (ic + rng.normal(0.0, 0.004, len(ic))) * (1 - 110e-6) - 12.0
    p = pair_by_time(ic, left, seen, left)
    np.testing.assert_array_equal(p.found, p.reference)
    assert len(p.found) == len(ic)
    assert p.rate_ppm == pytest.approx(110.0, abs=2.0)
    assert p.scatter_ms == pytest.approx(4.0, abs=0.3)


def test_what_has_no_partner_is_counted() -> None:
    rng = np.random.default_rng(5)
    ic, left = contacts(rng, 300)
    found = np.delete(np.arange(300), [100, 101, 150])  # hipgait lost three
    seen = np.delete(np.arange(50, 250), [20, 30])  # the cameras lost two
    p = pair_by_time(ic[found], left[found], ic[seen] - 5.0, left[seen])
    assert (len(p.found), p.missed, p.extra) == (195, 3, 2)
    np.testing.assert_array_equal(found[p.found], seen[p.reference])


def test_a_metronome_is_refused() -> None:
    """Strides that do not vary fit at every stride: nobody can tell."""
    ic = 10.0 + 0.35 * np.arange(200)
    left = np.arange(200) % 2 == 0
    with pytest.raises(InputError, match=r"at two offsets.*--offset-s"):
        pair_by_time(ic, left, ic[50:100] - 3.0, left[50:100])
    p = pair_by_time(ic, left, ic[50:100] - 3.0, left[50:100], offset_s=3.0)
    np.testing.assert_array_equal(p.found, np.arange(50, 100))
    assert p.evidence is None


def test_another_run_is_refused() -> None:
    rng = np.random.default_rng(6)
    ic, left = contacts(rng, 200)
    other = 1.5 * contacts(rng, 200)[0]
    with pytest.raises(InputError):
        pair_by_time(ic, left, other, left)
    with pytest.raises(InputError, match="too few"):
        pair_by_time(ic, left, ic[:4], left[:4])
    with pytest.raises(InputError, match="one side"):
        pair_by_time(ic[::2], left[::2], ic[1::2], left[1::2])
    with pytest.raises(InputError, match="meets one"):
        pair_by_time(ic, left, ic[:50], left[:50], offset_s=1000.0)


def test_by_number() -> None:
    p = pair_by_number(np.arange(10), np.array([3, 4, 6, 12]))
    assert p.found.tolist() == [3, 4, 6]
    assert p.reference.tolist() == [0, 1, 2]
    assert (p.missed, p.extra, p.offset_s) == (1, 4, None)
