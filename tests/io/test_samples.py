"""Arrays of samples taken out of JSON: every number kept, nothing taken that JSON refuses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.io.exports.samples import picked, taken_out

NAMES = (b"Acc", b"Gyr")
NUMBERS = st.one_of(st.floats(-1e9, 1e9), st.integers(-1000, 1000), st.sampled_from([1e-300, 0]))
ARRAYS = st.lists(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=4), max_size=5)


def packets(arrays: list[list[tuple[float, float, float]]], spaced: bool) -> bytes:
    lists = [[dict(zip("xyz", row, strict=True)) for row in rows] for rows in arrays]
    text = [{"t": k, "Acc": rows, "Other": rows} for k, rows in enumerate(lists)]
    return json.dumps(text, separators=(", ", ": ") if spaced else (",", ":")).encode()


@given(ARRAYS.filter(lambda arrays: any(map(len, arrays))), st.booleans())
def test_every_sample_to_the_last_digit(
    arrays: list[list[tuple[float, float, float]]], spaced: bool
) -> None:
    found = taken_out(packets(arrays, spaced), NAMES)
    assert found is not None
    text, samples = found
    values, counts = picked(samples, [packet["Acc"] for packet in json.loads(text)])
    assert counts.tolist() == [len(rows) for rows in arrays]
    assert values.tolist() == [list(map(float, row)) for rows in arrays for row in rows]


USUAL = b'[{"Acc":[{"x":1.5,"y":-0,"z":3e-2},{"x":0.25,"y":70,"z":-8}],"t":1}]'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1.5", b"01.5"),
        (b"1.5", b"+1.5"),
        (b"1.5", b"1."),
        (b"1.5", b".5"),
        (b"1.5", b"-.5"),
        (b"3e-2", b"3.e-2"),
        (b"3e-2", b"3e"),
        (b"-0", b"-00"),
        (b"-0", b"-"),
        (b"1.5", b""),
        (b"1.5", b"1 5"),
        (b"1.5", b"nan"),
        (b"1.5", b"-inf"),
        (b"1.5", b"1e999"),
        (b"1.5", b'"1.5"'),
        (b"1.5", b"[1.5]"),
        (b"70", b"7\x000"),
        (b'{"x":1.5', b'{1"x":.5'),
        (b'"x":1.5', b'"1x":.5'),
        (b'"y":-0', b'"Y":-0'),
        (b',"y":-0', b';"y":-0'),
        (b'"y":-0,', b""),
        (b"},{", b"}{"),
        (b"},{", b"}],[{"),
        (b"}]", b",}]"),
        (b"}]", b"},]"),
        (b"}]", b"},5]"),
        (b'"Acc":[', b'"Acc":[5,'),
        (b'"Acc":', b'"Gyr":[0],"Acc":'),
        (b'"Acc":', b'"\\u0047yr":[0],"Acc":'),
    ],
)
def test_anything_else_is_left_to_the_decoder(old: bytes, new: bytes) -> None:
    assert taken_out(USUAL, NAMES) is not None
    broken = USUAL.replace(old, new, 1)
    assert broken != USUAL
    found = taken_out(broken, NAMES)
    if found is None:
        return
    with pytest.raises(ValueError, match=r"Expecting|delimiter|value"):  # what is left is no JSON
        json.loads(found[0])


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"x":1', b'{"x":1,"y":2,"z":3', b":::"])
def test_no_samples(text: bytes) -> None:
    assert taken_out(text, NAMES) is None
