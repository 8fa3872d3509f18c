"""What the screen is told: saturation, faults, recent signals, old packets over a new link."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hipgait.ble.encode import Encoder
from hipgait.ble.link import Health, Sensor
from hipgait.ble.profiles import load, settle
from hipgait.ble.status import KEEP_S, Watch, full_scale, motion_hz
from hipgait.names import G_MPS2

LOADED = load("hipgait-open")
PROFILE = LOADED.profile
RATE = 104.0


def watch(profile_id: str = "hipgait-open", **options: int | float | str) -> Watch:
    loaded = load(profile_id)
    settled = settle(loaded.profile, options)
    return Watch(Sensor("pelvis", "C0", loaded.profile, loaded.text, settled), Health())


def packets(
    acc: NDArray[np.float64], gyr: NDArray[np.float64], first: int = 0
) -> list[tuple[int, bytes]]:
    """(arrival ns, notification) of samples four by four."""
    number = np.arange(len(acc) // 4) + first
    ticks = ((number + 1) * 4 / RATE * 1e6).astype(np.uint64)
    sent = Encoder(PROFILE).packets(
        "imu", {"acc": acc, "gyr": gyr}, ticks=ticks, sequence=number, count=np.full(len(number), 4)
    )
    return [(int(t) * 1000, data) for t, data in zip(ticks, sent, strict=True)]


def test_samples_at_the_end_of_the_range_are_counted() -> None:
    n = 400
    acc, gyr = np.full((n, 3), 1.0), np.zeros((n, 3))
    acc[100:110, 1] = -16 * G_MPS2  # the encoder clips as a chip does
    gyr[200:205, 2] = np.radians(2500.0)
    acc[300:320, 0] = 0.98 * 16 * G_MPS2  # near, not at the end
    seen = watch()
    for at, data in packets(acc, gyr):
        seen.take("data", at, data)
    seen.tick()
    status = seen.status(n / RATE)
    assert status.saturated_pct == pytest.approx(100 * 15 / (2 * n))
    assert seen.status(n / RATE + KEEP_S + 5.0).saturated_pct == 0.0
    assert status.faults == 0


def test_full_scales_follow_the_options() -> None:
    assert watch().ranges == pytest.approx({"acc": 16 * G_MPS2, "gyr": np.radians(2000.0)})
    channel = load("polar-h10").profile.stream[0].channels["acc"]
    for g in (2, 4, 8):
        assert full_scale(channel, {"acc_range_g": g}) == pytest.approx(g * G_MPS2)
    assert motion_hz(watch("polar-h10", rate_hz=50).sensor) == 50.0


def test_what_cannot_be_read_is_counted_and_nothing_is_invented() -> None:
    seen = watch()
    for i, data in enumerate((b"", b"\xaa", b"\xaa\x55\x00", b"\xff" * 40, bytes(500))):
        seen.take("data", i, data)
    seen.tick()
    status = seen.status(1.0)
    assert status.faults == 5
    assert (status.rate_hz, status.lost_pct, status.gaps) == (0.0, 0.0, 0)
    assert len(seen.recent("acc")[0]) == 0


def test_recent_signals_are_those_that_were_sent() -> None:
    rng = np.random.default_rng(2)
    n = 60 * 104
    acc, gyr = rng.normal(0, 30, (n, 3)), rng.normal(0, 5, (n, 3))
    seen = watch()
    for k, (at, data) in enumerate(packets(acc, gyr)):
        seen.take("data", at, data)
        if k % 13 == 12:
            seen.tick()
    seen.tick()
    time, values = seen.recent("gyr", 20.0)
    assert len(time) == pytest.approx(20 * RATE, abs=4)
    assert np.abs(values - gyr[-len(values) :]).max() <= np.radians(0.06103515625) / 2 * 1.001
    assert np.diff(time) == pytest.approx(1 / RATE, abs=2e-6)


def test_packets_of_the_old_link_are_counted_with_it() -> None:
    """A link that comes back between two looks at the screen: what it missed meanwhile is a break
    and no loss, what was lost on either side of it is."""
    acc = gyr = np.zeros((80, 3))
    before, after = packets(acc, gyr), packets(acc, gyr, first=500)
    del before[10], after[5:7]
    seen = watch()
    for at, data in before:
        seen.take("data", at, data)
    seen.new_segment()
    for at, data in after:
        seen.take("data", at, data)
    seen.tick()
    status = seen.status(21.0)
    assert status.gaps == 2
    assert status.lost_pct == pytest.approx(100 * 12 / 160)
