"""The example of docs/virtual-sensors.md runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "virtual-sensors.md"


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.S)
    exec(compile(example, PAGE.name, "exec"), {})
    *packets, last = capsys.readouterr().out.splitlines()
    delivered, lost = map(int, last.split())
    assert delivered == len(packets) > 200
    assert 0 < lost < 0.1 * delivered
