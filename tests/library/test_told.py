"""What run.json tells of a run may be corrected, elsewhere too; a day is the runner's own."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hipgait import library
from hipgait.errors import HipgaitError, InputError
from hipgait.library.ingest import read_found, stamp
from hipgait.library.migrate import rebuild
from hipgait.library.opening import open_library
from hipgait.library.store import FORMAT, INDEX, Library
from hipgait.library.verify import verify
from hipgait.stats.plan import Plan
from tests.library.runs import DROP, months, save


def written(folder: Path, at_s: float) -> Path:
    """The folder, its run.json of a given time."""
    os.utime(folder / "run.json", (at_s, at_s))
    return folder


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old"), ("",)])
def test_a_shoe_corrected_in_a_folder_beside_counts(tmp_path: Path, order: tuple[str, ...]) -> None:
    """As a batch does: the corrected run.toml gives a folder beside, with the same strides."""
    written(save(tmp_path / "in" / "old", shoe="B"), 1e9)
    written(save(tmp_path / "in" / "new", shoe="C", notes="x"), 2e9)
    for _ in range(2):
        for name in order:
            library.index(tmp_path / "in" / name, library=tmp_path / "lib")
        (row,) = library.runs(tmp_path / "lib")
        assert (row["shoe"], row["folder"]) == ("C", str(tmp_path / "in" / "new"))
    with open_library(tmp_path / "lib") as lib:
        assert lib.count() == (1, 1)
        assert verify(lib).to_dict()["changed"] == []


def test_a_later_copy_of_the_same_words_moves_nothing(tmp_path: Path) -> None:
    written(save(tmp_path / "in"), 1e9)
    library.index(tmp_path / "in", library=tmp_path / "lib")
    written(shutil.copytree(tmp_path / "in", tmp_path / "copy"), 2e9)
    done = library.index(tmp_path / "copy", library=tmp_path / "lib")
    assert (done.known, done.told, done.moved) == (1, 0, 0)
    assert library.runs(tmp_path / "lib")[0]["folder"] == str(tmp_path / "in")


def test_a_folder_written_again_with_the_same_words_is_read_once(tmp_path: Path) -> None:
    written(save(tmp_path / "in"), 1e9)
    library.index(tmp_path / "in", library=tmp_path / "lib")
    written(tmp_path / "in", 2e9)
    done = library.index(tmp_path / "in", library=tmp_path / "lib")
    assert (done.known, done.told) == (1, 0)
    assert library.runs(tmp_path / "lib")[0]["seen"] == stamp(tmp_path / "in")


def test_strides_changed_behind_the_library_are_taken_in_when_it_is_asked(tmp_path: Path) -> None:
    """What ``verify`` says to do about it does it."""
    save(tmp_path / "in")
    library.index(tmp_path / "in", library=tmp_path / "lib")
    save(tmp_path / "other", n=8)
    shutil.copy(tmp_path / "other" / "strides.parquet", tmp_path / "in")
    with open_library(tmp_path / "lib") as lib:
        assert verify(lib).changed == [str(tmp_path / "in")]
        assert library.index(tmp_path / "in", library=tmp_path / "lib").again == 1
        assert verify(lib).changed == []
        assert lib.count() == (1, 2)
    assert library.index(tmp_path / "in", library=tmp_path / "lib").known == 1
    assert len(library.query("SELECT * FROM strides", tmp_path / "lib")) == 8


def test_a_folder_whose_name_is_no_utf8_stops_nothing(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a", recording="a")
    odd = Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/\xff"))
    try:
        save(tmp_path / "b", recording="b").rename(odd)
    except OSError:
        pytest.skip("this file system takes no such name")
    done = library.index(tmp_path / "in", library=tmp_path / "lib")
    assert done.new == 1
    ((where, what),) = done.failed
    assert where == str(tmp_path / "in" / "?")
    assert "not UTF-8" in what
    shutil.rmtree(tmp_path / "in" / "a")
    with open_library(tmp_path / "lib") as lib:
        assert verify(lib, [tmp_path / "in"]).gone == [str(tmp_path / "in" / "a")]


def test_a_folder_that_cannot_be_looked_into_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "in" / "a", recording="a")
    save(tmp_path / "in" / "secret" / "b", recording="b")
    secret, look = str(tmp_path / "in" / "secret"), os.scandir

    def scandir(place: str) -> Any:
        if str(place) == secret:
            raise PermissionError(13, "Permission denied", secret)
        return look(place)

    monkeypatch.setattr(os, "scandir", scandir)
    done = library.index(tmp_path / "in", library=tmp_path / "lib")
    assert (done.new, done.failed) == (1, [(secret, "cannot be looked into (Permission denied)")])
    with pytest.raises(InputError, match=r"secret: cannot be looked into"):
        library.index(Path(secret), library=tmp_path / "lib")


def evening(folder: Path, recording: str, utc: str, local: str, drop: float) -> None:
    """A run that began on one day by UTC and on another by the runner's clock."""
    file = save(folder, recording=recording, drop=drop, name=recording) / "run.json"
    found = {**json.loads(file.read_text()), "start_utc": utc, "start_local": local}
    file.write_text(json.dumps(found))


def test_a_trend_counts_the_runners_own_days(tmp_path: Path) -> None:
    """Ten past six in the evening of 31 March in Denver is 1 April by UTC."""
    evening(tmp_path / "in" / "a", "a", "2026-04-01T00:10:00+00:00", "2026-03-31T18:10:00-06:00", 5)
    evening(tmp_path / "in" / "b", "b", "2026-04-05T00:10:00+00:00", "2026-04-04T18:10:00-06:00", 9)
    library.index(tmp_path / "in", library=tmp_path / "lib")
    plan = Plan(block_start=date(2026, 4, 1), exclude=("2026-04-04",))
    found = library.trend(DROP, plan=plan, library=tmp_path / "lib")
    assert [r.day for r in found.runs] == [date(2026, 3, 31), date(2026, 4, 4)]
    assert [r.phase for r in found.runs] == ["before", "wash_in"]
    assert [r.mean for r in found.runs] == [5.0, None]
    assert [m.month for m in found.months] == ["2026-03", "2026-04"]
    assert found.check_runs == 1
    days = library.query("SELECT day(start_local) AS day FROM runs ORDER BY 1", tmp_path / "lib")
    assert days["day"].tolist() == [4, 31]


def test_of_two_programs_that_bring_a_library_up_to_date_the_second_changes_nothing(
    tmp_path: Path,
) -> None:
    """The second one looked before the first was through; runs taken in since must stay."""
    months(tmp_path / "in", [4.0, 5.0])
    library.index(tmp_path / "in", library=tmp_path / "lib")
    link = sqlite3.connect(tmp_path / "lib" / INDEX)
    link.execute("PRAGMA user_version = 1")
    link.close()
    late = Library.as_it_is(tmp_path / "lib")
    with late:
        assert late.version == 1
        save(tmp_path / "in" / "more", recording="more")
        library.index(tmp_path / "in", library=tmp_path / "lib")
        asked: list[str] = []
        late.db.set_trace_callback(asked.append)
        assert rebuild(late, late.version) == 3
    assert not [sql for sql in asked if sql.startswith(("DROP", "INSERT"))]
    with open_library(tmp_path / "lib") as lib:
        assert (lib.version, lib.count()) == (FORMAT, (3, 3))


def test_what_is_read_of_a_folder_needs_a_name_that_can_be_kept(tmp_path: Path) -> None:
    with pytest.raises(HipgaitError, match="not UTF-8"):
        read_found(tmp_path / os.fsdecode(b"\xff"))
