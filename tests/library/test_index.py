"""Runs are known by what is in them: once, wherever they lie and however often they come."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hipgait import library
from hipgait.errors import FormatError, InputError, MissingInputError
from hipgait.io.identity import recording_id, tells_only
from hipgait.library.opening import open_library
from hipgait.library.packs import pack
from hipgait.library.rows import version_rank
from hipgait.library.store import Library
from hipgait.library.verify import verify
from tests.library.runs import DROP, months, save


def test_a_run_taken_in_twice_is_one_run(tmp_path: Path) -> None:
    save(tmp_path / "in" / "one", recording="a")
    save(tmp_path / "in" / "two", recording="b", day="2026-02-01")
    first = library.index(tmp_path / "in", library=tmp_path / "lib")
    assert (first.new, first.known, first.found) == (2, 0, 2)
    again = library.index(tmp_path / "in" / "one", tmp_path / "in", library=tmp_path / "lib")
    assert (again.new, again.known) == (0, 2)
    shutil.copytree(tmp_path / "in" / "one", tmp_path / "copy")
    assert library.index(tmp_path / "copy", library=tmp_path / "lib").known == 1
    rows = library.runs(tmp_path / "lib")
    assert [r["folder"] for r in rows] == [str(tmp_path / "in" / n) for n in ("two", "one")]


def test_a_moved_folder_is_found_again(tmp_path: Path) -> None:
    save(tmp_path / "old")
    library.index(tmp_path / "old", library=tmp_path / "lib")
    (tmp_path / "old").rename(tmp_path / "new")
    done = library.index(tmp_path / "new", library=tmp_path / "lib")
    assert (done.new, done.moved) == (0, 1)
    (row,) = library.runs(tmp_path / "lib")
    assert row["folder"] == str(tmp_path / "new")


def test_a_corrected_shoe_is_the_same_run(tmp_path: Path) -> None:
    save(tmp_path / "in")
    library.index(tmp_path / "in", library=tmp_path / "lib")
    save(tmp_path / "in", notes="x" * 50, shoe="C")
    done = library.index(tmp_path / "in", library=tmp_path / "lib")
    assert (done.new, done.again, done.told) == (0, 0, 1)
    (row,) = library.runs(tmp_path / "lib")
    assert row["shoe"] == "C"


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_of_two_analyses_the_newer_version_counts(tmp_path: Path, order: tuple[str, str]) -> None:
    save(tmp_path / "old", drop=4.0, version="0.9.0")
    save(tmp_path / "new", drop=6.0, version="0.10.0")
    done = [library.index(tmp_path / name, library=tmp_path / "lib") for name in order]
    assert [(d.new, d.again) for d in done] == [(1, 0), (0, 1)]
    (row,) = library.runs(tmp_path / "lib")
    assert row["folder"] == str(tmp_path / "new")
    frame = library.query(
        "SELECT DISTINCT pelvic_drop_excursion_deg FROM strides", tmp_path / "lib"
    )
    assert frame.iloc[:, 0].tolist() == [6.0]
    both = library.query("SELECT count(*) FROM analyses", tmp_path / "lib")
    assert both.iloc[0, 0] == 2


def test_what_only_tells_of_a_run_makes_no_other_recording() -> None:
    files = [{"path": "a/pelvis.csv", "sha256": "1" * 64}]
    more = [*files, {"path": "a\\run.toml", "sha256": "2" * 64}]
    assert recording_id(files) == recording_id(more)
    assert recording_id(files) != recording_id([{"path": "a/pelvis.csv", "sha256": "3" * 64}])
    assert recording_id([], "x") != recording_id([], "y")
    assert tells_only("x/watch.FIT")
    assert tells_only("run7.run.toml")
    assert not tells_only("recording.json")


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("run.json", b"{", "damaged"),
        ("run.json", b'{"schema_version": "2.0"}', "Update hipgait"),
        ("run.json", b'{"schema_version": "1.0"}', "no summary"),
        ("strides.parquet", b"PAR1", "cut off"),
        ("strides.parquet", b"", "cut off"),
    ],
)
def test_a_bad_folder_stops_nothing(tmp_path: Path, file: str, content: bytes, words: str) -> None:
    save(tmp_path / "in" / "bad")
    save(tmp_path / "in" / "good", recording="b")
    (tmp_path / "in" / "bad" / file).write_bytes(content)
    done = library.index(tmp_path / "in", library=tmp_path / "lib")
    assert done.new == 1
    ((where, what),) = done.failed
    assert where.endswith("bad")
    assert words in what


def test_an_older_file_lacks_columns_and_keys(tmp_path: Path) -> None:
    """What later versions added is empty, not an error."""
    from hipgait.io.results import write_json, write_strides
    from tests.library.runs import document, strides

    save(tmp_path / "in" / "new")
    old = tmp_path / "in" / "old"
    old.mkdir()
    write_strides(old / "strides.parquet", strides(4, 3.0).drop(columns=["lap", "confidence"]))
    found = document("b", None)
    found["quality"] = {}
    del found["info"], found["versions"]
    write_json(old / "run.json", found)
    assert library.index(tmp_path / "in", library=tmp_path / "lib").new == 2
    frame = library.query(
        "SELECT run, count(*) AS n, count(lap) AS laps FROM strides GROUP BY run ORDER BY n",
        tmp_path / "lib",
    )
    assert frame[["n", "laps"]].to_numpy().tolist() == [[4, 0], [6, 6]]
    assert library.runs(tmp_path / "lib")[-1]["minutes"] is None


def test_an_older_library_is_rebuilt(tmp_path: Path) -> None:
    months(tmp_path / "in", [4.0, 5.0])
    library.index(tmp_path / "in", library=tmp_path / "lib")
    before = library.runs(tmp_path / "lib")
    db = sqlite3.connect(tmp_path / "lib" / "index.sqlite")
    db.executescript("DROP TABLE outcomes; ALTER TABLE runs DROP COLUMN minutes; "
                     "PRAGMA user_version = 0;")  # fmt: skip
    db.close()
    assert library.runs(tmp_path / "lib") == before
    assert len(library.query("SELECT * FROM outcomes", tmp_path / "lib")) == 2


def test_a_newer_or_damaged_library_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "in")
    library.index(tmp_path / "in", library=tmp_path / "lib")
    file = tmp_path / "lib" / "index.sqlite"
    db = sqlite3.connect(file)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(FormatError, match="newer hipgait"):
        library.runs(tmp_path / "lib")
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(FormatError, match="damaged"):
        library.runs(tmp_path / "lib")


def test_wrong_places_are_told(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="no library there"):
        library.runs(tmp_path / "lib")
    with pytest.raises(MissingInputError, match="no such folder"):
        library.index(tmp_path / "nowhere", library=tmp_path / "lib")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="holds other files"):
        library.index(save(tmp_path / "in"), library=tmp_path / "other")


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    save(tmp_path / "in")
    old = os.umask(0)
    try:
        library.index(tmp_path / "in", library=tmp_path / "lib")
    finally:
        os.umask(old)
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "lib").rglob("*")}
    modes[tmp_path / "lib"] = stat.S_IMODE((tmp_path / "lib").stat().st_mode)
    assert {m for p, m in modes.items() if p.is_dir()} == {0o700}
    assert {m for p, m in modes.items() if p.is_file()} == {0o600}
    assert not [p for p in modes if "anna" in str(p).lower()]


def test_two_programs_index_at_once(tmp_path: Path) -> None:
    """Both ask for all runs: each run is taken in by one of them."""
    months(tmp_path / "in", [float(k) for k in range(12)])
    code = (
        "import sys; from hipgait import library; "
        "d = library.index(sys.argv[1], library=sys.argv[2]); print(d.new, d.known)"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "in"), str(tmp_path / "lib")]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    counts = [tuple(map(int, p.communicate(timeout=120)[0].split())) for p in both]
    assert sorted(counts) in ([(0, 12), (12, 0)], [(0, 12), (12, 0)])
    assert len(library.runs(tmp_path / "lib")) == 12


def delete_outcomes(lib: Library, then: str | None) -> None:
    """Delete them all, and then fail."""
    with lib.writing() as db:
        db.execute("DELETE FROM outcomes")
        if then is None:
            raise RuntimeError
        db.execute(then)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    save(tmp_path / "in")
    library.index(tmp_path / "in", library=tmp_path / "lib")
    with open_library(tmp_path / "lib") as lib:
        with pytest.raises(RuntimeError):
            delete_outcomes(lib, None)
        with pytest.raises(InputError, match="cannot be written"):
            delete_outcomes(lib, "INSERT INTO athletes VALUES (NULL, NULL, NULL)")
        assert lib.rows("SELECT count(*) FROM outcomes")[0][0] == 1


def test_an_athlete_is_named_where_there_are_several(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a", recording="a", athlete="Anna  B")
    save(tmp_path / "in" / "b", recording="b", athlete="anna b")
    save(tmp_path / "in" / "c", recording="c", athlete=None)
    library.index(tmp_path / "in", library=tmp_path / "lib")
    with open_library(tmp_path / "lib") as lib:
        assert len(lib.runs("ANNA B")) == 2
        assert len(lib.runs("")) == 1
        with pytest.raises(InputError, match="2 athletes"):
            lib.find_athlete(None)
        with pytest.raises(InputError, match="no athlete 'Bob'"):
            lib.runs("Bob")


@pytest.mark.parametrize("longer", ["old", "new"])
@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_of_two_analyses_of_a_version_the_later_counts(
    tmp_path: Path, order: tuple[str, str], longer: str
) -> None:
    """Neither the size of run.json nor the order of indexing decides."""
    for name, digest, written_s in (("old", "00" * 8, 1e9), ("new", "ff" * 8, 2e9)):
        edit(save(tmp_path / name) / "run.json", settings={"digest": digest})
        file = tmp_path / name / "run.json"
        size = 9000 if name == longer else 8000
        file.write_text(file.read_text().ljust(size))
        os.utime(file, (written_s, written_s))
    for name in order:
        library.index(tmp_path / name, library=tmp_path / "lib")
    (row,) = library.runs(tmp_path / "lib")
    assert row["folder"] == str(tmp_path / "new")


def edit(file: Path, **changed: object) -> None:
    """Other values in a run.json."""
    found = json.loads(file.read_text())
    file.write_text(json.dumps({**found, **changed}))


@pytest.mark.parametrize(
    "changed",
    [
        {"start_utc": "yesterday"},
        {"start_utc": 5},
        {"info": {"athlete": "Anna"}},
        {"info": {"shoe": ["B"]}},
        {"summary": {DROP: 5}},
        {"summary": {DROP: {"pooled": {"mean": {}}}}},
        {"quality": {"whole_s": [1]}},
        {"inputs": 5},
        {"versions": "1"},
    ],
)
def test_a_run_json_with_odd_values_stops_nothing(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    save(tmp_path / "in" / "good", recording="b")
    edit(save(tmp_path / "in" / "bad") / "run.json", **changed)
    done = library.index(tmp_path / "in", library=tmp_path / "lib")
    assert done.new == 1
    ((where, what),) = done.failed
    assert where.endswith("bad")
    assert "run.json: not as analyze writes it" in what


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("first", [None, "2026-01-09"])
def test_a_corrected_date_moves_the_strides_too(
    tmp_path: Path, first: str | None, packed: bool
) -> None:
    months(tmp_path / "in", [4.0, 5.0])
    save(tmp_path / "in" / "u", recording="u", day=first, drop=9.0)
    library.index(tmp_path / "in", library=tmp_path / "lib")
    sql = "SELECT s.month, r.month, count(*) FROM strides s JOIN runs r USING (run) GROUP BY ALL"
    with open_library(tmp_path / "lib") as lib:
        for day in ("2026-05-01", "2026-06-01"):
            if packed:
                pack(lib)
            save(tmp_path / "in" / "u", recording="u", day=day, drop=9.0)
            assert library.index(tmp_path / "in", library=tmp_path / "lib").told == 1
            for _ in range(2):
                rows = library.query(sql + " ORDER BY 1", tmp_path / "lib").to_numpy().tolist()
                assert rows == [["2026-01", "2026-01", 12], [day[:7], day[:7], 6]]
                assert verify(lib).whole
                if packed:
                    pack(lib)


def test_a_corrected_name_leaves_no_second_athlete(tmp_path: Path) -> None:
    for name, version in ((None, "0.1.0"), ("Ana", "0.1.0"), ("Anna", "0.2.0")):
        save(tmp_path / "in", athlete=name, version=version)
        library.index(tmp_path / "in", library=tmp_path / "lib")
    assert library.trend(DROP, library=tmp_path / "lib").athlete == "Anna"


def test_a_folder_with_strides_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "study" / "strides" / "mine.csv"
    other.parent.mkdir(parents=True)
    other.write_text("x")
    (tmp_path / "study" / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="holds other files"):
        library.index(save(tmp_path / "in"), library=tmp_path / "study")
    (tmp_path / "study" / "thesis.txt").unlink()
    library.index(tmp_path / "in", library=tmp_path / "study")
    with open_library(tmp_path / "study") as lib:
        assert verify(lib).removed == []
    assert other.read_text() == "x"


def test_versions_in_their_order() -> None:
    order = ["what", "0.9", "1.0.dev2", "1.0a1.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0rc2",
             "1.0rc10", "1.0", "1.0.post1", "1.0.1.dev0", "1.0.1", "1.2", "1.10"]  # fmt: skip
    ranks = [version_rank(v) for v in order]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
    assert version_rank("1.0") == version_rank("1.0.0") == version_rank("v1.0+local.3")


def test_a_release_counts_more_than_its_candidate(tmp_path: Path) -> None:
    for k, version in enumerate(("1.0", "1.0rc1")):  # the candidate is written last
        save(tmp_path / "in" / f"{k}", version=version, drop=5.0 + k)
    library.index(tmp_path / "in", library=tmp_path / "lib")
    with open_library(tmp_path / "lib") as lib:
        (row,) = lib.rows("SELECT analysis FROM runs WHERE current = 1")
    assert row["analysis"].endswith("1.0")
