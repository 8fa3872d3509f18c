"""Which way the pelvis faces, in runners in whom a single source of evidence was wrong."""

from __future__ import annotations

import pytest

from hipgait.api import analyze
from hipgait.simulate.cases import validation_case


@pytest.mark.parametrize(("number", "rate_hz", "posture"), [(27, 200.0, True), (25, 100.0, False)])
def test_the_pelvis_is_not_taken_the_wrong_way_round(
    number: int, rate_hz: float, posture: bool
) -> None:
    recording, truth = validation_case(number, rate_hz=rate_hz, duration_s=120.0, posture=posture)
    found = analyze(recording).run["summary"]["pelvic_drop_peak"]["pooled"]["mean"]
    steady = truth[truth["steady"]]
    assert found == pytest.approx(steady["pelvic_drop_peak_deg"].mean(), abs=0.6)
