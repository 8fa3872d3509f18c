"""Recording and SensorStream: what they accept, refuse and measure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.errors import InputError, MissingInputError
from hipgait.recording import Recording, SensorStream


def stream(placement: str = "pelvis", n: int = 50, rate: float = 100.0) -> SensorStream:
    return SensorStream(placement, np.arange(n) / rate, np.ones((n, 3)), np.zeros((n, 3)))


@given(rate=st.floats(20, 1000), jitter=st.floats(0, 0.2), seed=st.integers(0, 99))
def test_rate_is_measured_despite_jitter_and_gaps(rate: float, jitter: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    time = (np.arange(400) + rng.uniform(-jitter, jitter, 400)) / rate
    time = np.delete(time, slice(100, 160))
    got = SensorStream("pelvis", time, np.ones((len(time), 3)))
    assert got.rate_hz == pytest.approx(rate, rel=0.01)
    assert len(got.gaps) == 1
    assert got.gaps[0, 0] == pytest.approx(99 / rate, abs=1 / rate)


def test_time_running_backwards_is_named() -> None:
    time = np.array([0.0, 0.01, 0.02, 0.015, 0.03])
    with pytest.raises(InputError, match="sample 3"):
        SensorStream("pelvis", time, np.ones((5, 3)))


@pytest.mark.parametrize(
    ("placement", "acc"), [("hip", np.ones((5, 3))), ("pelvis", np.ones((5, 2)))]
)
def test_wrong_placement_or_shape_is_refused(placement: str, acc: np.ndarray) -> None:
    with pytest.raises(InputError):
        SensorStream(placement, np.arange(5.0), acc)


def test_reference_follows_the_order_of_the_contract() -> None:
    feet = Recording({p: stream(p) for p in ("right_foot", "left_foot", "left_thigh")})
    assert feet.reference == "left_foot"
    assert Recording({p: stream(p) for p in ("left_shank", "pelvis")}).reference == "pelvis"


def test_an_absent_placement_says_what_is_there() -> None:
    with pytest.raises(MissingInputError, match="Present: pelvis"):
        Recording({"pelvis": stream()})["left_shank"]
    with pytest.raises(MissingInputError):
        Recording({})
