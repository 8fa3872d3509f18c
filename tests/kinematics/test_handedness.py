"""Mirrored axes and a negated gyroscope are refused; what is right never is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hipgait.api import analyze
from hipgait.errors import InputError
from hipgait.io.reader import read_run
from hipgait.kinematics.handedness import refuse_mirrored
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.resources import data_dir
from tests.conftest import real_data
from tests.kinematics.rested import rested

STREAMS = {p: uniform(s) for p, s in read_run(data_dir() / "tired-runner").streams.items()}
MIRROR = np.diag([1.0, 1.0, -1.0])


def negated(stream: UniformStream) -> UniformStream:
    assert stream.gyr is not None
    return replace(stream, gyr=-stream.gyr)


def mirrored(stream: UniformStream) -> UniformStream:
    assert stream.gyr is not None
    return replace(stream, acc=stream.acc @ MIRROR, gyr=stream.gyr @ MIRROR)


@pytest.mark.parametrize("placement", STREAMS)
@pytest.mark.parametrize("wrong", [negated, mirrored])
def test_mirrored_axes_are_refused(
    placement: str, wrong: Callable[[UniformStream], UniformStream]
) -> None:
    stream = STREAMS[placement]
    refuse_mirrored(stream)
    with pytest.raises(InputError, match=r"back\.csv: .*mirrored") as caught:
        refuse_mirrored(wrong(stream), "back.csv")
    assert caught.value.cure


@pytest.mark.parametrize("placement", STREAMS)
@pytest.mark.parametrize("limit_deg_s", [250.0, 500.0])
def test_a_clipped_or_biased_gyroscope_is_not_mirrored(placement: str, limit_deg_s: float) -> None:
    stream = STREAMS[placement]
    assert stream.gyr is not None
    limit = np.radians(limit_deg_s)
    refuse_mirrored(replace(stream, gyr=np.clip(stream.gyr, -limit, limit)))
    refuse_mirrored(replace(stream, gyr=stream.gyr + np.radians(5.0)))


@pytest.mark.parametrize("placement", STREAMS)
@pytest.mark.parametrize("rest_s", [(1200.0, 0.0), (0.0, 1200.0)])
def test_a_long_rest_hides_nothing(placement: str, rest_s: tuple[float, float]) -> None:
    refuse_mirrored(rested(STREAMS[placement], *rest_s))
    with pytest.raises(InputError, match="mirrored"):
        refuse_mirrored(rested(negated(STREAMS[placement]), *rest_s))


def test_too_little_tells_nothing() -> None:
    stream = negated(STREAMS["pelvis"])
    short = slice(0, 500)
    cut = replace(
        stream,
        acc=stream.acc[short],
        gyr=None if stream.gyr is None else stream.gyr[short],
        missing=stream.missing[short],
        gyr_clipped=stream.gyr_clipped[short],
    )
    refuse_mirrored(cut)
    refuse_mirrored(replace(cut, placement="left_shank", gyr=None))


def test_analyze_names_the_file() -> None:
    recording = read_run(data_dir() / "tired-runner")
    pelvis = recording["pelvis"]
    assert pelvis.gyr is not None
    wrong = replace(pelvis, gyr=-pelvis.gyr)
    with pytest.raises(InputError, match="of pelvis turn against each other"):
        analyze(replace(recording, streams={**recording.streams, "pelvis": wrong}))


def test_a_measured_person_is_not_refused() -> None:
    for stream in read_run(Path(real_data("lower-body-ximu3"))).streams.values():
        refuse_mirrored(uniform(stream))
