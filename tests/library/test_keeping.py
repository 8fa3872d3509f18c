"""What is lost is found, made again or told; what is given away names nobody."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hipgait import library
from hipgait.errors import InputError
from hipgait.io.cells import safe_cell
from hipgait.io.results import write_strides
from hipgait.library.export import export
from hipgait.library.opening import open_library
from hipgait.library.packs import pack
from hipgait.library.sql import strides_sql
from hipgait.library.store import Library
from hipgait.library.verify import verify
from tests.library.runs import DROP, months, save
from tests.library.runs import strides as strides_of


@pytest.fixture
def lib(tmp_path: Path) -> Path:
    months(tmp_path / "in", [4.0, 5.0, 6.0])
    save(
        tmp_path / "in" / "berta", recording="berta", athlete="Berta", name="=cmd()", shoe="secret"
    )
    library.index(tmp_path / "in", library=tmp_path / "lib")
    return tmp_path / "lib"


def test_a_whole_library_is_whole(lib: Path) -> None:
    with open_library(lib) as opened:
        found = verify(opened)
    assert found.whole
    assert found.to_dict() == {
        "whole": True, "runs": 4, "analyses": 4, "moved": [], "gone": [], "changed": [],
        "restored": [], "lost": [], "removed": [],
    }  # fmt: skip


def test_moved_folders_are_searched(lib: Path, tmp_path: Path) -> None:
    (tmp_path / "in").rename(tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "elsewhere" / "berta")
    with open_library(lib) as opened:
        assert len(verify(opened).gone) == 4
        found = verify(opened, [tmp_path / "elsewhere"])
        assert found.whole
        assert len(found.moved) == 3
        assert found.gone == [str(tmp_path / "in" / "berta")]
        assert verify(opened).gone == found.gone


@pytest.mark.parametrize(("packed", "damage"), [(False, "gone"), (False, "cut"), (True, "flipped")])
def test_a_lost_stride_table_is_made_again(
    lib: Path, tmp_path: Path, packed: bool, damage: str
) -> None:
    sql = "SELECT * FROM strides ORDER BY run, stride_id"
    with open_library(lib) as opened:
        if packed:
            pack(opened)
        before = library.query(sql, lib)
        victim = sorted(lib.joinpath("strides", "month=2026-01").iterdir())[0]
        content = victim.read_bytes()
        if damage == "gone":
            victim.unlink()
        elif damage == "cut":
            victim.write_bytes(content[: len(content) // 2])
        else:
            middle = len(content) - 200
            victim.write_bytes(content[:middle] + b"\xff" * 60 + content[middle + 60 :])
        with pytest.raises(InputError, match=r"verify|not understood"):
            library.query(sql, lib)
        found = verify(opened)
        assert found.whole
        assert len(found.restored) == (2 if packed else 1)
        assert library.query(sql, lib).equals(before)


def test_what_cannot_be_made_again_is_told(lib: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "in" / "r0")
    save(tmp_path / "in" / "r1", recording="Anna1", drop=1.0)
    for path in lib.joinpath("strides", "month=2026-01").iterdir():
        path.unlink()
    with open_library(lib) as opened:
        found = verify(opened)
    assert not found.whole
    assert len(found.lost) == 2
    assert found.changed == [str(tmp_path / "in" / "r1")]


def test_what_a_kill_left_is_removed(lib: Path) -> None:
    stray = lib / "strides" / "month=2020-01" / ".run-9.parquet"
    stray.parent.mkdir()
    stray.write_bytes(b"half")
    with open_library(lib) as opened:
        found = verify(opened)
    assert found.removed == ["month=2020-01/.run-9.parquet"]
    assert not stray.parent.exists()


def test_two_analyses_with_the_same_strides_are_both_found_again(tmp_path: Path) -> None:
    """Another version, or other constants of the drift alone, leave the stride table as it was."""
    for name, version in (("a", "0.1.0"), ("b", "0.2.0")):
        save(tmp_path / "old" / name, version=version)
    library.index(tmp_path / "old", library=tmp_path / "lib")
    (tmp_path / "old").rename(tmp_path / "new")
    with open_library(tmp_path / "lib") as opened:
        assert len(verify(opened).gone) == 2
        found = verify(opened, [tmp_path / "new"])
        assert len(found.moved) == 2
        assert found.gone == []
        folders = {r["analysis"][-5:]: r["folder"] for r in opened.rows("SELECT * FROM runs")}
    assert folders == {"0.1.0": str(tmp_path / "new/a"), "0.2.0": str(tmp_path / "new/b")}


def test_an_older_analysis_in_a_pack_is_kept(
    lib: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Analysed anew into the same folder: nothing is lost and nothing has changed behind us."""
    monkeypatch.setattr("hipgait.library.packs.MOST_PACKS", 1)
    with open_library(lib) as opened:
        pack(opened)
        save(tmp_path / "in" / "r0", recording="Anna0", drop=8.0, version="0.2.0", day="2026-01-05")
        library.index(tmp_path / "in", library=lib)
        for _ in range(2):
            found = verify(opened)
            assert found.whole
            assert (found.changed, found.restored) == ([], [])
            pack(opened)  # and packs of packs keep it as well


