"""A batch from recordings to findings: the same bytes whoever computes them, each exactly once."""

from __future__ import annotations

import csv
import errno
import gzip
import json
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

import hipgait as hg
from hipgait import library
from hipgait.batch import places
from hipgait.batch.places import WORK, Store
from hipgait.batch.plan import make_plan, recording_digest, stamp
from hipgait.batch.processes import resident_mb
from hipgait.batch.work import FAILED, Done, analyse
from hipgait.cli.main import run
from hipgait.errors import InputError, MissingInputError
from hipgait.settings import FindingsSettings, Settings

ROOT = Path(__file__).resolve().parents[2]
SHORT = (40.0, 75.0)
"""stretch of the shipped recording that is analysed here, s"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of running, as a folder of CSV files with a run.toml."""
    folder = tmp_path_factory.mktemp("rec") / "tuesday"
    folder.mkdir()
    for name in ("pelvis", "left_shank", "right_shank"):
        packed = ROOT / "data" / "walk-and-run" / f"{name}.csv.gz"
        head, *rows = gzip.decompress(packed.read_bytes()).decode().splitlines()
        kept = [r for r in rows if SHORT[0] <= float(r.split(",")[0]) <= SHORT[1]]
        (folder / f"{name}.csv").write_text("\n".join([head, *kept]) + "\n")
    (folder / "run.toml").write_text('start_utc = 2026-05-05T16:05:00Z\nathlete = "Anna"\n')
    return folder


@pytest.fixture(scope="module")
def done(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Findings of a batch in this process."""
    out = tmp_path_factory.mktemp("out") / "findings"
    summary = hg.batch.run_batch([recording], out, workers=0)
    assert summary.to_dict()["done"] == 1
    return out


def files(out: Path) -> dict[str, bytes]:
    """Name below the output -> bytes, of all results."""
    found = {
        p.relative_to(out).as_posix(): p.read_bytes() for p in out.glob("analysis=*/part=*/*/*")
    }
    assert any(name.endswith("run.json") for name in found)
    return found


@pytest.mark.ci
@pytest.mark.long
def test_processes_give_the_same_bytes_from_another_place(
    recording: Path, done: Path, tmp_path: Path
) -> None:
    """Another process, another place of the recording, another time: not one byte differs."""
    elsewhere = tmp_path / "disk two" / "tuesday"
    shutil.copytree(recording, elsewhere)
    hg.batch.run_batch([elsewhere], tmp_path / "out", workers=1)
    assert files(tmp_path / "out") == files(done)


def test_a_place_that_is_no_folder_gives_the_same_bytes(
    recording: Path, done: Path, tmp_path: Path
) -> None:
    """In and out through fsspec."""
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    try:
        memory.put(str(recording), "/lab/in/tuesday", recursive=True)
        again = hg.batch.run_batch(["memory://lab/in/tuesday"], "memory://lab/out", workers=0)
        assert again.count("done") == 1
        memory.get("/lab/out/", str(tmp_path / "out"), recursive=True)
        assert files(tmp_path / "out") == files(done)
        second = hg.batch.run_batch(["memory://lab/in/tuesday"], "memory://lab/out", workers=0)
        assert second.count("there") == 1
    finally:
        memory.rm("/lab", recursive=True)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # of Dask, about ports and slow starts
def test_dask_gives_the_same_bytes(recording: Path, done: Path, tmp_path: Path) -> None:
    hg.batch.run_batch([recording], tmp_path / "out", scheduler="local", workers=1)
    assert files(tmp_path / "out") == files(done)


def test_findings_are_those_of_analyze_and_tell_no_place(recording: Path, done: Path) -> None:
    (place,) = done.glob("analysis=*/part=*/*")
    result = hg.load(place)
    direct = hg.analyze(recording)
    assert result.strides.equals(direct.strides)
    assert [f["path"] for f in result.run["inputs"]] == [
        f"tuesday/{n}" for n in ("pelvis.csv", "left_shank.csv", "right_shank.csv", "run.toml")
    ]
    assert str(recording.parent).encode() not in (place / "run.json").read_bytes()
    assert result.run["versions"]["hipgait"] in place.parts[-3]


def test_what_is_there_is_not_computed_again(
    recording: Path, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor what has the same files under another name; a bad recording stops neither."""
    monkeypatch.setattr("hipgait.api.analyze", lambda *a, **k: pytest.fail("computed again"))
    out = tmp_path / "out"
    shutil.copytree(done, out)
    shutil.copytree(recording, tmp_path / "copy")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "pelvis.csv").write_text("no,numbers\n")
    (tmp_path / "empty").mkdir()
    runs = [recording, tmp_path / "copy", tmp_path / "broken", tmp_path / "nowhere",
            tmp_path / "empty", next(out.glob("analysis=*/part=*/*"))]  # fmt: skip
    summary = hg.batch.run_batch(runs, out, workers=0)
    found = summary.to_dict()
    assert (found["runs"], found["done"], found["there"], found["same"]) == (6, 0, 1, 1)
    assert {f["run"].rpartition("/")[2] for f in found["failed"]} >= {"broken", "nowhere", "empty"}
    assert len(found["failed"]) == 4
    home = out / summary.plan.home
    rows = {r["run"]: r for r in csv.DictReader((home / "runs.csv").read_text().splitlines())}
    assert rows[str(tmp_path / "copy")]["as"] == str(recording)
    assert (out / rows[str(recording)]["result"] / "run.json").is_file()
    failures = list(csv.DictReader((home / "failures.csv").read_text().splitlines()))
    assert [f["kind"] for f in failures].count("MissingInputError") == 2
    assert sum(n for n, _ in summary.why()) == 4


