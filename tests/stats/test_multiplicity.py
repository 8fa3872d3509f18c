"""Holm: p values as statsmodels has them, intervals that agree with them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from hipgait.stats.multiplicity import holm


def test_by_hand() -> None:
    found = holm([0.04, 0.01, 0.03])
    assert found.p == pytest.approx([0.06, 0.03, 0.06])
    assert found.alpha == pytest.approx([0.025, 0.05 / 3, 0.025])


@pytest.mark.ci
@pytest.mark.long
@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=12))
def test_p_is_that_of_statsmodels_and_intervals_agree(p: list[float]) -> None:
    found = holm(p)
    reject, adjusted, _, _ = multipletests(p, 0.05, method="holm")
    assert found.p == pytest.approx(adjusted)
    safe = np.abs(found.p - 0.05) > 1e-9
    # an interval of level 1 - alpha excludes 0 exactly where its raw p is below alpha
    assert ((np.asarray(p) < found.alpha) == reject)[safe].all()
