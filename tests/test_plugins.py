"""Readers, profiles and metrics of other packages: used, or left out with one line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hipgait import plugins
from hipgait.api import analyze, read
from hipgait.batch.plan import Plan, make_plan
from hipgait.batch.work import analyse
from hipgait.ble import profiles
from hipgait.cli.main import run
from hipgait.errors import FormatError, InputError
from hipgait.io.exports import others, reader_named, readers
from hipgait.io.files import Source
from hipgait.io.runinfo import SensorOptions
from hipgait.metrics.catalog import StrideTable
from hipgait.metrics.others import other_columns
from hipgait.plugins import PluginWarning
from hipgait.recording import Recording, RunInfo
from hipgait.resources import profiles_dir
from tests.live.worn import worn

READER = """
import numpy as np
from hipgait.io.reading import Reading
from hipgait.recording import Provenance, SensorStream
NAME, LABEL, FOLDERED = "{name}", "Three numbers a line", False
def matches(head, source):
    {matches}
def hint(source):
    return source.stem
def read(source, placement, options):
    {read}
    table = np.loadtxt(source.path, skiprows=1)
    time = np.arange(len(table)) / 100.0
    about = Provenance(NAME, str(source.path))
    return Reading(SensorStream(placement, time, table[:, :3], None, provenance=about))
"""
METRIC = """
import numpy as np
from hipgait.names import Column
COLUMNS = (Column("{column}", "float", "s", "contact time of the stance before, same side"),)
def compute(strides, cycles, info):
    strides.loc[:, "contact_time_s"] *= 1.0  # a copy: nobody else sees it
    {compute}
    return {{"{column}": strides.groupby("side")["contact_time_s"].shift(1)}}
"""


def _forget() -> None:
    plugins._loaded.cache_clear()
    others._usable.cache_clear()
    profiles._of_others.cache_clear()


Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution on sys.path: install("hipgait.readers", "name", source)."""
    root = tmp_path / "site"
    root.mkdir()
    monkeypatch.syspath_prepend(root)
    made = []

    def install(group: str, module: str, source: str = "", value: str = "") -> Path:
        package = root / module
        package.mkdir()
        (package / "__init__.py").write_text(source, "utf-8")
        info = root / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{module} = {value or module}\n")
        made.append(module)
        _forget()
        return package

    yield install
    for module in made:
        sys.modules.pop(module, None)
    _forget()


def _reader(name: str = "threes", matches: str = "", read: str = "") -> str:
    yes = matches or "return head.startswith(b'threes')"
    return READER.format(name=name, matches=yes, read=read or "pass")


def _file(folder: Path) -> Path:
    path = folder / "pelvis.txt"
    rows = "\n".join("0.0 9.81 0.0" for _ in range(300))
    path.write_text(f"threes\n{rows}\n", "utf-8")
    return path


def test_a_reader_of_another_package(install: Install, tmp_path: Path) -> None:
    install("hipgait.readers", "fake_reader", _reader())
    assert [r.NAME for r in readers()][-3:] == ["threes", "generic", "csv"]
    recording = read(_file(tmp_path))
    assert recording["pelvis"].acc[0].tolist() == [0.0, 9.81, 0.0]
    assert reader_named("threes").LABEL == "Three numbers a line"


@pytest.mark.parametrize(
    ("source", "value", "why"),
    [
        ("import not_there_at_all", "", "ModuleNotFoundError"),
        ("NAME = 1", "", "it has no NAME"),
        ("NAME = LABEL = 'x'", "", r"it has no matches\(\)"),
        (_reader(name="csv"), "", "'csv' is there already"),
        ("", "fake_reader:gone", "AttributeError"),
    ],
)
def test_a_broken_reader_is_left_out(install: Install, source: str, value: str, why: str) -> None:
    before = [r.NAME for r in readers()]
    install("hipgait.readers", "fake_reader", source, value)
    with pytest.warns(PluginWarning, match=f"'fake_reader' of fake_reader 1.2 is left out.*{why}"):
        found = readers()
    assert [r.NAME for r in found] == before


def test_a_reader_that_fails(install: Install, tmp_path: Path) -> None:
    install("hipgait.readers", "fake_reader", _reader(read="raise KeyError('speed\\nof it')"))
    with pytest.raises(FormatError, match=r"fake_reader 1\.2 failed \(KeyError") as caught:
        read(_file(tmp_path))
    assert "\n" not in str(caught.value)


