"""One clock for all sensors: never off by a step, and silent where the gait does not tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hipgait.api import analyze
from hipgait.errors import InputError
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.recording import Recording
from hipgait.settings import Settings
from hipgait.simulate.cases import validation_case
from hipgait.sync.apply import one_clock, synchronise
from hipgait.sync.refine import cut, joined
from hipgait.sync.relate import relate
from hipgait.sync.tracks import Track
from tests.kinematics.rested import rested

Streams = dict[str, UniformStream]
S = Settings()
STEP_S = 0.25  # shorter than any step
GOOD_S = 0.030


@cache
def recorded(case: int = 5) -> Recording:
    return validation_case(case, rate_hz=100.0, duration_s=130.0)[0]


@cache
def streams(case: int = 5) -> Mapping[str, UniformStream]:
    return {p: uniform(s) for p, s in recorded(case).streams.items()}


def late(stream: UniformStream, offset_s: float, ppm: float = 0.0) -> UniformStream:
    """The stream as a clock stamps it that shows ``offset_s`` too much and runs ``ppm`` fast."""
    rate = 1 + 1e-6 * ppm
    return replace(stream, t0=stream.t0 * rate + offset_s, fs=stream.fs / rate)


def part(stream: UniformStream, start: float, stop: float) -> UniformStream:
    found = cut(stream, start, stop)
    assert found is not None
    return found


def late_recording(placement: str, offset_s: float, *, apart: bool = False) -> Recording:
    run = recorded()
    moved = replace(run[placement], time_s=run[placement].time_s + offset_s)
    out = replace(run, streams={**run.streams, placement: moved})
    if apart:
        out = replace(out, synchronised=False, apart=(placement,))
    return out


@settings(max_examples=8)
@given(
    offset=st.floats(-600.0, 600.0),
    ppm=st.floats(-100.0, 100.0),
    other=st.floats(-600.0, 600.0),
    cuts=st.tuples(*(st.floats(0.0, 25.0) for _ in range(4))),
    case=st.sampled_from([3, 5]),
)
def test_offset_is_found_whatever_its_size_and_sign(
    offset: float, ppm: float, other: float, cuts: tuple[float, ...], case: int
) -> None:
    own = streams(case)
    end = own["pelvis"].t0 + own["pelvis"].n / own["pelvis"].fs
    given_ = {
        "pelvis": late(part(own["pelvis"], cuts[0], end - cuts[1]), other),
        "left_shank": late(part(own["left_shank"], cuts[2], end - cuts[3]), offset, ppm),
    }
    found = relate(given_, S.sync, S.events, ("left_shank",))["left_shank"]
    assert found.clear
    at = np.array([40.0, 75.0, 110.0])
    error = found.on_reference(at * (1 + 1e-6 * ppm) + offset) - (at + other)
    assert np.abs(error).max() < GOOD_S


@pytest.mark.parametrize("offset", [0.35, -0.35, 0.7, -0.7, 0.02])
def test_never_off_by_a_step_or_a_stride(offset: float) -> None:
    given_ = dict(streams())
    given_["left_shank"] = late(given_["left_shank"], offset)
    found = relate(given_, S.sync, S.events, tuple(given_))
    assert all(m.clear for m in found.values())
    assert found["left_shank"].offset_s == pytest.approx(-offset, abs=GOOD_S)
    assert found["right_shank"].offset_s == pytest.approx(0.0, abs=GOOD_S)


@pytest.mark.parametrize("offset", [12.5, -0.36])
def test_two_shanks_alone(offset: float) -> None:
    own = streams()
    given_ = {"left_shank": own["left_shank"], "right_shank": late(own["right_shank"], offset)}
    found = relate(given_, S.sync, S.events, ("right_shank",))["right_shank"]
    assert found.clear
    assert found.offset_s == pytest.approx(-offset, abs=GOOD_S)


def test_accelerometers_alone() -> None:
    given_ = {p: replace(s, gyr=None) for p, s in streams().items()}
    given_["right_shank"] = late(given_["right_shank"], -3.0)
    found = relate(given_, S.sync, S.events, ("right_shank",))["right_shank"]
    assert found.clear
    assert found.offset_s == pytest.approx(3.0, abs=GOOD_S)


def metronome(stream: UniformStream, period_s: float) -> UniformStream:
    """The same stride again and again: nothing tells one from the next."""
    k = round(period_s * stream.fs)
    lo = round(60.0 * stream.fs)
    again = np.tile(np.arange(lo, lo + k), 150)
    no = np.zeros(len(again), dtype=bool)
    noise = 0.2 * np.random.default_rng(len(stream.placement)).standard_normal((len(again), 3))
    assert stream.gyr is not None
    return UniformStream(
        stream.placement, 0.0, stream.fs, stream.acc[again] + noise, stream.gyr[again], no, no, no
    )


def test_strides_that_are_all_alike_move_nothing() -> None:
    given_ = {p: metronome(s, 0.73) for p, s in streams().items()}
    given_["left_shank"] = late(given_["left_shank"], 0.5)
    done = one_clock(given_, ("left_shank",), "gait", S)
    assert not done.moves
    assert done.apart == ("left_shank",)
    assert any("does not show where left shank belongs" in n for n in done.notes)


def test_somebody_elses_sensor_moves_nothing() -> None:
    given_ = {**streams(), "left_shank": streams(3)["left_shank"]}
    done = one_clock(given_, ("left_shank",), "gait", S)
    assert "left_shank" not in done.moves


def test_a_clock_that_jumps_moves_nothing() -> None:
    given_ = dict(streams())
    whole = given_["left_shank"]
    at = round(75.0 * whole.fs)
    hole = round(0.15 * whole.fs)
    keep = np.r_[0:at, at + hole : whole.n]
    given_["left_shank"] = late(
        replace(
            whole,
            acc=whole.acc[keep],
            gyr=None if whole.gyr is None else whole.gyr[keep],
            missing=whole.missing[keep],
            acc_clipped=whole.acc_clipped[keep],
            gyr_clipped=whole.gyr_clipped[keep],
        ),
        5.0,
    )
    done = one_clock(given_, ("left_shank",), "gait", S)
    assert "left_shank" not in done.moves


def faulty(name: str, stream: UniformStream) -> UniformStream:
    acc = stream.acc.copy()
    missing = stream.missing.copy()
    if name == "hole":
        hole = slice(round(60 * stream.fs), round(85 * stream.fs))
        acc[hole], missing[hole] = acc[hole.start], True
    elif name == "clipped":
        acc = np.clip(acc, -40.0, 40.0)
    elif name == "noise":
        acc = acc + 3.0 * np.random.default_rng(1).standard_normal(acc.shape)
    return replace(stream, acc=acc, missing=missing)


@pytest.mark.parametrize("fault", ["hole", "clipped", "noise"])
@pytest.mark.parametrize("placement", ["pelvis", "left_shank"])
def test_bad_signals_are_brought_together_or_left(fault: str, placement: str) -> None:
    given_ = dict(streams())
    given_[placement] = faulty(fault, given_[placement])
    given_["left_shank"] = late(given_["left_shank"], 4.4)
    done = one_clock(given_, ("left_shank",), "auto", S)
    if "left_shank" in done.moves:
        assert done.moves["left_shank"].offset_s == pytest.approx(-4.4, abs=0.045)
    else:
        assert done.apart == ("left_shank",)


def test_nobody_moves() -> None:
    given_ = {p: part(s, 0.5, 8.5) for p, s in streams().items()}
    assert relate(given_, S.sync, S.events) == {}
    done = one_clock(given_, (), "auto", S)
    assert not done.notes
    assert set(done.streams) == set(given_)


# ---------------------------------------------------------------------------- what is done with it


def test_sensors_that_agree_are_left_as_they_are() -> None:
    run = recorded()
    assert synchronise(run).notes == run.notes
    assert synchronise(run)["left_shank"] is run["left_shank"]
    sync = analyze(run).quality["sync"]
    assert sync["mode"] == "auto"
    assert [row["moved"] for row in sync["sensors"].values()] == [False, False]


def test_one_clock_that_does_not_hold_is_told_and_corrected_on_demand() -> None:
    wrong = late_recording("left_shank", 0.5)
    told = analyze(wrong, sync="clock")
    assert any("left shank: its clock is" in n and "ahead of" in n for n in told.quality["notes"])
    assert not told.quality["sync"]["sensors"]["left_shank"]["moved"]
    mended = analyze(wrong)  # so far off that nothing could be trusted
    assert mended.quality["sync"]["sensors"]["left_shank"]["moved"]
    right = analyze(recorded())
    for side in ("left", "right"):
        want = right.run["summary"]["pelvic_drop_excursion"][side]["mean"]
        got = mended.run["summary"]["pelvic_drop_excursion"][side]["mean"]
        assert got == pytest.approx(want, abs=0.4)
    assert not analyze(wrong, sync="none").quality["sync"]["sensors"]


def test_the_odd_one_out_is_named() -> None:
    given_ = dict(streams())
    given_["pelvis"] = late(given_["pelvis"], 0.3)
    notes = one_clock(given_, (), "clock", S).notes
    assert len(notes) == 1
    assert notes[0].startswith("pelvis: its clock is ")
    assert "ahead of that of the others" in notes[0]


def test_overlapping_windows_make_one_sorted_track() -> None:
    def window(start: float) -> Track:
        time = start + 0.7 * np.arange(20)
        return Track("left_shank", time, np.full(20, 0.7), np.ones(20, dtype=bool), False)

    late, early, again = window(70.0), window(7.0), window(14.003)  # timed again, 3 ms apart
    track = joined([late, early, again])
    assert (np.diff(track.time_s) > 0.6).all()
    assert track.n == 20 + 30


def test_standing_for_long_is_no_evidence_on_clocks() -> None:
    """The rate found over the gait is not drawn out over what nobody compared."""
    longer = {p: rested(stream, 0.0, 3000.0) for p, stream in streams().items()}
    done = one_clock(longer, (), "auto", S)
    assert not done.notes
    assert not done.moves


@pytest.mark.parametrize("mode", ["auto", "gait"])
def test_a_sensor_apart_is_brought_back(mode: str) -> None:
    apart = late_recording("left_shank", 600.0, apart=True)
    whole = synchronise(replace(apart, notes=("clocks not synchronised: ...",)), mode)
    assert whole.synchronised
    assert not whole.apart
    back = whole["left_shank"].time_s[0] - recorded()["left_shank"].time_s[0]
    assert abs(back) < GOOD_S
    assert len(whole.notes) == 1
    assert "left shank: put on the clock of the pelvis by the gait, 600.0" in whole.notes[0]


@pytest.mark.parametrize(
    ("lost", "reference"), [("left_shank", "pelvis"), ("pelvis", "left_shank")]
)
def test_what_shares_no_time_is_left_out_and_the_rest_analysed(lost: str, reference: str) -> None:
    run = recorded()
    foreign = replace(recorded(3)[lost], time_s=recorded(3)[lost].time_s + 9000.0)
    others = tuple(p for p in run.streams if p != "pelvis")
    mixed = replace(
        run,
        streams={**run.streams, lost: foreign},
        synchronised=False,
        apart=("left_shank",) if lost == "left_shank" else others,
    )
    result = analyze(mixed)
    assert result.run["reference_placement"] == reference
    assert lost not in result.quality["streams"]
    assert any("left out" in n for n in result.quality["notes"])
    assert result.strides["valid"].sum() > 0.9 * analyze(run).strides["valid"].sum()


def test_unknown_mode() -> None:
    with pytest.raises(InputError, match="sync 'magic'"):
        analyze(recorded(), sync="magic")


def test_an_old_recording_names_nobody() -> None:
    assert replace(recorded(), synchronised=False).unrelated == ("left_shank", "right_shank")
    assert recorded().unrelated == ()
