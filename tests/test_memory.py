"""What is freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from hipgait import memory


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    memory._of_glibc.cache_clear()
    yield
    memory._of_glibc.cache_clear()


FREED = """
import numpy as np
from hipgait.memory import give_back

def anonymous_mb():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(x.split()[1]) for x in lines if x.startswith("RssAnon")) / 1024.0

before = anonymous_mb()
pieces = [np.ones(512) for _ in range(8000)]  # 4 kB each
most = anonymous_mb()
kept = pieces.pop()
del pieces
give_back()
print(most - before, anonymous_mb() - before, kept.sum())
"""


def test_freed_pieces_below_one_that_is_kept_go_back() -> None:
    """In a process of its own: what others freed before would be used first."""
    if memory._of_glibc("malloc_trim") is None:
        pytest.skip("this C library hands back by itself")
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    most, left, kept = map(float, done.stdout.split())
    assert most > 25.0
    assert left < 5.0
    assert kept == 512.0


HELD = """
import sys
from threading import Thread
import numpy as np
from contextlib import nullcontext
from hipgait.memory import kept_small

def anonymous_mb():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(x.split()[1]) for x in lines if x.startswith("RssAnon")) / 1024.0

def work(kept):
    np.ones(3_000_000)  # 24 MB: after it, blocks below that would no longer be the system's own
    for n in (50_000, 400_000, 900_000):
        big = np.ones(n)
        kept.append(np.ones(600))
        del big

kept = []
with kept_small() if sys.argv[1] == "small" else nullcontext():
    before = anonymous_mb()
    for _ in range(4):
        one = Thread(target=work, args=(kept,))
        one.start()
        one.join()
    print(anonymous_mb() - before)
"""


def test_threads_that_come_and_go_leave_little() -> None:
    if memory._of_glibc("mallopt") is None:
        pytest.skip("this C library has no such options")
    left = {}
    for how in ("small", "as it is"):
        command = [sys.executable, "-c", HELD, how]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        left[how] = float(done.stdout)
    assert left["small"] < 1.5
    assert left["as it is"] > 2.0 * left["small"]


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_c_library_that_cannot_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    def without(_: object) -> object:
        raise OSError("no such library")

    monkeypatch.setattr(memory.sys, "platform", system)
    monkeypatch.setattr(memory.ctypes, "CDLL", without)
    assert memory._of_glibc("malloc_trim") is None
    memory.give_back()
    with memory.kept_small():
        pass
