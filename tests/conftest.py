"""What every test may use: a quiet backend, modest hypothesis, real data where it is present."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"
_LSL = """[multicast]
ResolveScope = machine
TTLOverride = 0
[lab]
SessionID = hipgait-tests-{process}
[log]
level = -2
"""

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "hipgait",
    deadline=None,  # no timing in tests
    derandomize=bool(os.environ.get("CI")),  # the same examples for every run of CI
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("thorough", parent=settings.get_profile("hipgait"), max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "hipgait"))


@pytest.fixture(scope="session", autouse=True)
def lsl_stays_here() -> Iterator[None]:
    """LSL streams of the tests are seen on this machine only, and by this run of the tests only.

    The library reads this file when it is first used.
    """
    with tempfile.TemporaryDirectory(prefix="hipgait-lsl-") as folder:
        path = Path(folder) / "lsl_api.cfg"
        path.write_text(_LSL.format(process=os.getpid()), "utf-8")
        os.environ["LSLAPICFG"] = str(path)
        yield


def real_data_root() -> Path:
    """Folder of the recorded data: HIPGAIT_DATA, from the repository's root."""
    return (ROOT / os.environ.get("HIPGAIT_DATA", "../shared/data")).resolve()


def real_data(folder: str) -> Path:
    """The folder of one recorded data set.

    Skips the test where the data are absent, and fails it under ``HIPGAIT_REQUIRE_DATA=1``.
    docs/validation.md says where the originals can be had.
    """
    path = real_data_root() / folder
    if path.is_dir():
        return path
    message = f"recorded data {folder!r} not found (set HIPGAIT_DATA to their folder)"
    if os.environ.get("HIPGAIT_REQUIRE_DATA") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(name="real_data")
def _real_data() -> Callable[[str], Path]:
    return real_data
