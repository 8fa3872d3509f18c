"""Settings: round trip, digest, and errors that name the path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hipgait.errors import SettingsError
from hipgait.settings import AngleSettings, Settings


def test_round_trip_and_digest(tmp_path: Path) -> None:
    changed = replace(Settings(), angles=AngleSettings(cutoff_hz=8.0))
    (tmp_path / "s.toml").write_text(changed.to_toml(), "utf-8")
    assert Settings.from_toml(tmp_path / "s.toml") == changed
    assert changed.digest() != Settings().digest()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[angles]\ncutoff = 3.0", "angles.cutoff"),
        ("[angle]\ncutoff_hz = 3.0", r"\[angle\]"),
        ('[angles]\ncutoff_hz = "ten"', "cutoff_hz"),
        ("[angles\n", "TOML"),
        ("angles = 3", "angles"),
    ],
)
def test_bad_settings_name_the_key(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=match):
        Settings.from_toml(path)
