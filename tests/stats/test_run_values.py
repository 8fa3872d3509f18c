"""One run, one value: means, errors, states, what is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from arch.covariance.kernel import Bartlett

from hipgait.settings import FindingsSettings
from hipgait.simulate.noise import fgn
from hipgait.stats.run_values import run_values, series_mean
from hipgait.stats.states import with_equal_distance
from tests.report.fabricate import Story, fabricate


@pytest.mark.parametrize("hurst", [0.5, 0.7, 0.8])
def test_the_error_of_a_mean_of_strides_with_memory(hurst: float) -> None:
    """The stated error is that of repeated runs, or larger where there is less memory."""
    rng = np.random.default_rng(9)
    found = np.array([series_mean(fgn(2400, hurst, rng)) for _ in range(150)])
    true = found[:, 0].std(ddof=1)
    stated = np.sqrt((found[:, 1] ** 2).mean())
    assert 0.8 * true < stated
    if hurst == 0.8:
        assert stated == pytest.approx(true, rel=0.25)


def test_without_long_memory_the_error_is_the_long_run_variance_of_arch() -> None:
    rng = np.random.default_rng(4)
    mine, oracle = [], []
    for _ in range(60):
        noise = rng.standard_normal(4100)
        series = np.convolve(noise, 0.6 ** np.arange(100), mode="valid")  # AR(1) of 0.6
        mine.append(series_mean(series, trim=0.0, hurst=0.5)[1] ** 2)
        oracle.append(float(Bartlett(series, bandwidth=60).cov.long_run.item()) / len(series))
    assert np.mean(mine) == pytest.approx(np.mean(oracle), rel=0.15)


def test_missed_steps_do_not_move_the_mean() -> None:
    values = 5.0 + 0.3 * np.random.default_rng(1).standard_normal(2000)
    spoiled = values.copy()
    spoiled[::40] = 40.0
    assert series_mean(spoiled)[0] == pytest.approx(series_mean(values)[0], abs=0.03)


def test_a_run_is_reduced() -> None:
    run = fabricate(Story())
    found = run_values(run)
    shown = run.summary_table["pelvic_drop_excursion"]["pooled"]["mean"]
    level = found.get("pelvic_drop_excursion")
    assert level is not None
    assert level[0] == pytest.approx(shown, abs=0.15)
    assert 0.0 < level[1] < 0.5
    early, late = (found.get("pelvic_drop_excursion", state=s) for s in ("early", "late"))
    assert early is not None
    assert late is not None
    assert late[0] - early[0] == pytest.approx(1.2, abs=0.5)
    assert found.get("cadence", "left") is None
    assert found.pace_mps == pytest.approx(3.23, abs=0.05)
    assert found.km == pytest.approx(57 * 60 * 3.23 / 1000, rel=0.05)
    assert set(found.curves) >= {"pelvic_drop_left", "shank_lean_right"}


def test_a_slipped_sensor_takes_the_run_out_of_what_it_touches() -> None:
    found = run_values(fabricate(Story(slip_min=21.0)))
    assert found.out["pelvic_drop_excursion"] == "a sensor slipped"
    assert found.get("pelvic_drop_excursion") is None
    assert found.get("contact_time") is not None


def test_exchanged_sides_are_named() -> None:
    found = run_values(fabricate(Story(swapped=True)))
    assert found.out["pelvic_drop_excursion"] == "left and right look exchanged"


def test_what_was_not_measured_is_said() -> None:
    found = run_values(fabricate(Story(placements=("left_shank", "right_shank"))))
    assert found.out["pelvic_drop_excursion"] == "not measured"


def test_the_error_of_a_change_is_that_of_its_test() -> None:
    run = fabricate(Story())
    entry = run.drift["pelvic_drop_excursion"]
    assert entry["se"] > 0
    # t based, so wider than 1.96 standard errors
    assert entry["ci_high"] - entry["ci_low"] > 2 * 1.96 * entry["se"]
    found = run_values(run).get("pelvic_drop_excursion", state="drift")
    assert found == (entry["estimate"], entry["se"])


@pytest.mark.parametrize(
    ("kept", "error"),
    [
        ({"ci_low": 0.02, "ci_high": 1.98}, 0.5),
        ({"ci_low": -0.2879, "ci_high": 2.2879, "level": 0.01}, 0.5),
        ({"ci_low": None, "ci_high": None, "se": None}, 0.0),
    ],
)
def test_files_without_the_error_give_it_by_their_interval(
    kept: dict[str, float | None], error: float
) -> None:
    run = fabricate(Story())
    old = {**run.drift, "pelvic_drop_excursion": {"estimate": 1.0, "verdict": "drifted", **kept}}
    found = run_values(replace(run, drift=old)).get("pelvic_drop_excursion", state="drift")
    assert found == pytest.approx((1.0, error), abs=1e-3)


def test_equal_distance_is_what_the_shortest_run_reached() -> None:
    long, short = (run_values(fabricate(Story(minutes=m))) for m in (57.0, 40.0))
    (a, b), told = with_equal_distance([long, replace(short, name="short")], FindingsSettings())
    assert told["unit"] == "m"
    assert short.km is not None
    assert 0.9 * short.km * 1000 < told["end"] <= short.km * 1000
    for run in (a, b):
        assert run.get("pelvic_drop_excursion", state="equal_distance") is not None
        assert run.track is None
    # at 39 minutes the long run has not yet risen as far as at its end
    at_equal = a.get("pelvic_drop_excursion", state="equal_distance")
    at_end = a.get("pelvic_drop_excursion", state="late")
    assert at_equal is not None
    assert at_end is not None
    assert at_equal[0] < at_end[0]


def test_without_a_speed_it_is_equal_time() -> None:
    runs = [run_values(fabricate(Story(speed=s))) for s in ("none", "table")]
    found, told = with_equal_distance(runs, FindingsSettings())
    assert told["unit"] == "s"
    assert told["end"] == pytest.approx(56 * 60, rel=0.05)
    assert found[1].get("pelvic_drop_excursion", state="equal_distance") is not None


def test_a_much_shorter_run_does_not_set_the_distance() -> None:
    runs = [run_values(fabricate(Story(minutes=m))) for m in (57.0, 50.0, 8.0)]
    named = [replace(r, name=str(i)) for i, r in enumerate(runs)]
    found, told = with_equal_distance(named, FindingsSettings())
    assert told["short"] == ["2"]
    assert found[2].get("pelvic_drop_excursion", state="equal_distance") is None
