"""Pages that come from the code say what the code says; links lead somewhere."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

from hipgait.io.files import Source
from hipgait.io.runinfo import SensorOptions, _AthleteTable, _RunTable, read_run_info
from hipgait.metrics.control_columns import CONTROL_COLUMNS, STANCE_COLUMNS
from hipgait.names import ALL_COLUMNS, REASONS
from hipgait.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
METHODS = sorted(p for p in (ROOT / "docs" / "methods").glob("*.md") if p.name != "README.md")
PARTS = (
    "What it measures, and for whom",
    "What it needs",
    "How",
    "Source",
    "Where it differs from the source",
    "Measured error",
    "When it fails, and what the report says",
    "In the code",
)
"""sections of a page of a method, in this order"""


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


def _anchors(page: Path) -> set[str]:
    """Anchors that headings get on the project's site: small letters, hyphens for blanks."""
    headings = re.findall(r"^#+ +(.*)$", page.read_text("utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)[^)]*\)", text):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        place = page.parent / target if target else page
        assert place.exists(), f"{page.name}: {link}"
        if anchor and place.suffix == ".md":
            assert anchor in _anchors(place), f"{page.name}: {link}"


# ------------------------------------------------------------------------------ pages of methods


def test_every_method_is_in_the_index() -> None:
    index = (ROOT / "docs" / "methods" / "README.md").read_text("utf-8")
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", index)) == {p.name for p in METHODS}


@pytest.mark.parametrize("page", METHODS, ids=_name)
def test_a_method_has_all_its_parts(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert tuple(line[3:] for line in lines if line.startswith("## ")) == PARTS
    assert 60 <= len(lines) <= 140


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_modules_that_a_page_names_exist(page: Path) -> None:
    """`hipgait.a.b` is a module; `hipgait.a.b.NAME` a constant, with its value where given."""
    text = page.read_text("utf-8")
    for name, value in re.findall(r"`(hipgait(?:\.\w+)+)`(?: = (-?[\d.]+\d|\d))?", text):
        module, _, last = name.rpartition(".")
        if last.isupper():
            found = getattr(importlib.import_module(module), last)
            assert not value or found == pytest.approx(float(value)), name
        else:
            assert importlib.util.find_spec(name) is not None, f"{page.name}: {name}"


@pytest.mark.parametrize("page", METHODS, ids=_name)
def test_constants_that_a_method_names_are_those_of_the_settings(page: Path) -> None:
    """`section.field` = value, in the unit of the settings."""
    settings = Settings()
    text = page.read_text("utf-8")
    pattern = r"`(\w+)\.(\w+)`(?: = (-?\d+(?:\.\d+)?))?"
    for section, field, value in re.findall(pattern, text):
        if hasattr(settings, section):
            found = getattr(getattr(settings, section), field)
            assert not value or found == pytest.approx(float(value)), f"{section}.{field}"


@pytest.mark.parametrize("page", METHODS, ids=_name)
def test_columns_and_codes_that_a_method_names_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    columns = {c.name for c in (*ALL_COLUMNS, *CONTROL_COLUMNS, *STANCE_COLUMNS)}
    units = r"(?:deg|deg_s|g|db|cm|mm|spm|kn_m|mps2)"
    for name in re.findall(rf"`([a-z]+_[a-z_]*_{units})`", text):
        assert name in columns, f"{page.name}: {name}"
    for code in re.findall(r"codes? `(\w+)`", text):
        assert code in REASONS, f"{page.name}: {code}"
