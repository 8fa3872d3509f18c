"""Jumps on two clocks: their middles, which belongs to which, and what they change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.names import G_MPS2
from hipgait.settings import ProtocolSettings, Settings
from hipgait.simulate.cases import validation_case
from hipgait.sync.jumps import by_jumps, jump_shift, jumps
from hipgait.sync.match import ClockMatch
from hipgait.sync.refine import cut
from hipgait.sync.relate import relate

S = Settings()
FS = 200.0


def jumping(
    placement: str, at: tuple[float, ...], t0: float = 0.0, push: float = 2.0, land: float = 4.0
) -> UniformStream:
    """Standing at 1 g; each jump pushes off, flies for 0.3 s around ``at`` and lands."""
    time = np.arange(0.0, 20.0, 1 / FS)
    up = np.ones(len(time))
    for t in at:
        x = time - t
        corners = [-0.35, -0.25, -0.15, 0.15, 0.19, 0.3]
        force = np.interp(x, corners, [1.0, push, 0.0, 0.0, land, 1.0])
        inside = (x > -0.35) & (x < 0.3)
        up[inside] = force[inside]
    no = np.zeros(len(time), dtype=bool)
    acc = np.column_stack([np.zeros(len(time)), G_MPS2 * up, np.zeros(len(time))])
    return UniformStream(placement, t0, FS, acc, np.zeros_like(acc), no, no, no)


@settings(max_examples=20)
@given(
    t0=st.floats(-600.0, 600.0),
    push=st.floats(1.5, 3.0),
    land=st.floats(2.5, 9.0),
    between=st.floats(1.6, 2.4),
)
def test_middle_does_not_depend_on_clock_or_size(
    t0: float, push: float, land: float, between: float
) -> None:
    found = jumps(jumping("left_shank", (8.0, 8.0 + between), t0, push, land), ProtocolSettings())
    # half of the push-off at 0.20 s before, half of the landing at 0.17 s after
    want = t0 + np.array([8.0, 8.0 + between]) - 0.015
    assert found == pytest.approx(want, abs=0.003)


def test_a_jump_cut_off_or_with_lost_samples_is_none() -> None:
    whole = jumping("pelvis", (8.0, 10.0))
    gone = whole.missing.copy()
    gone[round(7.9 * FS) : round(7.95 * FS)] = True
    assert len(jumps(replace(whole, missing=gone), ProtocolSettings())) < 2
    still = jumping("pelvis", ())
    assert len(jumps(still, ProtocolSettings())) == 0


@pytest.mark.parametrize(
    ("a", "b", "want"),
    [
        ((10.0, 11.8), (310.0, 311.8), -300.0),
        ((10.0, 11.8, 14.1), (311.8, 314.1), -300.0),
        ((10.0, 11.8), (310.0,), None),  # one fits any
        ((10.0, 11.8), (310.0, 312.3), None),  # at other distances
        ((), (310.0, 311.8), None),
    ],
)
def test_jump_shift(a: tuple[float, ...], b: tuple[float, ...], want: float | None) -> None:
    found = jump_shift(np.array(a), np.array(b), S.sync)
    assert found == (None if want is None else pytest.approx(want))


def matched(offset_s: float) -> ClockMatch:
    return ClockMatch("left_shank", "pelvis", offset_s, 0.0, 100.0, 1.0, 5, 100, 50.0, True)


@pytest.mark.parametrize(
    ("late_ms", "share"),
    [
        (8.0, 0.5),  # two errors alike: half way
        (-8.0, 0.5),
        (28.0, 1.0),  # another rise was taken for the landing
        (-28.0, 1.0),
        (150.0, 0.0),  # not the same jumps
    ],
)
def test_gait_and_jumps_weighed(late_ms: float, share: float) -> None:
    own = np.array([310.0, 311.8])
    beside = own - 300.0 + 1e-3 * late_ms
    found = by_jumps(matched(-300.0), beside, own, S.sync)
    assert found.offset_s == pytest.approx(-300.0 + 1e-3 * share * late_ms)
    assert found.jumps == (2 if share else 0)


def test_without_jumps_the_gait_alone_counts() -> None:
    m = matched(-300.0)
    assert by_jumps(m, np.zeros(0), np.array([310.0]), S.sync) is m


def test_jumps_make_a_short_run_clear() -> None:
    recording = validation_case(4, rate_hz=100.0, protocol="movements", duration_s=22.0)[0]
    given_ = {p: uniform(s) for p, s in recording.streams.items()}
    late = replace(given_["left_shank"], t0=given_["left_shank"].t0 + 300.0)
    given_["left_shank"] = late
    found = relate(given_, S.sync, S.events, ("left_shank",))["left_shank"]
    assert found.clear
    assert found.jumps == 2
    assert found.offset_s == pytest.approx(-300.0, abs=0.010)
    run = {p: _from(s, s.t0 + 44.0) for p, s in given_.items()}
    alone = relate(run, S.sync, S.events, ("left_shank",)).get("left_shank")
    assert alone is None or not alone.clear


def test_somebody_else_who_jumped_alike_is_not_believed() -> None:
    one, other = (
        validation_case(i, rate_hz=100.0, protocol="movements", duration_s=22.0)[0] for i in (4, 7)
    )
    mixed = {"pelvis": uniform(one["pelvis"]), "left_shank": uniform(other["left_shank"])}
    assert (
        len(jumps(mixed["pelvis"], S.protocol)) == len(jumps(mixed["left_shank"], S.protocol)) == 2
    )
    found = relate(mixed, S.sync, S.events, ("left_shank",)).get("left_shank")
    assert found is None or not found.clear


def _from(stream: UniformStream, start_s: float) -> UniformStream:
    found = cut(stream, start_s, np.inf)
    assert found is not None
    return found
