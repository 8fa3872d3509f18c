"""Broken inputs: one line with the cure and exit 1, or the right numbers with a note."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from hipgait.cli.main import run
from hipgait.errors import InputError
from hipgait.io.reader import read_run
from hipgait.io.session import read_session
from hipgait.recording import Recording, SensorStream
from tests.io import broken
from tests.io.broken import DAMAGES, FORMATS, PLACES, PLAIN
from tests.io.build import Array

OTHER_UNIT = "not the declared units"
BACKWARDS = r"line \d+, column time_s: time runs backwards .* delete the lines"
NO_COLUMNS = "(unknown columns|no table) .*Name the columns time_s,acc_x"
NOT_TEXT = "not a text export that is known here. Export"
NO_ACC = "no acceleration values. Export again"
IN_SECONDS = "Give times in seconds"

REFUSED = {
    "empty": "empty or damaged. Export it again",
    "blank lines only": "empty or damaged. Export it again",
    "BOM only": "empty or damaged. Export it again",
    "header only": "line 1: no rows follow the header. Export",
    "one row": "fewer than two samples. Export the whole",
    "UTF-16 without BOM": NOT_TEXT,
    "UTF-32": NOT_TEXT,
    "time and acc exchanged": BACKWARDS,
    "acc and gyr exchanged": "look exchanged: .* Exchange the names",
    "all NaN": NO_ACC,
    "acc NaN": NO_ACC,
    "one axis of acc NaN": NO_ACC,
    "acc all inf": NO_ACC,
    "time NaN": "fewer than two samples",
    "everything constant": "never changes: .* leave this sensor out",
    "time constant": "line 3, column time_s: time stands still .* more decimals",
    "every row twice": "line 3, column time_s: time stands still",
    "whole seconds": "time stands still .* more decimals",
    "time reversed": BACKWARDS,
    "a block twice": BACKWARDS,
    "two rows exchanged": BACKWARDS,
    "rows shuffled": BACKWARDS,
    "restarted export": BACKWARDS + ".* split the file",
    "a huge value": r"line 52, column acc_x: 1e\+30 m/s\^2 is not possible. Correct",
    "huge values": OTHER_UNIT,
    "huge rates": rf"column gyr_x: .* not possible: .*{OTHER_UNIT}. Export again in deg/s",
    "gyr raw counts as deg/s": OTHER_UNIT,
    "tiny values": "gravity should give 9.81",
    "acc in g as m/s2": "looks like g. Name the columns acc_x_g",
    "acc in g half way": "looks like g. Name the columns acc_x_g",
    "one axis in g": "gravity should give 9.81",
    "acc in mg as m/s2": OTHER_UNIT,
    "acc in mg as g": OTHER_UNIT,
    "acc in m/s2 as g": r"looks like m/s\^2. Name the columns acc_x_mps2",
    "gravity removed": "gravity was removed. Export the raw acceleration",
    "gyr in rad/s as deg/s": "looks like rad/s. If so, name the columns gyr_x_rad_s",
    "gyr in deg/s as rad/s": "looks like deg/s. Name the columns gyr_x_deg_s",
    "one axis declared in g": "in different units .* the same unit",
    "magnetometer only": NO_COLUMNS,
    "gyroscope only": NO_COLUMNS,
    "no time": NO_COLUMNS,
    "no header": NO_COLUMNS,
    "two axes": NO_COLUMNS,
    "spaces between": NO_COLUMNS,
    "error page saved as CSV": NO_COLUMNS,
    "JSON saved as CSV": NO_COLUMNS,
    "a column twice": "line 1, column acc_x: two columns are called 'acc_x'. Keep one",
    "binary noise": NOT_TEXT,
    "Excel workbook saved as CSV": NOT_TEXT,
    "noise in the middle": r"line \d+: binary data where text is expected. Export",
    "NUL bytes in the middle": "line 131: binary data .* copy the file again",
    "NUL bytes at the end": "line 402: binary data .* copy the file again",
    "million column header": "line 2: too few cells .* repair that line",
    "decimal commas between commas": "line 2: commas are both .* semicolons",
    "thousands commas in quotes": "line 52, column gyr_y: '1,024.0' is not a number. Use decimal",
    "Excel serials": "days of a spreadsheet. Give the time in seconds",
    "seconds to Unix ns in one column": "time jumps .* Split the recording",
    "a hole of a year": "line 203, column time_s: time jumps .* Split the recording",
    "Unix ms as s": "looks like milliseconds. Name the column time_ms",
    "Unix us as s": "looks like microseconds. Name the column time_us",
    "Unix ns as s": "looks like nanoseconds. Name the column time_ns",
    "one sample a second": "1 s apart",
    "seconds as ms": "1e-05 s apart. Give the time in seconds",
    "words for missing": "line 52, column acc_y: '#DIV/0!' is not a number. Correct the cell",
    "a quote that never closes": r"line \d+, column acc_y: .* is not a number",
    "formula in a cell": "line 52, column acc_y: '=A1.B1' is not a number. Correct the cell",
}
READ = {  # what is said of those that are read; "" where they are whole after all
    "two rows": "only 2 samples",
    "cut in the last row": "last line is cut off",
    "cut in a number": "last line is cut off",
    "latin-1 name of an extra column": "columns ignored",
    "gyr NaN": "gyroscope columns are empty: read without",
    "gyr constant": "gyroscope never changes: read without",
    "a cell inf": "1 infinite samples taken as missing",
    "a cell -1e999": "1 of 400 samples are missing",
    "time inf": "1 rows without a time stamp",
    "a few rows twice": "1 rows written twice left out",
    "header again, time goes on": "the header is written 1 times more",
    "million empty columns": "only 3 samples",
    "UTF-16 with BOM": "",
    "times of two digits in 400 Hz": "taken as evenly spaced",
    "times of day": "",
    "ISO times": "",
    "CRLF": "",
    "CR only": "",
    "CR CR LF": "",
    "decimal commas, semicolons": "",
    "gzip without its ending": "",
}
DELIVERED = "times of two digits in 400 Hz"
PLACES_REFUSED = {
    "nothing there": "no such file or folder. Check the spelling",
    "a name too long": "cannot be read .*name too long.* Check the name",
    "a folder named .csv": "no sensor file in it. Name the files",
    "a link to itself": "cannot be read .*symbolic links.* Check the name",
    "a link to nothing": "no sensor file in it. Name the files",
    "a pipe": "is not a file. Save the recording",
    "one sensor empty": r"right_shank\.csv: the file is empty or damaged. Export it again",
    "gz cut off": "damaged or cut off .* Copy the file again",
    "gz with a wrong check sum": "damaged or cut off .* Copy the file again",
    "gz with rubbish after it": "damaged or cut off .* Copy the file again",
    "gz twice": NOT_TEXT,
    "gz bomb": "unpacks to more than 100 times its size",
    "zip bomb": "unpacks to more than 100 times its size",
    "zip bomb in a zip": "unpacks to more than 100 times its size",
    "zip in a zip": "no sensor file in it. Name the files",
    "zip with a lying size": "not a readable zip archive .* Zip the folder again",
    "zip cut off": "not a readable zip archive .* Zip the folder again",
    "zip damaged inside": "damaged or cut off .* Copy the file again",
    "zip climbing out": "no sensor file in it. Name the files",
    "zip of nothing": "no sensor file in it. Name the files",
    "zip with the same name twice": "both look like left_shank. Say which one",
}
PLACES_READ = (
    "a folder named .csv among files",
    "a folder that holds itself",
    "gz that is none",
    "zip with an absolute path",
)


def test_corpus_is_expected_in_full() -> None:
    assert set(PLAIN) == set(REFUSED) | set(READ)
    assert set(PLACES) == set(PLACES_REFUSED) | set(PLACES_READ)
    assert len(PLAIN) + len(PLACES) >= 100


@pytest.fixture(autouse=True)
def _show_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback is a failure, not an internal error in one line."""
    monkeypatch.setenv("HIPGAIT_DEBUG", "1")


