"""SQL reads the library, and can do nothing else."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import hipgait as hg
from hipgait import library
from hipgait.errors import InputError, MissingExtraError
from hipgait.io.results import write_strides
from hipgait.library.opening import open_library
from hipgait.library.packs import pack
from hipgait.names import COLUMN_NAMES
from tests.library.runs import DROP, months, save, strides


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sql")
    months(root / "in", [4.0, 5.0, 6.0])
    library.index(root / "in", library=root / "lib")
    return root / "lib"


def test_strides_runs_and_outcomes_join(lib: Path) -> None:
    frame = hg.library.query(
        "SELECT r.name, s.month, avg(s.pelvic_drop_excursion_deg) AS d, o.mean, o.verdict "
        "FROM strides s JOIN runs r USING (run) JOIN outcomes o USING (run) "
        "GROUP BY ALL ORDER BY d",
        lib,
    )
    assert frame["name"].tolist() == ["run 0", "run 1", "run 2"]
    assert frame["d"].tolist() == frame["mean"].tolist() == [4.0, 5.0, 6.0]
    assert frame["month"].tolist() == ["2026-01", "2026-01", "2026-02"]
    assert set(frame["verdict"]) == {"drifted"}


def test_columns_are_those_of_the_contract(lib: Path) -> None:
    frame = library.query("SELECT * FROM strides LIMIT 1", lib)
    assert tuple(frame.columns) == ("run", "month", *COLUMN_NAMES)
    days = library.query("SELECT start_utc FROM runs WHERE start_utc > ?", lib,
                         parameters=["2026-01-10"])  # fmt: skip
    assert len(days) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "COPY runs TO 'x.csv'",
        "CREATE TABLE t AS SELECT 1",
        "ATTACH 'x.db'",
        "INSERT INTO runs VALUES (1)",
        "SELECT 1; SELECT 2",
        "SET enable_external_access = true",
        "PRAGMA version",
        "INSTALL httpfs",
        "EXPORT DATABASE 'x'",
        "",
    ],
)
def test_only_one_select_is_answered(lib: Path, sql: str, tmp_path: Path) -> None:
    os.chdir(tmp_path)
    with pytest.raises(InputError, match="one SELECT"):
        library.query(sql, lib)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{other}')",
        "SELECT * FROM read_csv('{other}')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM '{other}'",
        "SELECT * FROM read_blob('{lib}/index.sqlite')",
        "SELECT * FROM read_blob('{lib}/strides/../index.sqlite')",
        "SELECT * FROM secret",
    ],
)
def test_no_other_file_or_variable_is_read(lib: Path, sql: str, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    secret = [1]
    with pytest.raises(InputError, match=r"not understood|cannot be read"):
        library.query(sql.format(other=other, folder=tmp_path, lib=lib), lib)
    assert secret == [1]


def test_what_is_not_understood_is_one_line(lib: Path) -> None:
    with pytest.raises(InputError, match="not understood") as caught:
        library.query("SELECT nothing FROM runs", lib)
    assert "\n" not in str(caught.value)


def test_without_the_extra(lib: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match=r"hipgait\[batch\]"):
        library.query("SELECT 1", lib)
    assert len(library.runs(lib)) == 3


def test_put_together_they_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Single tables, packs, packs of packs and both at once give the same rows."""
    monkeypatch.setattr("hipgait.library.packs.MOST_PACKS", 2)
    months(tmp_path / "in", [4.0, 5.0, 6.0, 7.0])
    library.index(tmp_path / "in", library=tmp_path / "lib")
    sql = "SELECT * EXCLUDE (run), run FROM strides ORDER BY run, stride_id"
    before = library.query(sql, tmp_path / "lib")
    with open_library(tmp_path / "lib") as lib:
        assert pack(lib) == 2  # two months
        assert library.query(sql, tmp_path / "lib").equals(before)
        for k in range(2):
            save(tmp_path / "in" / f"more{k}", recording=f"more{k}", day="2026-01-20", drop=9.0)
            library.index(tmp_path / "in" / f"more{k}", library=tmp_path / "lib")
            mixed = library.query("SELECT count(*) FROM strides", tmp_path / "lib").iloc[0, 0]
            assert mixed == 6 * (5 + k)
            pack(lib)
        files = lib.rows("SELECT DISTINCT file FROM runs WHERE month = '2026-01'")
        there = sorted(p.name for p in (lib.strides / "month=2026-01").iterdir())
        assert len(files) <= 2
        assert there == sorted(Path(f[0]).name for f in files)
    after = library.query(sql.replace("ORDER", "WHERE run <= 4 ORDER"), tmp_path / "lib")
    assert after.equals(before)


