"""Two cores used by hipgait's own threads, and by nothing else at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

MOST = 2
"""The work waits for memory, and every thread more needs its own temporaries."""
_most = MOST

Item = TypeVar("Item")
Result = TypeVar("Result")
_ALONE: Final = ContextVar("alone", default=False)
"""Whether work stays on the calling thread."""


def in_parallel(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Do the same for a few independent items, in threads (NumPy and SciPy release the lock)."""
    if len(items) < 2 or _most < 2 or _ALONE.get():
        return [work(item) for item in items]
    with ThreadPoolExecutor(max_workers=_most) as pool:
        return list(pool.map(work, items))


def use_threads(most: int) -> None:
    """Threads of ``in_parallel`` from now on: 1 where other processes work beside this one."""
    global _most
    _most = max(1, min(most, MOST))


@contextmanager
def quiet_linear_algebra() -> Iterator[None]:
    """Matrix products on the calling thread alone.

    The products here are tall and thin: a second thread of the linear algebra library does not
    shorten them, but spins on the core that the other sensor is worked on (measured: a quarter of
    the processor time of an analysis).
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """The linear algebra libraries of this process: looking for them reads the map of its memory,
    which costs more than a short analysis may. NumPy's and SciPy's are loaded first.
    """
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def on_this_thread() -> Iterator[None]:
    """``in_parallel`` does one after the other: of some seconds of signals, starting threads costs
    more than they gain, and others need the second core.
    """
    token = _ALONE.set(True)
    try:
        yield
    finally:
        _ALONE.reset(token)
