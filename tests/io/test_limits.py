"""Files that would cost all memory or minutes: one clear line, before they are read."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hipgait.errors import HipgaitError, SettingsError
from hipgait.io import capture_scan, files, fit, results
from hipgait.io.exports import movesense
from hipgait.io.files import Source, list_sources
from hipgait.io.fit import read_fit
from hipgait.io.reader import read_run
from hipgait.io.results import read_results
from hipgait.io.runinfo import read_run_info
from hipgait.io.session import read_session
from hipgait.kinematics import uniform as uniform_module
from hipgait.kinematics.uniform import uniform
from hipgait.recording import SensorStream
from hipgait.settings import MAX_TOML, Settings
from hipgait.stats.plan import read_plan
from hipgait.strength.athlete import read_athlete
from hipgait.strength.programme import read_programme
from tests.io import build, fitfile
from tests.library.runs import save

HOSTILE = {
    "huge": ("# " + "x" * MAX_TOML, "larger than 256 kB|longer than"),
    "deep list": ("a = " + "[" * 9999, "nested too deeply|recursion"),
    "deep table": ("a = " + "{a = " * 9999 + "1" + "}" * 9999, "nested too deeply|recursion"),
    "huge number": ("name = " + "9" * 5000, "digits"),
    "wrong type": ("name = [1, [2]]\nsampling = 3\ncreated = true\nathlete = 3", "."),
    "zero bytes": ("\0\0", "."),
    "cut off": ('[athlete]\nname = "', "."),
}
LONG_KEY = "a" + ".a" * 30_000 + " = 1"


def _athlete(path: Path) -> object:
    return read_athlete(path.parent)


def _programme(path: Path) -> object:
    return read_programme(path.parent)


def _run(path: Path) -> object:
    return read_run_info(Source(path))


READERS: dict[str, Callable[[Path], object]] = {
    "run.toml": _run,
    "plan.toml": read_plan,
    "athlete.toml": _athlete,
    "programme.toml": _programme,
    "settings.toml": Settings.from_toml,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_toml_is_one_line(tmp_path: Path, name: str, kind: str) -> None:
    text, words = HOSTILE[kind]
    (tmp_path / name).write_text(text)
    with pytest.raises(HipgaitError, match=words) as caught:
        READERS[name](tmp_path / name)
    line = str(caught.value)
    assert name in line
    assert "\n" not in line
    assert len(line) < 1000


@pytest.mark.parametrize("name", [n for n in READERS if n != "settings.toml"])
def test_a_key_of_thousands_of_parts_is_not_parsed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(f"\n{LONG_KEY}\n")
    with pytest.raises(HipgaitError, match="line 2: tables are nested too deeply"):
        READERS[name](tmp_path / name)


def test_settings_with_such_a_key(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(LONG_KEY)
    with pytest.raises(SettingsError, match="a key of many parts"):
        Settings.from_toml(tmp_path / "s.toml")


def test_a_file_larger_than_any_recording_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five gigabytes that take no room on the disk; nothing of them comes into memory."""
    path = tmp_path / "pelvis.csv"
    path.write_text("time_s,acc_x,acc_y,acc_z\n0,0,9.8,0\n")
    os.truncate(path, 5 * 1024**3)
    read: list[str] = []
    monkeypatch.setattr("hipgait.io.reader.sha256_file", lambda p: read.append(str(p)) or "")
    with pytest.raises(HipgaitError, match=r"pelvis\.csv: larger than 2 GB\. Split"):
        read_run(path.parent)
    assert not read


def test_more_rows_than_memory_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pelvis.csv").write_text(build.csv_text(60))
    assert read_run(tmp_path)["pelvis"].n == 60
    monkeypatch.setattr(files, "MAX_ROWS", 50)
    with pytest.raises(HipgaitError, match=r"pelvis\.csv: .* million rows.* Split"):
        read_run(tmp_path)