def test_what_a_reader_says_itself_is_kept(install: Install, tmp_path: Path) -> None:
    said = "from hipgait.errors import InputError; raise InputError('no such mode', 'Ask')"
    install("hipgait.readers", "fake_reader", _reader(read=said))
    with pytest.raises(InputError, match=r"^no such mode\. Ask$"):
        read(_file(tmp_path))


def test_two_readers_of_one_name(install: Install) -> None:
    install("hipgait.readers", "one_reader", _reader())
    install("hipgait.readers", "two_reader", _reader())
    with pytest.warns(PluginWarning, match="'two_reader'.*'threes' is there already"):
        assert [r.NAME for r in readers()].count("threes") == 1


def test_a_reader_that_returns_something_else(install: Install, tmp_path: Path) -> None:
    install("hipgait.readers", "fake_reader", _reader(read="return 3"))
    with pytest.raises(FormatError, match="returned int, not a Reading"):
        reader_named("threes").read(Source(_file(tmp_path)), "pelvis", SensorOptions())


def test_a_reader_that_fails_when_asked_counts_as_no(install: Install, tmp_path: Path) -> None:
    install("hipgait.readers", "fake_reader", _reader(matches="return 1 / 0"))
    with pytest.warns(PluginWarning, match="ZeroDivisionError"), pytest.raises(FormatError):
        read(_file(tmp_path))


# ------------------------------------------------------------------------------------ profiles


def test_a_profile_of_another_package(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    package = install("hipgait.profiles", "fake_profiles")
    text = (profiles_dir() / "bluest.toml").read_text("utf-8")
    (package / "mine.toml").write_text(text.replace('"bluest"', '"mine"', 1), "utf-8")
    assert profiles.load("mine").profile.id == "mine"
    assert "mine" in profiles.known()
    assert "mine" not in profiles.shipped()
    assert run(["sensors", "list"]) == 0
    assert "\nmine " in capsys.readouterr().out


def test_broken_profiles_are_left_out(install: Install) -> None:
    package = install("hipgait.profiles", "fake_profiles")
    (package / "broken.toml").write_text("id = 3", "utf-8")
    (package / "twice.toml").write_text((profiles_dir() / "bluest.toml").read_text("utf-8"))
    with pytest.warns(PluginWarning) as caught:
        assert set(profiles.known()) == set(profiles.shipped())
    told = [str(w.message) for w in caught]
    assert len(told) == 2
    assert "broken.toml" in told[0]
    assert "'bluest' is there already" in told[1]


def test_an_empty_package_of_profiles(install: Install) -> None:
    install("hipgait.profiles", "fake_profiles")
    with pytest.warns(PluginWarning, match=r"no \.toml file"):
        assert set(profiles.known()) == set(profiles.shipped())


# ------------------------------------------------------------------------------------- metrics


@pytest.fixture(scope="module")
def recording() -> Recording:
    return worn()


@pytest.fixture(scope="module")
def table(recording: Recording) -> StrideTable:
    found = analyze(recording)
    return StrideTable(found.strides, dict(found.cycles), True)


def _metric(column: str = "contact_before_s", compute: str = "pass") -> str:
    return METRIC.format(column=column, compute=compute)


def test_a_metric_of_another_package(
    install: Install, recording: Recording, tmp_path: Path
) -> None:
    install("hipgait.metrics", "fake_metric", _metric())
    result = analyze(recording)
    strides = result.strides
    assert list(strides.columns)[-1] == "contact_before_s"
    left = strides[strides["side"] == "left"]
    np.testing.assert_array_equal(left["contact_before_s"][1:], left["contact_time_s"][:-1])
    assert result.run["versions"]["fake_metric"] == "1.2"
    result.save(tmp_path / "out", report=False)
    assert (tmp_path / "out/strides.csv").read_text().splitlines()[0].endswith("contact_before_s")


def test_a_metric_cannot_change_the_table(install: Install, table: StrideTable) -> None:
    install("hipgait.metrics", "fake_metric", _metric(compute='strides["contact_time_s"] = 9.0'))
    before = table.table.copy()
    again, packages = other_columns(table, RunInfo())
    assert packages == {"fake_metric": "1.2"}
    pd.testing.assert_frame_equal(table.table, before)
    pd.testing.assert_frame_equal(again.table[before.columns], before)


def test_two_metrics_of_one_name(install: Install, table: StrideTable) -> None:
    install("hipgait.metrics", "one_metric", _metric())
    install("hipgait.metrics", "two_metric", _metric())
    with pytest.warns(PluginWarning, match="'two_metric'.*contact_before_s is there already"):
        again, packages = other_columns(table, RunInfo())
    assert packages == {"one_metric": "1.2"}
    assert list(again.table.columns).count("contact_before_s") == 1


def test_two_metrics_of_two_names(install: Install, table: StrideTable) -> None:
    install("hipgait.metrics", "one_metric", _metric("first_s"))
    install("hipgait.metrics", "two_metric", _metric("second_s"))
    assert list(other_columns(table, RunInfo())[0].table.columns)[-2:] == ["first_s", "second_s"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (_metric().replace('"float"', '"str"'), "contact_before_s is str, not float"),
        (_metric(compute="raise ValueError('no')"), "ValueError: no"),
        (_metric(compute="return {}"), "KeyError"),
        (_metric(compute="return {'contact_before_s': [1.0]}"), "one a stance"),
        (_metric(column="cadence_spm"), "cadence_spm is hipgait's own"),
        (_metric(column="No Name"), "no name of a column"),
        ("COLUMNS = ('a',)", "COLUMNS is not"),
    ],
)
def test_a_broken_metric_is_left_out(
    install: Install, table: StrideTable, source: str, why: str
) -> None:
    install("hipgait.metrics", "fake_metric", source)
    with pytest.warns(PluginWarning, match=why):
        again, packages = other_columns(table, RunInfo())
    assert again is table
    assert not packages


