"""The validation of the comparison measures what it says."""

from __future__ import annotations

import numpy as np
import pytest

from validation import compare
from validation.athletes import told


def test_rates_of_known_fits() -> None:
    # estimate, 95 % interval, 90 % interval
    fits = np.array([[0.0, -0.5, 0.5, -0.4, 0.4], [0.9, 0.1, 1.7, 0.2, 1.6]])
    assert compare._rates(fits, 0.0) == (0.5, 0.5, 0.0)
    # a change of 2 deg less moves both; the second is then 1.1 deg less
    assert compare._rates(fits, 2.0) == (1.0, 0.5, 1.0)


def test_a_change_only_moves_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = np.array(compare._one(6, 1.0, 0.2, 7))
    real = compare.fit

    def with_change(y, X, error, order):
        return real(y - 2.0 * X[:, 1], X, error, order)

    monkeypatch.setattr(compare, "fit", with_change)
    assert compare._one(6, 1.0, 0.2, 7) == pytest.approx(plain - 2.0, abs=1e-6)


def test_the_table_of_athletes_counts_verdicts() -> None:
    rows = [(0.0, "inconclusive", 0.1, 0.2), (0.0, "worse", 0.3, 0.2), (-2.0, "improved", 0, 0.1)]
    lines = told(rows).splitlines()
    assert lines[4].startswith("| +0 deg | 2 | 0 | 1 | 0 | 1 | +0.20 (0.14) deg")
    assert lines[5].startswith("| -2 deg | 1 | 1 | 0 | 0 | 0 |")
