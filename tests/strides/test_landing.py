"""Which rise is the landing without a gyroscope, and contacts that only the pelvis saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.kinematics.uniform import uniform
from hipgait.simulate.cases import validation_case
from hipgait.strides.events import find_stances
from hipgait.strides.landing import Load, see_imputed


@pytest.mark.parametrize("number", [3, 18, 28])
def test_soft_landings_of_shank_accelerometers(number: int) -> None:
    recording, truth = validation_case(number, rate_hz=100.0, duration_s=60.0)
    shanks = {
        name: replace(uniform(stream), gyr=None)
        for name, stream in recording.streams.items()
        if name != "pelvis"
    }
    got = find_stances(shanks)
    apart = got.ic_s[:, None] - truth["ic_s"].to_numpy()
    near = apart[np.arange(len(apart)), np.abs(apart).argmin(axis=1)]
    assert abs(np.median(near)) < 0.012
    assert got.run.all()


def test_the_pelvis_times_what_a_shank_lost() -> None:
    ic = 0.35 * np.arange(60)
    left = np.arange(60) % 2 == 0
    imputed = np.isin(np.arange(60), [21, 23])
    true = ic + np.where(imputed, 0.012, 0.0)
    tc = np.where(imputed, np.nan, ic + 0.25)
    load = Load(true + 0.015, true + 0.19)
    run = np.ones(60, dtype=bool)
    new_ic, new_tc, still = see_imputed(ic, tc, left, run, imputed, load)
    assert new_ic == pytest.approx(true)
    assert new_tc == pytest.approx(true + 0.25)
    assert not still.any()
    kept = see_imputed(ic, tc, left, run, imputed, Load(np.zeros(0), np.zeros(0)))
    assert kept[2].sum() == 2
