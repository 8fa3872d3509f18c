"""Evidence on a yaw: angles on the circle, senses, sources that disagree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.kinematics.yaw import YawEvidence, axes, fuse, wrap, wrap_axial, yaw_of

ANGLE = st.floats(-np.pi, np.pi)


@given(ANGLE, ANGLE)
def test_same_answer_from_any_direction(yaw: float, turn: float) -> None:
    """Turning the reference turns the answer by the same angle."""
    sources = [YawEvidence("a", yaw, 0.05), YawEvidence("b", yaw + 0.04, 0.1)]
    turned = [YawEvidence(e.source, e.yaw_rad + turn, e.sd_rad) for e in sources]
    assert abs(wrap(fuse(turned).yaw_rad - fuse(sources).yaw_rad - turn)) < 1e-6


def test_inverse_variance() -> None:
    found = fuse([YawEvidence("a", 0.0, 0.03), YawEvidence("b", 0.05, 0.06)])
    assert found.yaw_rad == pytest.approx(0.01)
    assert found.sd_rad == pytest.approx((0.03**-2 + 0.06**-2) ** -0.5)
    assert found.agreement > 0.3


@given(ANGLE)
def test_axis_takes_the_sense_of_the_others(yaw: float) -> None:
    axis = YawEvidence("axis", yaw + np.pi, 0.02, axial=True)
    sense = YawEvidence("sense", yaw + 0.1, 0.2)
    assert abs(wrap(fuse([axis, sense]).yaw_rad - yaw)) < 0.02
    assert abs(wrap(fuse([axis], towards=yaw + 1.0).yaw_rad - yaw)) < 1e-6


def test_disagreement_widens_the_error() -> None:
    agree = fuse([YawEvidence("a", 0.0, 0.05), YawEvidence("b", 0.02, 0.05)])
    differ = fuse([YawEvidence("a", 0.0, 0.05), YawEvidence("b", 0.19, 0.05)])
    assert differ.sd_rad > 1.2 * agree.sd_rad
    assert differ.agreement < 0.01


def test_wrong_source_does_not_bend_the_rest() -> None:
    good = [YawEvidence("a", 0.0, 0.05), YawEvidence("b", 0.02, 0.05)]
    assert abs(fuse([*good, YawEvidence("wrong", 2.0, 0.08)]).yaw_rad) < 0.03


@given(ANGLE)
def test_axes_and_back(yaw: float) -> None:
    x, up = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    z = np.cross(x, up)
    right, forward = axes(x, z, yaw)
    assert np.cross(up, right) == pytest.approx(forward)
    assert abs(wrap(yaw_of(right, x, z) - yaw)) < 1e-9
    assert abs(wrap_axial(yaw + np.pi) - wrap_axial(yaw)) % np.pi == pytest.approx(0, abs=1e-9)
