from __future__ import annotations

import json
from pathlib import Path

import pytest
from mcap.reader import make_reader

from hipgait.cli.main import run
from hipgait.io import capture_recover
from hipgait.io.capture_read import read_capture
from tests.io.recorded import record


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    path = tmp_path / "run.mcap"
    record(path, 2.0)
    path.write_bytes(path.read_bytes()[:-4000])
    return path


def test_a_torn_file_is_made_whole(torn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = torn.read_bytes()
    assert run(["recover", str(torn)]) == 0
    copy = torn.with_name("run.recovered.mcap")
    said = capsys.readouterr().out
    assert "its end was never written" in said
    assert f"notifications written to {copy}" in said
    assert read_capture(copy).finished
    assert torn.read_bytes() == before
    assert run(["recover", str(torn)]) == 1  # nothing is overwritten
    assert "exists already. Give another name with --out" in capsys.readouterr().err


def test_json(torn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "there" / "copy.mcap"
    assert run(["recover", str(torn), "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["out"] == str(out)
    assert said["notifications"] == sum(len(c.payloads) for c in read_capture(out).raw.values())
    assert said["missing"]


def test_message_by_message_is_the_same(torn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where chunks cannot be copied as they are, e.g. numbered otherwise by another program."""
    as_they_are = capture_recover.recover(torn, torn.with_name("a.mcap"))
    monkeypatch.setattr(capture_recover, "_copied", lambda _record: None)
    anew = capture_recover.recover(torn, torn.with_name("b.mcap"))
    assert as_they_are.notifications == anew.notifications > 0
    found = []
    for done in (as_they_are, anew):
        assert done.out is not None
        with done.out.open("rb") as file:
            reader = make_reader(file, validate_crcs=True)
            found.append([(c.topic, m) for _, c, m in reader.iter_messages()])
            summary = reader.get_summary()
            assert summary is not None
            assert summary.statistics is not None
            assert summary.statistics.message_count == len(found[-1])
    assert found[0] == found[1]


def test_a_chunk_that_is_there_twice_is_copied_once(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    record(path, 2.0)
    whole = read_capture(path)
    begin, end = whole.chunks[1]
    data = path.read_bytes()
    path.write_bytes(data[:end] + data[begin:end] + data[end:])
    done = capture_recover.recover(path, tmp_path / "copy.mcap")
    copy = read_capture(tmp_path / "copy.mcap")
    assert not copy.missing
    assert done.missing
    for key, channel in whole.raw.items():
        assert copy.raw[key].payloads == channel.payloads


def test_a_whole_file_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.mcap"
    record(path, 1.0)
    assert run(["recover", str(path)]) == 0
    assert "is whole: 156 notifications" in capsys.readouterr().out
    assert [p.name for p in tmp_path.iterdir()] == ["run.mcap"]


@pytest.mark.parametrize("content", [b"", b"time_s,acc_x\n"])
def test_one_line_for_what_is_no_capture(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.mcap").write_bytes(content)
    assert run(["recover", str(tmp_path / "x.mcap")]) == 1
    err = capsys.readouterr().err
    assert "not an MCAP file" in err
    assert err.count("\n") == 1
    assert run(["recover", str(tmp_path / "absent.mcap")]) == 1