def imported(path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and standard error of ``hipgait import``."""
    code = run(["import", str(path), "--out", str(out)])
    error = capsys.readouterr().err
    if code:
        assert code == 1
        assert error.count("\n") == 1
        assert error.startswith("hipgait: ")
        assert not out.exists()
    return code, error


def as_built(stream: SensorStream) -> None:
    """Every sample that is there is one of ``build.moving``, at its time."""
    rows = np.round(stream.time_s * broken.RATE).astype(int)
    np.testing.assert_allclose(stream.time_s, broken.TIME[rows], atol=1e-6)
    good = np.isfinite(stream.acc).all(axis=1)
    assert good.sum() >= stream.n - 1
    np.testing.assert_allclose(stream.acc[good], broken.ACC[rows][good], atol=1e-5)
    if stream.gyr is not None:
        good = np.isfinite(stream.gyr).all(axis=1)
        np.testing.assert_allclose(stream.gyr[good], np.radians(broken.GYR[rows][good]), atol=1e-6)


@pytest.mark.parametrize("name", PLAIN)
def test_plain(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = PLAIN[name]
    path = tmp_path / "left_shank.csv"
    path.write_bytes(data if isinstance(data, bytes) else data())
    code, error = imported(path, tmp_path / "session", capsys)
    if name in REFUSED:
        assert code == 1
        assert re.search(REFUSED[name], error), error
        return
    assert code == 0, error
    stream = read_session(tmp_path / "session")["left_shank"]
    if name != DELIVERED:  # the stamps do not tell the times to 1 us
        as_built(stream)
    notes = " | ".join(stream.provenance.notes)
    assert READ[name] in notes if READ[name] else not notes


@pytest.mark.parametrize("name", PLACES)
def test_places(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, error = imported(PLACES[name](tmp_path), tmp_path / "session", capsys)
    if name in PLACES_REFUSED:
        assert code == 1
        assert re.search(PLACES_REFUSED[name], error), error
        return
    assert code == 0, error
    as_built(read_session(tmp_path / "session")["left_shank"])


def read_bytes(folder: Path, name: str, data: bytes) -> Recording:
    folder.mkdir()
    (folder / name).write_bytes(data)
    return read_run(folder / name)


def outcome(folder: Path, name: str, data: bytes) -> Recording | InputError:
    """The recording, or why there is none; anything else is raised."""
    try:
        return read_bytes(folder, name, data)
    except InputError as error:
        return error


def samples(stream: SensorStream) -> Array:
    """Time (in 10 ms, so that it weighs as much as the rest), acc and gyr, one row a sample."""
    parts = [100.0 * stream.time_s[:, None], stream.acc]
    return np.column_stack(parts if stream.gyr is None else [*parts, stream.gyr])


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", FORMATS)
def test_native(kind: str, damage: str, tmp_path: Path) -> None:
    name, data = FORMATS[kind]
    whole = read_bytes(tmp_path / "whole", name, data)["left_shank"]
    recording = outcome(tmp_path / "broken", name, DAMAGES[damage](data))
    if isinstance(recording, InputError):
        assert recording.cure
        assert "\n" not in str(recording)
        assert damage not in ("CRLF", "CR only", "BOM", "blank lines")
        return
    stream = recording["left_shank"]
    assert stream.provenance.format == whole.provenance.format
    assert set(whole.provenance.notes) <= set(stream.provenance.notes)
    assert np.isfinite(stream.acc).all()
    expected, found = samples(whole), samples(stream)
    at = np.searchsorted(expected[:, 0], found[:, 0] - 1e-3)
    # a rate rebuilt from orientations needs its neighbours
    np.testing.assert_allclose(found, expected[at], atol=0.5 if stream.derived else 1e-3)
    lost = whole.n - stream.n
    if lost > 0 and damage not in ("cut in half", "lines lost"):
        assert lost == 1
        assert len(stream.provenance.notes) > len(whole.provenance.notes)
    if damage == "lines lost":
        assert len(stream.gaps) == 1
