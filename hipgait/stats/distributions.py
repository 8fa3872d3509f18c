"""Quantiles and tails of the t, F and chi-squared distributions, scalar or arrays.

The same functions of ``scipy.special`` that ``scipy.stats`` calls: loading the latter takes longer
than all tests of a run.
"""

from __future__ import annotations

from typing import Any

from scipy import special


def t_quantile(share: Any, free: Any) -> Any:
    """Value that Student's t with ``free`` degrees of freedom stays below with this probability."""
    return special.stdtrit(free, share)


def t_above(value: Any, free: Any) -> Any:
    """Probability that Student's t exceeds a value."""
    return special.stdtr(free, -value)


def f_quantile(share: Any, above: Any, below: Any) -> Any:
    """Quantile of F; ``above`` and ``below``: degrees of freedom of the fraction's two parts."""
    return special.fdtri(above, below, share)


def chi2_quantile(share: Any, free: Any) -> Any:
    """Quantile of chi-squared."""
    return special.chdtri(free, 1.0 - share)