def test_a_parquet_of_many_rows_in_few_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_ROWS", 1_000_000)
    column = pa.array(np.zeros(2_000_000))
    names = ("time_s", "acc_x_mps2", "acc_y_mps2", "acc_z_mps2")
    pq.write_table(pa.table(dict.fromkeys(names, column)), tmp_path / "pelvis.parquet")
    (tmp_path / "session.json").write_text('{"schema_version":"1.0","streams":{"pelvis":{}}}')
    assert (tmp_path / "pelvis.parquet").stat().st_size < 1e6
    with pytest.raises(HipgaitError, match="2 million rows"):
        read_session(tmp_path)


def test_curves_that_unpack_without_end(tmp_path: Path) -> None:
    save(tmp_path)
    with zipfile.ZipFile(tmp_path / "cycles.npz", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("a.npy", b"\0" * 70_000_000)
    with pytest.raises(HipgaitError, match=r"cycles\.npz: unpacks to more than 100 times"):
        read_results(tmp_path)


@pytest.mark.parametrize("text", ['{"a":' * 100_000, "[" * 100_000, "[]", "3", '{"a"'])
def test_json_of_another_kind(tmp_path: Path, text: str) -> None:
    save(tmp_path)
    np.savez(tmp_path / "cycles.npz", pct=np.arange(3))
    (tmp_path / results.RUN).write_text(text)
    with pytest.raises(HipgaitError, match=r"run\.json: damaged .*Analyse the run again"):
        read_results(tmp_path)


def test_gaps_that_would_be_filled_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    time, acc, _ = build.moving(400)
    stream = SensorStream("pelvis", time, acc)
    assert uniform(stream).n == 400
    monkeypatch.setattr(uniform_module, "MAX_SAMPLES", 399)
    with pytest.raises(HipgaitError, match="million samples, more than are analysed"):
        uniform(stream)


def test_a_watch_file_of_many_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.fit"
    path.write_bytes(fitfile.run_fit(1_770_000_000.0, 20))
    assert len(read_fit(Source(path)).time_s) == 20
    monkeypatch.setattr(fit, "MAX_RECORDS", 10)
    with pytest.raises(HipgaitError, match="more than 10 records"):
        read_fit(Source(path))
    monkeypatch.setattr(fit, "MAX_BYTES", 100)
    with pytest.raises(HipgaitError, match=r"run\.fit: larger than"):
        read_fit(Source(path))


def test_json_samples_are_bounded_by_the_size(tmp_path: Path) -> None:
    path = tmp_path / "pelvis.json"
    path.write_bytes(b"{")
    os.truncate(path, movesense.MAX_BYTES + 1)
    with pytest.raises(HipgaitError, match="larger than 512 MB"):
        movesense._streams(Source(path))


def test_a_capture_larger_than_any(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    path.write_bytes(b"")
    os.truncate(path, capture_scan.MAX_FILE + 1)
    with pytest.raises(HipgaitError, match="are no capture"):
        list(capture_scan.scan(path))


def test_an_archive_of_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_MEMBERS", 3)
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as bundle:
        for k in range(4):
            bundle.writestr(f"{k}.csv", "a")
    with pytest.raises(HipgaitError, match="4 files in one archive"):
        list_sources(tmp_path / "run.zip")


@pytest.mark.parametrize("name", ["../../{}/pelvis.csv", "{}/pelvis.csv", "..\\{}\\p.csv"])
def test_no_archive_writes_beside_its_folder(tmp_path: Path, name: str) -> None:
    """Members are read where they are, and never unpacked to disk."""
    inside, outside = tmp_path / "a" / "b", tmp_path / "evil"
    inside.mkdir(parents=True)
    with zipfile.ZipFile(inside / "run.zip", "w") as bundle:
        bundle.writestr(name.format(outside if name[0] == "{" else "evil"), build.csv_text(60))
    before = sorted(tmp_path.rglob("*"))
    for source in list_sources(inside / "run.zip"):
        source.read()
    with suppress(HipgaitError):  # whether such a member is a sensor is another question
        read_run(inside / "run.zip")
    assert sorted(tmp_path.rglob("*")) == before
