"""A leg's file under the pelvis' name is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hipgait.api import analyze
from hipgait.errors import InputError
from hipgait.io.reader import read_run
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.kinematics.wrong_file import refuse_wrong_pelvis
from hipgait.resources import data_path
from tests.kinematics.rested import rested

RUN = read_run(data_path("tired-runner"))
STREAMS = {p: uniform(s) for p, s in RUN.streams.items()}


@pytest.mark.parametrize("source", ["left_shank", "right_shank"])
@pytest.mark.parametrize("alone", [True, False])
def test_a_shank_is_no_pelvis(source: str, alone: bool) -> None:
    wrong = {"pelvis": STREAMS[source]}
    if not alone:
        wrong |= {"left_shank": STREAMS["pelvis"], "right_shank": STREAMS["right_shank"]}
    with pytest.raises(InputError, match=r"back\.csv: turns like a leg") as caught:
        refuse_wrong_pelvis(wrong, {"pelvis": "back.csv"})
    assert "--sensor" in caught.value.cure
    assert ("left shank" in str(caught.value)) == (not alone)


def _slower(placement: str, share: float) -> UniformStream:
    """A shank that turns by a share of its rate, under another name."""
    leg = STREAMS["left_shank"]
    assert leg.gyr is not None
    return replace(leg, placement=placement, gyr=share * leg.gyr)


@pytest.mark.parametrize("share", [0.5, 0.7, 0.95])
def test_a_trouser_pocket_is_no_pelvis(share: float) -> None:
    streams = {**STREAMS, "pelvis": _slower("pelvis", share)}
    with pytest.raises(InputError, match=r"turns like a (thigh|leg)") as caught:
        refuse_wrong_pelvis(streams, {"pelvis": "pocket.csv"})
    if share == 0.5:
        assert "pocket.csv: turns like a thigh" in str(caught.value)
        assert "trouser pocket" in caught.value.cure
    refuse_wrong_pelvis({**STREAMS, "pelvis": _slower("pelvis", 0.3)}, {})


@pytest.mark.parametrize("rest_s", [(1800.0, 0.0), (0.0, 1800.0)])
def test_a_long_rest_hides_no_leg(rest_s: tuple[float, float]) -> None:
    leg = rested(STREAMS["left_shank"], *rest_s)
    with pytest.raises(InputError, match="turns like a leg"):
        refuse_wrong_pelvis({"pelvis": leg}, {})
    refuse_wrong_pelvis({p: rested(s, *rest_s) for p, s in STREAMS.items()}, {})


def test_the_right_files_pass() -> None:
    refuse_wrong_pelvis(STREAMS, {})
    refuse_wrong_pelvis({"pelvis": STREAMS["pelvis"]}, {})
    refuse_wrong_pelvis({p: s for p, s in STREAMS.items() if p != "pelvis"}, {})


def test_one_file_under_two_names() -> None:
    same = replace(RUN["left_shank"], placement="right_shank")
    streams = {**RUN.streams, "right_shank": same}
    with pytest.raises(InputError, match=r"hold the same data \(left_shank, right_shank\)"):
        analyze(replace(RUN, streams=streams))


def test_analyze_refuses_exchanged_files() -> None:
    streams = dict(RUN.streams)
    streams["pelvis"] = replace(RUN["left_shank"], placement="pelvis")
    streams["left_shank"] = replace(RUN["pelvis"], placement="left_shank")
    with pytest.raises(InputError, match="turns like a leg"):
        analyze(replace(RUN, streams=streams))