def test_another_version_of_a_plugin_is_another_result_of_a_batch(
    install: Install, tmp_path: Path
) -> None:
    def plan() -> tuple[Plan, str]:
        made = make_plan([_file(tmp_path)], tmp_path / "out", None, "auto", False)
        return made, made.task(made.sources[0], "0" * 24).place

    bare = plan()[1]
    package = install("hipgait.metrics", "fake_metric", _metric())
    first, place = plan()
    (info,) = package.parent.glob("*.dist-info")
    meta = info / "METADATA"
    meta.write_text(meta.read_text().replace("Version: 1.2", "Version: 1.3"))
    invalidate_caches()
    places = [bare, place, plan()[1]]
    assert len({p.rpartition("/")[2] for p in places}) == 3
    assert len({p.partition("/")[0] for p in places}) == 3
    assert "fake_metric" not in sys.modules  # named without being imported
    failed = analyse(first.task(first.sources[0], "0" * 24))  # a worker with 1.3
    assert failed.state == "failed"
    assert "has the plug-ins fake_metric 1.3, the batch asks for fake_metric 1.2" in failed.what


def test_doctor_tells_of_them(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("hipgait.readers", "fake_reader", "import not_there_at_all")
    install("hipgait.metrics", "fake_metric", _metric())
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert " !  reader fake_reader" in out
    assert "No module named 'not_there_at_all'" in out
    assert "ok  metric fake_metric" in out


@pytest.mark.parametrize(
    ("group", "source", "why"),
    [
        ("reader", "NAME = 1", "it has no NAME"),
        ("reader", _reader(name="csv"), "the format 'csv' is there already"),
        ("reader", "raise SystemExit('not here')", "SystemExit: not here"),
        ("profile", "", "no .toml file lies in it"),
        ("metric", "COLUMNS = ('a',)", "COLUMNS is not a sequence"),
        ("metric", _metric(column="cadence_spm"), "cadence_spm is hipgait's own"),
    ],
)
def test_doctor_tells_why_one_is_left_out(
    install: Install, capsys: pytest.CaptureFixture[str], group: str, source: str, why: str
) -> None:
    """What an analysis would leave out is not "ok"."""
    install(f"hipgait.{group}s", "fake_part", source)
    assert run(["doctor"]) == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if f"{group} fake_part" in x]
    assert line.startswith(f" !  {group} fake_part")
    assert why in line
    assert line.endswith("(update or uninstall fake_part)")


def test_doctor_names_the_profile_that_is_wrong(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    package = install("hipgait.profiles", "fake_profiles")
    text = (profiles_dir() / "bluest.toml").read_text("utf-8")
    (package / "mine.toml").write_text(text.replace('"bluest"', '"mine"', 1), "utf-8")
    assert run(["doctor"]) == 0
    assert "ok  profile fake_profiles" in capsys.readouterr().out
    (package / "twice.toml").write_text(text, "utf-8")
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "fake_profiles 1.2: twice.toml: the id 'bluest' is there already" in out
