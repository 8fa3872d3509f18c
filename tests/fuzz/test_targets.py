"""What `make fuzz` explores for long, tried shortly: seeds with a few bytes changed, any bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.io.exports import MODULES, recognise
from hipgait.io.files import Source
from tests.fuzz.corpus import kept
from tests.fuzz.readers import KINDS
from tests.fuzz.targets import TARGETS, capture_seeds, decoder_seeds, decoders, profile_seeds

SEEDS = {name: list(target.seeds()) for name, target in TARGETS.items()}
CASES = [
    (name, number)
    for name, seeds in SEEDS.items()
    for number in range(len(seeds))
    if name != "readers"  # tests/io/test_fuzz.py changes files as people and disks do
]


@pytest.mark.parametrize(("name", "number"), CASES)
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=9))))
def test_seeds_with_a_few_bytes_changed(
    name: str, number: int, changes: list[tuple[float, bytes]]
) -> None:
    data = SEEDS[name][number]
    for where, new in changes:
        at = int(where * len(data))
        data = data[:at] + new + data[at + len(new) :]
    TARGETS[name].try_(data)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_fuzzing_found_holds(name: str) -> None:
    inputs = kept(name)
    assert len(inputs) > 10
    for data in inputs:
        TARGETS[name].try_(data)


def test_every_kind_of_file_is_read_whole(tmp_path: Path) -> None:
    """None is refused, so that what is fuzzed reaches the inside; every reader has its kind."""
    seen = set()
    for kind in KINDS:
        home = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        for name, content in (*kind.beside.items(), (kind.name, kind.whole)):
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        kind.read(home, home / kind.name)
        reader = recognise(Source(home / kind.name))
        seen.add(reader.NAME if reader else None)
    assert seen >= {*MODULES, "csv"}


@given(data=st.binary(max_size=300), name=st.sampled_from(sorted(TARGETS)))
def test_any_bytes(data: bytes, name: str) -> None:
    TARGETS[name].try_(data)


def test_there_is_something_to_begin_with() -> None:
    """A seed for each stream, each profile, and a capture with the insides of its chunks."""
    assert len(list(decoder_seeds())) > len(list(profile_seeds())) > 10
    assert len(list(capture_seeds())) >= 2


def test_a_broken_promise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.targets.MOST", 0)
    with pytest.raises(AssertionError, match="thin air"):
        decoders(SEEDS["decoders"][0])