def test_a_pack_need_not_hold_a_run_without_stances(lib: Path, tmp_path: Path) -> None:
    empty = save(tmp_path / "in" / "empty", n=0, drop=None, recording="empty", day="2026-01-09")
    told = json.loads((empty / "run.json").read_text())
    told["summary"] = {}
    (empty / "run.json").write_text(json.dumps(told))
    library.index(tmp_path / "in", library=lib)
    shutil.rmtree(tmp_path / "in")
    with open_library(lib) as opened:
        pack(opened)
        assert verify(opened).whole


def test_a_table_that_came_damaged_is_told_and_stops_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first and last bytes are right: it is taken in, and what needs it says where to look."""
    monkeypatch.setattr("hipgait.library.ingest.LOOSE", 1)
    months(tmp_path / "in", [4.0, 5.0])
    file = tmp_path / "in" / "r0" / "strides.parquet"
    content = file.read_bytes()
    file.write_bytes(content[:-300] + b"\xff" * 100 + content[-200:])
    assert library.index(tmp_path / "in", library=tmp_path / "lib").new == 2
    with open_library(tmp_path / "lib") as opened:
        with pytest.raises(InputError, match="See which: hipgait library verify"):
            library.query("SELECT count(ic_s) FROM strides", tmp_path / "lib")
        with pytest.raises(InputError, match="See which: hipgait library verify"):
            export(opened, tmp_path / "out")
        assert not list(tmp_path.glob("out/*"))
        found = verify(opened)
    assert not found.whole
    assert found.restored == []
    assert "damaged too" in found.lost[0]


# ------------------------------------------------------------------------------------- exports
def text_of(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(folder.iterdir()))


def test_no_names_unless_asked(lib: Path, tmp_path: Path) -> None:
    with open_library(lib) as opened:
        done = export(opened, tmp_path / "plain", fmt="csv")
        export(opened, tmp_path / "named", fmt="csv", names=True)
    assert (done.runs, done.athletes, done.stances) == (4, 2, 24)
    for word in (b"Anna", b"Berta", b"run 1", b"cmd", str(tmp_path).encode()):
        assert word not in text_of(tmp_path / "plain")
    assert b"Berta" in text_of(tmp_path / "named")
    named = pd.read_csv(tmp_path / "named" / "runs.csv")
    assert "'=cmd()" in set(named["name"])  # no formula in a spreadsheet
    assert len(pd.read_csv(tmp_path / "plain" / "outcomes.csv")) == 4


def test_anonymous_has_no_id_in_common_with_the_library(lib: Path, tmp_path: Path) -> None:
    of_day = strides_of(6, 4.0).assign(ic_s=lambda t: t.ic_s + 1.7e9, tc_s=lambda t: t.tc_s + 1.7e9)
    write_strides(tmp_path / "in" / "r0" / "strides.parquet", of_day)
    (tmp_path / "in" / "r0" / "run.json").touch()
    assert library.index(tmp_path / "in", library=lib).again == 1
    with open_library(lib) as opened:
        export(opened, tmp_path / "a", anonymous=True)
        ids = {r["athlete"] for r in opened.runs()}
        starts = {r["run"]: r["start_utc"][:10] for r in opened.runs("Anna")}
    runs = pd.read_parquet(tmp_path / "a" / "runs.parquet")
    assert not ids & set(runs["athlete"])
    assert not {"shoe", "surface", "name", "recording"} & set(runs.columns)
    (anna,) = (g for _, g in runs.groupby("athlete") if len(g) == 3)
    moved = sorted(dt.date.fromisoformat(s) for s in anna["start_utc"])
    first = [dt.date.fromisoformat(s) for s in starts.values()]
    shifts = {b - a for a, b in zip(moved, first, strict=True)}
    assert len(shifts) == 1
    (shift,) = shifts
    assert shift.days > 0
    assert shift.days % 7 == 0
    assert runs["month"].tolist() == [s[:7] for s in runs["start_utc"]]
    strides = pd.read_parquet(tmp_path / "a" / "strides.parquet")
    means = strides.groupby("run")["pelvic_drop_excursion_deg"].mean()
    assert sorted(means) == [4.0, 5.0, 5.0, 6.0]
    outcomes = pd.read_parquet(tmp_path / "a" / "outcomes.parquet").set_index("run")
    assert (outcomes["mean"] == means.loc[outcomes.index]).all()
    # a sensor's own clock may be the time of day
    stances = strides.sort_values(["run", "ic_s"]).groupby("run")
    assert (stances["ic_s"].first() == 0.0).all()
    assert stances["ic_s"].last().tolist() == stances["tc_s"].last().tolist() == [1.0] * 4
    for word in (b"Anna", b"secret", str(tmp_path).encode()):
        assert word not in text_of(tmp_path / "a")


def test_an_export_goes_on_where_a_writer_puts_tables_together(
    lib: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(opened: Library, link: Any) -> str:
        found = strides_sql(opened, link)
        monkeypatch.undo()
        pack(opened)  # the files that were found are gone
        return found

    monkeypatch.setattr("hipgait.library.export.strides_sql", find)
    with open_library(lib) as opened:
        assert export(opened, tmp_path / "out").stances == 24
    assert len(pd.read_parquet(tmp_path / "out" / "strides.parquet")) == 24


def test_texts_of_a_folder_from_elsewhere_are_no_formulas(tmp_path: Path) -> None:
    texts = ["=cmd()", " +1", "''-1", "\t@x", "\r=1", "\n", "\uff1d1", "sides_swapped", "a=b"]
    for k, text in enumerate(texts):
        folder = save(tmp_path / "in" / f"{k}", recording=f"{k}")
        run = json.loads((folder / "run.json").read_text())
        run["drift"][DROP]["verdict"] = text
        (folder / "run.json").write_text(json.dumps(run))
        write_strides(folder / "strides.parquet", strides_of(1, 4.0).assign(reason=text))
    library.index(tmp_path / "in", library=tmp_path / "lib")
    with open_library(tmp_path / "lib") as opened:
        for fmt in ("csv", "parquet"):
            export(opened, tmp_path / fmt, fmt=fmt)
    for name, column in (("outcomes", "verdict"), ("strides", "reason")):
        with (tmp_path / "csv" / f"{name}.csv").open(newline="") as file:
            assert [row[column] for row in csv.DictReader(file)] == [safe_cell(t) for t in texts]
        table = pd.read_parquet(tmp_path / "parquet" / f"{name}.parquet")
        assert table[column].tolist() == texts


def test_exports_overwrite_nothing(lib: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    with open_library(lib) as opened:
        with pytest.raises(InputError, match="not an empty folder"):
            export(opened, tmp_path / "full")
        with pytest.raises(InputError, match="not both"):
            export(opened, tmp_path / "new", names=True, anonymous=True)
        with pytest.raises(InputError, match="unknown format"):
            export(opened, tmp_path / "new", fmt="xlsx")
