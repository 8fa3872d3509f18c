"""The shipped recordings: small, readable, and what the simulator makes today."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hipgait as hg
from hipgait.resources import data_dir, data_path
from hipgait.simulate.dataset import write_dataset


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("data")
    write_dataset(out)
    return out


def test_shipped_data_are_small() -> None:
    assert sum(p.stat().st_size for p in data_dir().rglob("*") if p.is_file()) < 5_000_000


@pytest.mark.parametrize("name", ["tired-runner", "walk-and-run"])
def test_shipped_data_are_what_the_simulator_makes(fresh: Path, name: str) -> None:
    old, new = hg.read(data_path(name)), hg.read(fresh / name)
    assert set(old.streams) == set(new.streams) == {"pelvis", "left_shank", "right_shank"}
    for placement, stream in new.streams.items():
        shipped = old[placement]
        assert shipped.n == stream.n, "run: python -m hipgait.simulate.dataset data"
        assert shipped.gyr is not None
        assert stream.gyr is not None
        np.testing.assert_allclose(shipped.time_s, stream.time_s, atol=2e-5)
        # one step of the converter
        assert np.quantile(np.abs(shipped.acc - stream.acc), 0.999) < 0.006
        assert np.quantile(np.abs(shipped.gyr - stream.gyr), 0.999) < 0.0015
    a, b = (pd.read_csv(folder / name / "truth.csv") for folder in (data_dir(), fresh))
    np.testing.assert_allclose(a["ic_s"], b["ic_s"], atol=2e-4)


def test_truth_holds_what_was_injected() -> None:
    truth = pd.read_csv(data_path("tired-runner") / "truth.csv")
    steady = truth[truth["steady"]]
    early, late = steady[steady["ic_s"] < 120], steady[steady["ic_s"] > 300]
    for side, change in (("left", 2.0), ("right", 0.4)):
        before, after = (
            part.loc[part["side"] == side, "pelvic_drop_excursion_deg"].mean()
            for part in (early, late)
        )
        assert after - before == pytest.approx(0.75 * change, abs=0.5)
    mixed = pd.read_csv(data_path("walk-and-run") / "truth.csv")
    assert set(mixed["gait"]) == {"run", "walk"}
