"""The journal: nothing acknowledged is lost, every mistake gets its line and cure."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.errors import FormatError, InputError
from hipgait.strength import entries as tables
from hipgait.strength.entries import TABLES, Entry, Note, Soreness
from hipgait.strength.fields import columns_of, show
from hipgait.strength.journal import add, build_entry, check_entry, make_journal, read_journal
from hipgait.strength.programme import read_programme
from tests.strength.log import day, did, hurt, ran, sore

NAMES = frozenset(read_programme().exercise)

WRITER = """
import datetime as dt, sys
from pathlib import Path
from hipgait.strength.entries import Note
from hipgait.strength.journal import add
folder, who, n = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for i in range(n):
    ref = add(folder, Note(date=dt.date(2026, 3, 2), text=f"{who}-{i} " + "x" * (i % 700)))
    print(f"{i} {ref.line}\\n", end="", flush=True)  # one write: no half lines in the pipe
"""


def _writer(folder: Path, who: str, n: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), who, str(n)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kept(folder: Path) -> list[str]:
    return [(n.text or "").split()[0] for n in read_journal(folder).notes]


def test_two_hundred_writes_of_eight_processes(tmp_path: Path) -> None:
    writers = [_writer(tmp_path, f"w{i}", 25) for i in range(8)]
    told: dict[int, str] = {}
    for k, writer in enumerate(writers):
        out, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
        told |= {int(text.split()[1]): f"w{k}-{text.split()[0]}" for text in out.splitlines()}
    kept = _kept(tmp_path)
    assert len(kept) == 200
    assert set(kept) == {f"w{i}-{j}" for i in range(8) for j in range(25)}
    assert (tmp_path / "notes.csv").read_text().count("date,kind") == 1
    notes = read_journal(tmp_path).notes  # each stands on the line that its writer was told
    assert {n.ref.line: (n.text or "").split()[0] for n in notes} == told


@pytest.mark.ci
@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_fifty_kills_lose_nothing_acknowledged(tmp_path: Path) -> None:
    """Two writers at once; one is killed in the middle of whatever it is doing."""
    rng = random.Random(6)
    acknowledged: set[str] = set()
    for k in range(25):
        pair = [_writer(tmp_path, f"k{k}{who}", 10_000) for who in "ab"]
        for writer in pair:
            assert writer.stdout is not None
            for _ in range(rng.randrange(1, 12)):
                writer.stdout.readline()
        for writer, who in zip(pair, "ab", strict=True):
            os.kill(writer.pid, signal.SIGKILL)
            out, _ = writer.communicate(timeout=60)
            last = [int(text.split()[0]) for text in out.split("\n")[:-1]]
            done = (last[-1] + 1) if last else 1  # a line was read before: at least the first
            acknowledged |= {f"k{k}{who}-{i}" for i in range(done)}
    kept = _kept(tmp_path)
    assert acknowledged <= set(kept)
    assert len(kept) == len(set(kept))
    add(tmp_path, Note(date=day(0), text="after"))  # and the lock is free
    assert "after" in _kept(tmp_path)


# --------------------------------------------------------------------------- what is read back

text = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@st.composite
def rows(draw: st.DrawFn) -> tuple[type[Entry], dict[str, str]]:
    when = draw(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))).isoformat()
    level = str(draw(st.integers(0, 10)))
    note = draw(text)
    return draw(
        st.sampled_from(
            [
                (tables.Soreness, {"date": when, "region": "calf", "left": level, "note": note}),
                (tables.Pain, {"date": when, "region": "knee", "level": level, "note": note}),
                (tables.Run, {"date": when, "minutes": "40", "effort": level, "shoe": note}),
                (tables.Note, {"date": when, "kind": "note", "text": note}),
                (tables.Exercise, {"date": when, "exercise": "bridge", "reps": "8", "note": note}),
            ]
        )
    )


@given(st.lists(rows(), max_size=12))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[tuple[type[Entry], dict[str, str]]]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    kept = []
    for row, cells in given_rows:
        if row is tables.Soreness:
            cells = {**cells, "after_h": "48"}
        if row is tables.Exercise:
            cells = {**cells, "sets": "3"}
        entry = build_entry(row, cells, path="x", line=None)
        kept.append((entry, add(folder, entry)))
    found = {(type(e), e.ref): e for e in read_journal(folder, NAMES).entries()}
    assert len(found) == len(kept)
    for entry, ref in kept:
        same = found[type(entry), ref]
        for name in columns_of(type(entry)):
            assert show(getattr(same, name)) == show(getattr(entry, name))


def test_every_table_round_trips(tmp_path: Path) -> None:
    every = [did(0, "side_plank", reps=None, seconds=30.0, tempo="3-1-2", side="left"), sore(0, 4)]
    every += [hurt(1, 3, signs=("rising", "limp")), ran(2, time=dt.time(7, 5), shoe='B, "blue"')]
    every += [Note(date=day(3), kind="sleep", value=7.5)]
    for entry in every:
        add(tmp_path, entry)
    back = read_journal(tmp_path, NAMES)
    for before, after in zip(make_journal(every).entries(), back.entries(), strict=True):
        assert after.ref.line == 2
        for name in columns_of(type(before)):
            assert getattr(before, name) == getattr(after, name)


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_an_empty_table(tmp_path: Path, content: str) -> None:
    (tmp_path / "soreness.csv").write_text(content, "utf-8")
    assert read_journal(tmp_path).entries() == ()
    ref = add(tmp_path, sore(0, 3))
    assert read_journal(tmp_path).soreness[0].ref == ref


def test_no_folder_is_an_empty_journal(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "nothing").entries() == ()


@pytest.mark.parametrize(
    "content",
    [
        "date,after_h,region,left\n2026-05-08,48,gluteal,4",  # no end of line
        "\ufeffdate,after_h,region,left\r\n2026-05-08,48,gluteal,4\r\n",  # spreadsheet
        "date;after_h;region;left\n2026-05-08;48;gluteal;4\n",  # spreadsheet, semicolons
        "region,left,date,after_h\n\ngluteal,4,2026-05-08,48\n\n",  # another order, empty lines
        "date,after_h,region,left\n2026-05-08,48, Gluteal ,4.0\n,,,\n",  # blanks, capitals
        "date,after_h,region,left\n2026-05-08,48,gluteal,4\ndate,after_h,region,left\n",  # merged
    ],
)
def test_what_people_and_spreadsheets_write(tmp_path: Path, content: str) -> None:
    path = tmp_path / "soreness.csv"
    path.write_bytes(content.encode())
    (found,) = read_journal(tmp_path).soreness
    assert (found.date, found.region, found.left) == (dt.date(2026, 5, 8), "gluteal", 4.0)
    ref = add(tmp_path, Soreness(date=day(0), region="calf", left=2.0))
    later = read_journal(tmp_path).soreness
    assert len(later) == 2
    assert ref.line in {s.ref.line for s in later}


def test_a_semicolon_file_takes_a_decimal_comma(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("date;minutes;km\n2026-05-08;45;8,5\n", "utf-8")
    assert read_journal(tmp_path).runs[0].km == 8.5


def test_git_keeps_the_lines_of_both_sides(tmp_path: Path) -> None:
    add(tmp_path, sore(0, 3))
    assert (tmp_path / ".gitattributes").read_text() == "*.csv merge=union\n"


def test_a_header_without_the_column_is_told(tmp_path: Path) -> None:
    (tmp_path / "soreness.csv").write_text("date,after_h,region,left\n", "utf-8")
    with pytest.raises(FormatError, match=r"soreness\.csv, line 1, column right: no column"):
        add(tmp_path, Soreness(date=day(0), region="calf", right=2.0))
    assert read_journal(tmp_path).entries() == ()


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("x", "utf-8")
    with pytest.raises(InputError, match="is a file"):
        read_journal(tmp_path / "journal")
    with pytest.raises(InputError, match="cannot be written"):
        add(tmp_path / "journal", sore(0, 3))


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path, sore(0, 3))
    before = (tmp_path / "soreness.csv").read_bytes()
    write: Callable[[int, bytes], int] = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:5]))
    with pytest.raises(InputError, match="No space left"):
        add(tmp_path, sore(0, 4))
    assert (tmp_path / "soreness.csv").read_bytes() == before


# -------------------------------------------------------------------------------- mistakes

S = "date,after_h,region,left,right,note"
E = "date,exercise,sets,reps,seconds,rpe,form,tempo,load_kg,band"
P = "date,region,side,level,kind,when,signs"
R = "date,time,minutes,km,effort,key"
N = "date,kind,value,text"
GOOD = {
    S: "2026-05-08,48,gluteal,4,2,",
    E: "2026-05-06,bridge,3,8,,7,held,2-2-2,,",
    P: "2026-05-06,knee,left,3,joint,during,",
    R: "2026-05-06,18:30,45,8,4,no",
    N: "2026-05-06,sleep,7.5,",
}
FILES = {S: "soreness.csv", E: "sessions.csv", P: "pain.csv", R: "runs.csv", N: "notes.csv"}

MISTAKES = [
    (S, "8.5.2026,48,gluteal,4,2,", "date", "like 2026-05-06"),
    (S, "2026-13-08,48,gluteal,4,2,", "date", "like 2026-05-06"),
    (S, "0206-05-08,48,gluteal,4,2,", "date", "like 2026-05-06"),
    (S, ",48,gluteal,4,2,", "date", "Write the day"),
    (S, "2026-05-08,36,gluteal,4,2,", "after_h", "24, 48, 72, 96"),
    (S, "2026-05-08,48,glutael,4,2,", "region", "Did you mean gluteal"),
    (S, "2026-05-08,48,,4,2,", "region", "Write where"),
    (S, "2026-05-08,48,gluteal,11,2,", "left", "0 to 10"),
    (S, "2026-05-08,48,gluteal,-1,2,", "left", "0 to 10"),
    (S, "2026-05-08,48,gluteal,a lot,2,", "left", "digits"),
    (S, "2026-05-08,48,gluteal,nan,2,", "left", "digits"),
    (S, "2026-05-08,48,gluteal,,,", "left", "at least one side"),
    (S, "2026-05-08,48,gluteal,4,2,a, b", "", "quotation marks"),
    (S, "2026-05-08,48,gluteal,4", "", "Complete the line"),
    (S, '2026-05-08,48,gluteal,4,2,"open', "", "Close the quotation mark"),
    (S, "<<<<<<< HEAD", "", "Keep the lines of both sides"),
    (S, "2026-05-08,48,gluteal,4,2," + "x" * 3000, "note", "below 2000"),
    (E, "2026-05-06,brigde,3,8,,7,held,2-2-2,,", "exercise", "Did you mean bridge"),
    (E, "2026-05-06,Hip Thrust!,3,8,,7,held,2-2-2,,", "exercise", "like lateral_step_down"),
    (E, "2026-05-06,bridge,,8,,7,held,2-2-2,,", "sets", "Write sets"),
    (E, "2026-05-06,bridge,2.5,8,,7,held,2-2-2,,", "sets", "whole number"),
    (E, "2026-05-06,bridge,3,,,7,held,2-2-2,,", "reps", "Give one of them"),
    (E, "2026-05-06,bridge,3,8,30,7,held,2-2-2,,", "seconds", "Keep one"),
    (E, "2026-05-06,bridge,3,8,,17,held,2-2-2,,", "rpe", "0 to 10"),
    (E, "2026-05-06,bridge,3,8,,7,ok,2-2-2,,", "form", "held, drifted_in, lost"),
    (E, "2026-05-06,bridge,3,8,,7,held,slow,,", "tempo", "like 3-1-2"),
    (E, "2026-05-06,bridge,3,8,,7,held,2-2-2,5kg,", "load_kg", "digits"),
    (E, "2026-05-06,bridge,3,8,,7,held,2-2-2,,red", "band", "light, medium"),
    (P, "2026-05-06,knie,left,3,joint,during,", "region", "Did you mean knee"),
    (P, "2026-05-06,knee,l,3,joint,during,", "side", "left, right, both"),
    (P, "2026-05-06,knee,left,,joint,during,", "level", "Write 0 to 10"),
    (P, "2026-05-06,knee,left,3,joints,during,", "kind", "Did you mean joint"),
    (P, "2026-05-06,knee,left,3,joint,later,", "when", "before, during"),
    (P, "2026-05-06,knee,left,3,joint,during,swollen", "signs", "Use one of"),
    (P, "2026-05-06,general,,0,,,", "signs", "Name the sign"),
    (R, "2026-05-06,6pm,45,8,4,no", "time", "like 18:30"),
    (R, "2026-05-06,25:10,45,8,4,no", "time", "like 18:30"),
    (R, "2026-05-06,18:30,0:45,8,4,no", "minutes", "digits"),
    (R, "2026-05-06,18:30,45,8000,4,no", "km", "0 to 400"),
    (R, "2026-05-06,18:30,45,8,4,maybe", "key", "yes, no"),
    (N, "2026-05-06,slep,7.5,", "kind", "Did you mean sleep"),
    (N, "2026-05-06,sleep,,", "value", "into value"),
    (N, "2026-05-06,sleep,75,", "value", "into value"),
    (N, "2026-05-06,shoe,120,", "text", "Write its name"),
    (N, "2026-05-06,audit,,socks", "text", "shoes, surface, cadence"),
    (N, "2026-05-06,control_test,,fine", "text", "as_before, drifted_in"),
]


@pytest.mark.parametrize(("header", "line", "column", "cure"), MISTAKES)
def test_a_mistake_gets_line_and_cure(
    tmp_path: Path, header: str, line: str, column: str, cure: str
) -> None:
    path = tmp_path / FILES[header]
    path.write_text(f"{header}\n{GOOD[header]}\n\n{line}\n", "utf-8")
    with pytest.raises(FormatError) as caught:
        read_journal(tmp_path, NAMES)
    error = caught.value
    assert error.line == 4
    assert error.column == (column or None)
    assert cure in error.cure
    assert str(error).startswith(f"{path}, line 4")
    assert "\n" not in str(error)


def test_there_are_forty_mistakes_and_the_good_lines_pass(tmp_path: Path) -> None:
    assert len(MISTAKES) >= 40
    for header, line in GOOD.items():
        (tmp_path / FILES[header]).write_text(f"{header}\n{line}\n", "utf-8")
    assert len(read_journal(tmp_path, NAMES).entries()) == len(GOOD)


@pytest.mark.parametrize(
    ("header", "cure"),
    [
        ("date,after_h,region,left,rigth", "The first line is"),
        ("date,after_h,region,left,left", "The first line is"),
        ("date,region,left,right", "The first line is"),
        ("<<<<<<< HEAD", "Keep the lines of both sides"),
        ("2026-05-08,48,gluteal,4,2,", "The first line is"),
    ],
)
def test_a_wrong_first_line(tmp_path: Path, header: str, cure: str) -> None:
    (tmp_path / "soreness.csv").write_text(f"{header}\n", "utf-8")
    with pytest.raises(FormatError) as caught:
        read_journal(tmp_path)
    assert caught.value.line == 1
    assert cure in caught.value.cure


@pytest.mark.parametrize("bad", [b"\xff\xfe\x00", b"x\0y"])
def test_not_text(tmp_path: Path, bad: bytes) -> None:
    (tmp_path / "soreness.csv").write_bytes(S.encode() + b"\n" + bad)
    with pytest.raises(FormatError) as caught:
        read_journal(tmp_path)
    assert caught.value.line == 2
    assert caught.value.cure


def test_a_new_entry_is_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has not come yet"):
        check_entry(sore(5, 1), tmp_path, NAMES, day(0))
    with pytest.raises(FormatError, match="unknown exercise"):
        check_entry(did(0, "brigde"), tmp_path, NAMES, day(0))
    check_entry(did(0), tmp_path, NAMES, day(0))


def test_columns_are_the_fields() -> None:
    for row in TABLES.values():
        names = [*columns_of(row), "ref"]
        made: Any = row
        assert list(made.__dataclass_fields__) == names
