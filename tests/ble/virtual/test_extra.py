"""Without bumble there is one line that says what to install."""

from __future__ import annotations

import importlib
import sys

import pytest

from hipgait.errors import MissingExtraError


def test_without_bumble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bumble", None)
    monkeypatch.delitem(sys.modules, "hipgait.ble.virtual", raising=False)
    with pytest.raises(MissingExtraError, match=r'pip install "hipgait\[virtual\]"'):
        importlib.import_module("hipgait.ble.virtual")
