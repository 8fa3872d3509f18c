"""Whatever the bytes: one clear line, or a recording; never a traceback."""

from __future__ import annotations

import gzip
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.io import build, phones
from tests.io.small import KINDS, SAMPLES, outcome


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "toml"])
def test_samples_are_sound(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "pelvis.csv"
    path.write_bytes(SAMPLES[kind])
    assert outcome(path) is None


@given(data=st.binary(max_size=400))
def test_random_bytes(tmp_path: Path, data: bytes) -> None:
    for name in ("pelvis.csv", "pelvis.csv.gz", "run.zip", "pelvis"):
        path = tmp_path / name
        path.write_bytes(data)
        assert outcome(path) is not None


@given(kind=st.sampled_from(KINDS), data=st.data())
def test_damaged_samples(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    whole = SAMPLES[kind]
    dice = random.Random(data.draw(st.integers(0, 2**32)))
    between = max((b",", b";", b"\t"), key=whole.count)
    change = data.draw(
        st.sampled_from(["cut", "flip", "lines", "columns", "cells", "splice", "gz"])
    )
    if change == "cut":
        broken = whole[: dice.randrange(len(whole))]
    elif change == "flip":
        array = bytearray(whole)
        for _ in range(dice.randrange(1, 20)):
            array[dice.randrange(len(array))] = dice.randrange(256)
        broken = bytes(array)
    elif change == "lines":
        lines = whole.split(b"\n")
        dice.shuffle(lines)
        broken = b"\n".join(lines[: dice.randrange(len(lines))])
    elif change == "columns":
        rows = [line.split(between) for line in whole.split(b"\n")]
        order = list(range(max(len(r) for r in rows)))
        dice.shuffle(order)
        broken = b"\n".join(between.join(r[k] for k in order if k < len(r)) for r in rows)
    elif change == "cells":
        words = [b"1e308", b"-1e999", b"nan", b"", b"x", b"0", b"\xff", b'"', b"9" * 400, b"\0"]
        rows = [line.split(between) for line in whole.split(b"\n")]
        for _ in range(dice.randrange(1, 6)):
            row = dice.choice(rows)
            row[dice.randrange(len(row))] = dice.choice(words)
        broken = b"\n".join(between.join(r) for r in rows)
    elif change == "splice":
        other = SAMPLES[dice.choice(KINDS)]
        broken = whole[: dice.randrange(len(whole))] + other[dice.randrange(len(other)) :]
    else:
        packed = gzip.compress(whole)
        broken = packed[: dice.randrange(len(packed))]
    name = "pelvis.csv.gz" if change == "gz" else "pelvis.csv"
    if kind == "toml":
        (tmp_path / "pelvis.csv").write_bytes(SAMPLES["csv"])
        (tmp_path / "pelvis.run.toml").write_bytes(broken)
        outcome(tmp_path / "pelvis.csv")
        (tmp_path / "pelvis.run.toml").unlink()
        return
    (tmp_path / name).write_bytes(broken)
    outcome(tmp_path / name)
    (tmp_path / name).unlink()


@given(
    values=st.lists(
        st.lists(st.floats(width=32, allow_nan=True), min_size=7, max_size=7),
        min_size=1,
        max_size=12,
    )
)
def test_any_numbers(tmp_path: Path, values: list[list[float]]) -> None:
    rows = [",".join(repr(v) for v in row) for row in values]
    path = tmp_path / "pelvis.csv"
    path.write_text("\n".join([build.HEADER, *rows]))
    outcome(path)


@given(seed=st.integers(0, 2**32), gone=st.booleans())
def test_damaged_phone_folder(tmp_path: Path, seed: int, gone: bool) -> None:
    dice = random.Random(seed)
    folder = phones.logger_folder(tmp_path / "pelvis", dice.choice(["ios", "android"]), n=40)
    file = dice.choice(sorted(folder.iterdir()))
    text = bytearray(file.read_bytes())
    if gone:
        file.unlink()
    else:  # where the names of the columns are as often as elsewhere
        for _ in range(dice.randrange(1, 5)):
            text[dice.randrange(dice.choice([30, len(text)]))] = dice.choice(b'\r\n,;\x00\xff"x7')
        file.write_bytes(text)
    outcome(tmp_path)
    shutil.rmtree(folder)
