"""Scales, ticks and the time axis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.report.scales import Scale, TimeAxis, limits, ticks, value_scale


@given(st.floats(-1e4, 1e4), st.floats(0.01, 1e4), st.integers(2, 8))
def test_ticks_lie_inside_and_are_few(low, span, most):
    found = ticks(low, low + span, most)
    assert len(found) <= most + 1
    assert all(low - 1e-6 * span <= v <= low + span * (1 + 1e-6) for v in found)


@given(st.floats(1.0, 5 * 3600.0))
def test_the_time_axis_ends_with_its_unit(seconds):
    axis = TimeAxis(100.0, 100.0 + seconds)
    labels = axis.labels()
    assert labels[0][1].startswith("0")
    assert labels[-1][0] == pytest.approx(100.0 + seconds)
    assert labels[-1][1].endswith((" min", " s"))
    assert len(labels) <= 8
    assert [t for t, _ in labels] == sorted(t for t, _ in labels)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30))
def test_every_value_is_on_the_scale(values):
    y = value_scale(np.array(values), 2.0, 250.0, 20.0)
    pixels = y.all(np.array(values))
    assert (pixels >= 19.9).all()
    assert (pixels <= 250.1).all()


def test_limits_of_nothing():
    assert limits(np.array([np.nan]), 2.0) == (0.0, 2.0)
    assert Scale(0.0, 10.0, 100.0, 200.0)(5.0) == 150.0
