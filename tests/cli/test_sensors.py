"""``hipgait sensors list`` and ``show``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hipgait.ble.profiles import load, shipped
from hipgait.cli.main import run


def test_list_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sensors", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = {line.split()[0]: line for line in lines[1 : len(shipped()) + 1]}
    assert table.keys() == shipped().keys()
    assert "1-60    device   yes  yes " in table["movella-dot"]
    assert "20      device   yes  too slow" in table["bluest"]
    assert "10-200  arrival  yes  yes " in table["witmotion-ble5"]
    assert "25-200  device   no   timing " in table["polar-h10"]
    assert "-       arrival  no   beside" in table["sig-heart-rate"]
    assert "None was ever tried on hardware: they follow public documents and code." in lines


def test_list_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sensors", "list", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows.keys() == shipped().keys()
    dot = rows["movella-dot"]
    assert dot["rates_hz"][-1] == 60
    assert dot["running"] == "yes"
    assert dot["clock"] == "device"
    assert dot["tried_on_hardware"] is False
    assert rows["sig-battery"]["rates_hz"] == []


@pytest.mark.parametrize("profile_id", sorted(shipped()))
def test_show_says_what_is_known(profile_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sensors", "show", profile_id]) == 0
    out = capsys.readouterr().out
    profile = shipped()[profile_id]
    assert out.startswith(f"{profile_id}: {profile.name}\n")
    assert "never tried on hardware" in out
    for text in (*profile.source, *profile.known_faults, *profile.options):
        assert text in out
    for stream in profile.stream:
        assert f"  {stream.id}: " in out


def test_show_one_of_the_users_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    text = load("thingy52").text.replace('id = "thingy52"', 'id = "mine"')
    path.write_text(text.replace("tried_on_hardware = false", "tried_on_hardware = true"), "utf-8")
    assert run(["sensors", "show", str(path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["id"] == "mine"
    assert shown["tried_on_hardware"] is True
    assert shown["profile"]["stream"][0]["length"] == 18
    assert shown["path"] == str(path)
    assert run(["sensors", "show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "  tried on hardware" in out
    assert "acc (g, up to 16), gyr (deg/s, up to 2000), mag (uT), 5-200 Hz" in out
    assert "rate_hz: 5 ... 200 Hz (default 100)" in out
    path.write_text(text.replace("length = 18", "length = 19"), "utf-8")
    assert run(["sensors", "show", str(path)]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "stream[0].length: 19, but the fields take 18 bytes" in err


def test_show_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sensors", "show", "nothing"]) == 1
    assert "no profile 'nothing'. Shipped: bluest" in capsys.readouterr().err
    assert run(["sensors", "show"]) == 2
    assert run(["sensors", "shw"]) == 2