def test_a_superseded_analysis_in_a_pack_is_left_out(tmp_path: Path) -> None:
    months(tmp_path / "in", [4.0, 5.0])
    library.index(tmp_path / "in", library=tmp_path / "lib")
    with open_library(tmp_path / "lib") as lib:
        pack(lib)
    save(tmp_path / "again", recording="Anna0", drop=8.0, version="0.2.0", day="2026-01-05")
    library.index(tmp_path / "again", library=tmp_path / "lib")
    frame = library.query(
        "SELECT DISTINCT pelvic_drop_excursion_deg AS d FROM strides ORDER BY d", tmp_path / "lib"
    )
    assert frame["d"].tolist() == [5.0, 8.0]


def test_a_folder_above_may_be_called_as_a_table_is(tmp_path: Path) -> None:
    home = tmp_path / "run-2026" / "lib [1]"
    months(tmp_path / "in", [4.0, 5.0])
    library.index(tmp_path / "in", library=home)
    frame = library.query(
        "SELECT r.name, s.month, count(*) AS n FROM strides s JOIN runs r USING (run) "
        "GROUP BY ALL ORDER BY r.name",
        home,
    )
    assert frame.to_numpy().tolist() == [["run 0", "2026-01", 6], ["run 1", "2026-01", 6]]


def test_units_sides_and_late_times_are_those_of_the_run(tmp_path: Path) -> None:
    """10 min at 3 m/s; each side its own mean and drift; contacts late in a run to the microsecond,
    in a table of their own and put together."""
    folder = save(tmp_path / "in")
    found = json.loads((folder / "run.json").read_text())
    for k, side in enumerate(("left", "right"), 1):
        found["summary"][DROP][side] = {"mean": 5.0 + k, "sd": 0.1 * k, "n": 100 + k}
        low, high = 0.5 * k, 1.5 * k
        found["drift"][DROP][side] = {
            "estimate": float(k), "ci_low": low, "ci_high": high, "verdict": "inconclusive",
        }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(found))
    late = strides(6, 5.0).assign(ic_s=7200.000125, tc_s=7200.250375)
    write_strides(folder / "strides.parquet", late)
    library.index(folder, library=tmp_path / "lib")
    row = library.query("SELECT minutes, speed_mps, start_utc FROM runs", tmp_path / "lib")
    assert row.iloc[0, :2].tolist() == [10.0, 3.0]
    assert str(row.iloc[0, 2]) == "2026-03-01 07:30:00"
    rows = library.query("SELECT * EXCLUDE (run, outcome) FROM outcomes ORDER BY side",
                         tmp_path / "lib")  # fmt: skip
    assert rows.to_numpy().tolist() == [
        ["left", 6.0, 0.1, 101, 1.0, 0.5, 1.5, "inconclusive"],
        ["pooled", 5.0, 0.5, 300, 0.4, 0.1, 0.7, "drifted"],
        ["right", 7.0, 0.2, 102, 2.0, 1.0, 3.0, "inconclusive"],
    ]
    with open_library(tmp_path / "lib") as lib:
        for _ in range(2):
            times = library.query("SELECT DISTINCT ic_s, tc_s FROM strides", tmp_path / "lib")
            assert times.to_numpy().tolist() == [[7200.000125, 7200.250375]]
            pack(lib)


@pytest.mark.parametrize("above", ["month=2020-12", "run=7", "a=b"])
def test_a_library_below_a_folder_with_an_equals_sign(tmp_path: Path, above: str) -> None:
    """Its name is no column of the stride tables; single tables and packs alike."""
    months(tmp_path / "in", [4.0, 5.0, 6.0])
    home = tmp_path / above
    library.index(tmp_path / "in", library=home)
    for packed in (False, True):
        if packed:
            with open_library(home) as lib:
                pack(lib)
        found = hg.library.query("SELECT DISTINCT run, month FROM strides ORDER BY run", home)
        assert found["run"].tolist() == [1, 2, 3]
        assert found["month"].tolist() == ["2026-01", "2026-01", "2026-02"]
