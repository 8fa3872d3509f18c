"""What the site is made of: examples in pages run, the picture and the reference are the code's."""

from __future__ import annotations

import doctest
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

import hipgait
from hipgait.batch.plan import make_plan
from hipgait.batch.summary import Summary
from hipgait.batch.work import DONE, FAILED, Done
from hipgait.errors import InputError
from hipgait.io.reader import read_run
from hipgait.io.session import write_session
from hipgait.resources import data_path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
WITH_EXAMPLES = [p for p in sorted(DOCS.rglob("*.md")) if ">>> " in p.read_text("utf-8")]


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda p: p.name)
def test_examples_of_a_page_give_what_it_says(page: Path) -> None:
    found = doctest.testfile(str(page), module_relative=False)
    assert found.attempted > 0
    assert found.failed == 0


def test_pages_with_examples_are_found() -> None:
    assert {p.name for p in WITH_EXAMPLES} >= {"start.md", "for-researchers.md"}


def test_the_picture_of_the_layers_is_that_of_the_code() -> None:
    picture = (DOCS / "img" / "layers.svg").read_text("utf-8")
    assert picture == _script("make_architecture").render(), "run: make docs"


def test_the_reference_holds_what_is_public() -> None:
    pages = _script("make_api").pages()
    index = pages["api/README.md"]
    assert all(f"`hg.{name}`" in index for name in hipgait.__all__)
    analysis = pages["api/analysis.md"]
    assert "### analyze" in analysis
    assert "    sync: str = 'auto'," in analysis
    assert "- `speed_mps`: overrides what the recording says of the speed." in analysis
    assert "| `cutoff_hz` | `10.0` |" in pages["api/settings.md"]
    listed = len(re.findall(r"^- `\w+\.py`", pages["api/modules.md"], flags=re.M))
    assert listed > 0.9 * len(list(Path(hipgait.__file__).parent.rglob("*.py"))) - 12


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in DOCS.rglob("*.md"):
        assert re.search(rf"[ \[]{page.relative_to(DOCS).as_posix()}(?=[,\]\n])", menu), page


def test_the_citation_names_this_version() -> None:
    assert f"\nversion: {hipgait.__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


# ----------------------------------------------------------------------------- schemas


def _schema(name: str) -> dict[str, object]:
    schema: dict[str, object] = json.loads((DOCS / f"{name}.schema.json").read_text("utf-8"))
    return schema


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.schema.json")), ids=lambda p: p.name)
def test_schemas_are_schemas_and_published(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))
    assert f"({path.name})" in (DOCS / "files.md").read_text("utf-8")


def test_a_session_keeps_to_its_schema(tmp_path: Path) -> None:
    write_session(read_run(data_path("walk-and-run")), tmp_path / "session")
    document = json.loads((tmp_path / "session" / "session.json").read_text("utf-8"))
    jsonschema.validate(document, _schema("session"))
    del document["streams"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, _schema("session"))


def test_what_a_batch_says_keeps_to_its_schema(tmp_path: Path) -> None:
    plan = make_plan([tmp_path / "a", tmp_path / "b"], tmp_path / "out", None, "auto", False)
    summary = Summary(plan)
    good, bad = plan.sources
    summary.add(Done(good, DONE, peak_mb=120.0))
    summary.add(Done(bad, FAILED, kind=InputError.__name__, what="b is not there. Look again"))
    document = json.loads(json.dumps(summary.to_dict()))
    assert document["failed"][0]["kind"] == "InputError"
    jsonschema.validate(document, _schema("batch"))
    document["failed"][0].pop("what")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, _schema("batch"))