def test_other_settings_are_a_partition_beside(recording: Path, done: Path, tmp_path: Path) -> None:
    changed = Settings(findings=replace(FindingsSettings(), block_strides=91))
    first = make_plan([recording], done, None, "auto", False)
    others = [
        make_plan([recording], done, changed, "auto", False),
        make_plan([recording], done, None, "none", False),
        make_plan([recording], done, None, "auto", True),
        replace(first, version="9.9", analysis="x-9.9"),
    ]
    places = [p.task(p.sources[0], "0" * 24).place for p in (first, *others)]
    assert len(set(places)) == len({p.split("/")[0] for p in places}) == 5
    kept = Settings.from_toml(done / first.home / "settings.toml")
    assert kept.digest() == first.settings.digest()


def test_a_worker_of_another_version_does_nothing(recording: Path, tmp_path: Path) -> None:
    plan = replace(make_plan([recording], tmp_path / "out", None, "auto", False), version="9.9")
    found = analyse(plan.task(plan.sources[0], "0" * 24))
    assert found.state == FAILED
    assert "batch asks for 9.9" in found.what


def test_a_library_takes_what_a_batch_wrote(done: Path, tmp_path: Path) -> None:
    assert library.index(done, library=tmp_path / "lib").new == 1
    (row,) = library.runs(tmp_path / "lib")
    assert (row["athlete_name"], row["name"], row["month"]) == ("Anna", "tuesday", "2026-05")


def test_a_digest_is_of_contents_and_names(tmp_path: Path) -> None:
    for name, inner in (("a", "pelvis.csv"), ("b", "pelvis.csv"), ("c", "left_shank.csv")):
        (tmp_path / name).mkdir()
        (tmp_path / name / inner).write_text("1")
    (tmp_path / "b" / ".hidden").write_text("x")
    digests = [recording_digest(str(tmp_path / n)) for n in "abc"]
    assert digests[0] == digests[1] != digests[2]
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as bundle:
        bundle.writestr("pelvis.csv", "1")
    alone = recording_digest(str(tmp_path / "run.zip"))
    (tmp_path / "run.run.toml").write_text('shoe = "B"')
    assert recording_digest(str(tmp_path / "run.zip")) != alone


def test_of_two_workers_the_first_one_publishes(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "out"))
    rooms = [store.room("p/id") for _ in range(4)]
    for k, room in enumerate(rooms):
        (room / "run.json").write_text(str(k))
    assert store.publish(rooms[0], "p/id")
    assert not store.publish(rooms[1], "p/id")
    assert (tmp_path / "out" / "p" / "id" / "run.json").read_text() == "0"
    (tmp_path / "out" / "p" / "id" / "run.json").rename(tmp_path / "out" / "p" / "id" / "rest")
    assert store.publish(rooms[2], "p/id")  # a folder without run.json is not whole
    assert store.has("p/id")
    (tmp_path / "out" / "p" / "id" / "run.json").write_bytes(b"")  # what a power cut leaves
    assert not store.has("p/id")
    assert store.publish(rooms[3], "p/id")
    assert (tmp_path / "out" / "p" / "id" / "run.json").read_text() == "3"
    store.room("p/half")
    store.tidy()
    assert not (tmp_path / "out" / WORK).exists()


def test_what_cannot_begin_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no recording"):
        hg.batch.run_batch([], tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        hg.batch.run_batch([tmp_path], tmp_path / "file")
    (failed,) = hg.batch.run_batch(["nosuch://x"], tmp_path / "out", workers=0).failures
    assert "nosuch" in failed.what
    with pytest.raises(InputError, match="nosuch"):
        hg.batch.run_batch([tmp_path], "nosuch://x", workers=0)
    with pytest.raises(MissingInputError):
        recording_digest("memory://not/there")


def test_a_name_that_is_no_utf8_stops_nothing(
    recording: Path, done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = str(tmp_path / os.fsdecode(b"\xff"))
    shutil.copytree(done, tmp_path / "out")
    summary = hg.batch.run_batch([odd, recording], tmp_path / "out", workers=0)
    assert summary.count("there") == 1
    (failed,) = summary.failures
    assert "this name is not UTF-8" in failed.what
    (table,) = (tmp_path / "out").glob("analysis=*/failures.csv")
    rows = list(csv.reader(table.read_text().splitlines()))
    assert rows[1][0] == str(tmp_path / "?")
    words = ["batch", odd, str(tmp_path / "a\nb"), "--out", str(tmp_path / "new"), "--workers", "1"]
    assert run([*words, "--json"]) == 1
    assert [f["run"] for f in json.loads(capsys.readouterr().out)["failed"]] == [
        str(tmp_path / "?"), str(tmp_path / "a\nb")]  # fmt: skip
    assert run(words) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 3  # a line each, and the count
    assert told[0].count(str(tmp_path)) == told[1].count(str(tmp_path)) == 1


def test_results_do_not_go_into_a_recording(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would be part of it the next time: another digest, and a second result."""
    shutil.copytree(recording, tmp_path / "run")
    with pytest.raises(InputError, match="part of the recording"):
        hg.batch.run_batch([tmp_path / "run"], tmp_path / "run" / "findings", workers=0)
    assert not (tmp_path / "run" / "findings").exists()
    with pytest.raises(InputError, match="part of the recording"):
        hg.batch.run_batch(["memory://in/run"], "memory://in/run/out", workers=0)
    for word in ("RUN", "--out"):
        words = ["", "--out", str(tmp_path / "x")] if word == "RUN" else ["x", "--out", ""]
        assert run(["batch", *words]) == 2
        assert "the name is empty" in capsys.readouterr().err
    # a pattern takes the output along when the command is given again
    out = tmp_path / "findings"
    found = hg.batch.run_batch([out, out / "analysis=x"], out, workers=0).failures
    assert ["holds results of this batch" in failed.what for failed in found] == [True, True]
    # the output may be above the recordings
    (failed,) = hg.batch.run_batch([tmp_path / "nowhere"], tmp_path, workers=0).failures
    assert "no such file" in failed.what


def test_a_second_batch_into_one_folder_is_refused(tmp_path: Path) -> None:
    """It would remove what the first one is writing."""
    store = Store(str(tmp_path / "out"))
    with store.alone():
        room = store.room("p/id")
        with pytest.raises(InputError, match=r"out: another batch is writing there\. Wait"):
            hg.batch.run_batch([tmp_path / "none"], tmp_path / "out", workers=0)
        assert room.is_dir()
        hg.batch.run_batch([tmp_path / "none"], tmp_path / "elsewhere", workers=0)
    summary = hg.batch.run_batch([tmp_path / "none"], tmp_path / "out", workers=0)
    assert len(summary.failures) == 1  # it could begin
    assert not room.exists()


def test_where_there_are_no_locks_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(number: int) -> object:
        def locked(folder: Path, *, wait: bool) -> None:
            raise OSError(number, "not here")

        return locked

    monkeypatch.setattr(places, "locked", refused(errno.ENOLCK))
    with Store(str(tmp_path)).alone():
        pass
    monkeypatch.setattr(places, "locked", refused(errno.EACCES))
    with (
        pytest.raises(InputError, match=r"cannot be written \(not here\)"),
        Store(str(tmp_path)).alone(),
    ):
        pass


def test_a_damaged_ledger_is_made_again(recording: Path, done: Path, tmp_path: Path) -> None:
    shutil.copytree(done, tmp_path / "out")
    (tmp_path / "out" / "inputs.json").write_text("{")
    assert hg.batch.run_batch([recording], tmp_path / "out", workers=0).count("there") == 1


def test_memory_is_told() -> None:
    import os

    assert resident_mb(os.getpid()) > 20.0
    assert resident_mb(None) == 0.0
    assert Done("x", FAILED).peak_mb == 0.0


def test_what_is_told_beside_a_remote_file_counts(tmp_path: Path) -> None:
    """A corrected NAME.run.toml is another result, on a disk or not."""
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    try:
        for root in (str(tmp_path), "memory://told"):
            memory.pipe_file("/told/run.zip", b"1")
            (tmp_path / "run.zip").write_bytes(b"1")
            alone = stamp(f"{root}/run.zip")
            assert stamp(f"{root}/run.zip") == alone
            memory.pipe_file("/told/run.run.toml", b'shoe = "B"')
            (tmp_path / "run.run.toml").write_text('shoe = "B"')
            assert stamp(f"{root}/run.zip") != alone
    finally:
        memory.rm("/told", recursive=True)


def test_a_place_that_fails_in_its_own_way_stops_nothing(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storage packages raise errors of their own, which are no OSError."""

    def refuse(source: str) -> str:
        raise LookupError(f"no credentials for\n{source}")

    monkeypatch.setattr("hipgait.batch.run.stamp", refuse)
    (failure,) = hg.batch.run_batch([recording], tmp_path / "out", workers=0).failures
    assert failure.what == f"internal error (LookupError: no credentials for {recording})"
