"""Pages that come from the code say what the code says; links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from hipgait.io.files import Source
from hipgait.io.runinfo import SensorOptions, _AthleteTable, _RunTable, read_run_info

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_nomenclature_is_that_of_the_code() -> None:
    path = ROOT / "docs" / "make_nomenclature.py"
    spec = importlib.util.spec_from_file_location("make_nomenclature", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "nomenclature.md").read_text("utf-8")
    assert page == module.render(), "run: make docs"


def test_the_readme_shows_every_key_of_run_toml(tmp_path: Path) -> None:
    """The example is read as it stands, and leaves out no key."""
    text = (ROOT / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, flags=re.S)
    (tmp_path / "run.toml").write_text(example, "utf-8")
    found = read_run_info(Source(tmp_path / "run.toml"))
    assert found.info.speed_mps == 2.9
    assert found.info.athlete.pelvis_width_m == 0.24
    assert found.sensors["pelvis"].rate_hz == 100
    for struct in (_RunTable, _AthleteTable, SensorOptions):
        for key in struct.__struct_fields__:
            assert re.search(rf"\b{key}\b", example), key


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
