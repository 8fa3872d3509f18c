"""One real runner whose pelvis and shank sensors shared a clock: mean strides, repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hipgait.kinematics.uniform import UniformStream
from hipgait.settings import Settings
from hipgait.sync.relate import relate
from validation import events

S = Settings()
AWAY = {"pelvis": 0.0, "left_shank": 31.7, "right_shank": -402.3}


def apart(streams: dict[str, UniformStream]) -> dict[str, UniformStream]:
    return {p: replace(s, t0=s.t0 + AWAY[p]) for p, s in streams.items()}


def errors_ms(streams: dict[str, UniformStream]) -> dict[str, float]:
    found = relate(apart(streams), S.sync, S.events, tuple(streams))
    assert all(m.clear for m in found.values())
    return {p: 1e3 * (m.offset_s + AWAY[p]) for p, m in found.items()}


def test_pelvis_and_shanks(real_data: Callable[[str], Path]) -> None:
    real_data("running-stride-mean-imu")
    error = errors_ms(events.stride_mean(200))
    assert abs(error["left_shank"]) < 5.0
    # two rises alike (0.95 of each other) in its mean stride: the earlier one is taken
    assert abs(error["right_shank"]) < 15.0


def test_accelerometers_alone(real_data: Callable[[str], Path]) -> None:
    real_data("running-stride-mean-imu")
    error = errors_ms({p: replace(s, gyr=None) for p, s in events.stride_mean(200).items()})
    assert max(map(abs, error.values())) < 5.0
