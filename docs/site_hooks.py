"""What the site has beside docs/: pages from elsewhere, the API reference, code that is linked to.

Pages are written for reading in the repository; here links that leave docs/ are led to the copies.
"""

from __future__ import annotations

import importlib.util
import os
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "README.md": "index.md",
    "data/README.md": "data.md",
    "firmware_profiles": "firmware-profiles.md",
    "firmware_profiles/README.md": "firmware-profiles.md",
    "docs/make_api.py": "api/README.md",
}
"""Path in the repository -> page of the site. The front page is the site's own."""
FILES = ("data/programme.toml", "data/guidance.toml", "CITATION.cff")
"""Copied as they are."""
LANGUAGES = {".py": "python", ".ino": "cpp", ".ipynb": "json"}
_LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
_LIST = re.compile(r"(- |\d+\. )")

_origin: dict[str, str] = {}
"""Page of the site -> where it lies in the repository."""


def on_files(files: Files, config: Any) -> Files:
    """Add what lies elsewhere and what comes from the code."""
    _origin.clear()
    for source, page in PAGES.items():
        if source.endswith(".md") and page != "index.md":
            _origin[page] = source
            text = (ROOT / source).read_text("utf-8")
            files.append(File.generated(config, page, content=text))
    for name in FILES:
        content = (ROOT / name).read_bytes()
        files.append(File.generated(config, f"files/{name}", content=content))
    for path in sorted((ROOT / "examples").rglob("*")):
        if path.suffix in LANGUAGES:
            name = path.relative_to(ROOT).as_posix()
            _origin[f"{name}.md"] = name
            files.append(File.generated(config, f"{name}.md", content=_code(path)))
    for page, text in _api().items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Lead links to the copies; give lists the blank line that Python's Markdown wants."""
    here = page.file.src_uri
    place = posixpath.dirname(_origin.get(here, f"docs/{here}"))
    text = _LINK.sub(lambda m: m[1] + _led(m[2], place, here) + m[3], markdown)
    return _with_blank_lines(text)


def _led(link: str, place: str, here: str) -> str:
    """A link as it is written -> as it must be on the site."""
    if re.match(r"[a-z]+:", link):
        return link
    target = posixpath.normpath(posixpath.join(place, link))
    if target in PAGES:
        page = PAGES[target]
    elif target in FILES:
        page = f"files/{target}"
    elif target.startswith("examples/"):
        page = f"{target}.md"
    elif target.startswith("docs/"):
        page = target.removeprefix("docs/")
    else:
        return link
    return os.path.relpath(page, posixpath.dirname(here) or ".").replace(os.sep, "/")


def _with_blank_lines(text: str) -> str:
    out: list[str] = []
    code = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            code = not code
        above = out[-1] if out else ""
        starts = _LIST.match(line) and above and not above.startswith((" ", "#"))
        if not code and starts and not _in_list(out):
            out.append("")
        out.append(line)
    return "\n".join(out) + "\n"


def _in_list(lines: list[str]) -> bool:
    """Whether the paragraph that ends here began as an item."""
    for line in reversed(lines):
        if _LIST.match(line):
            return True
        if not line.strip():
            return False
    return False


def _code(path: Path) -> str:
    language = LANGUAGES[path.suffix]
    return f"# {path.name}\n\n```{language}\n{path.read_text('utf-8')}```\n"


def _api() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("make_api", ROOT / "docs" / "make_api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages
