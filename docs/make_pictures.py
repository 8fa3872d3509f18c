"""Writes docs/img/report.png: the head of the report that ``hipgait demo`` makes.

Needs what the browser tests need: Chromium, and Playwright from the ``test`` extra.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

IMAGES = Path(__file__).resolve().parent / "img"
WIDTH, HEIGHT = 1100, 912
COLOURS = 128


def picture_of(page: Path) -> bytes:
    """The top of a page as a small PNG."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("no Chromium on PATH: install it (Debian: apt-get install chromium)")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.goto(page.as_uri())
        shot = tab.screenshot()
        browser.close()
    small = io.BytesIO()
    flat = Image.open(io.BytesIO(shot)).convert("RGB")
    # the median cut would turn the few coloured pixels brown
    flat = flat.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE)
    flat.save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    """Run the demo, take its picture."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "demo"
        subprocess.run(
            [sys.executable, "-m", "hipgait", "demo", "--out", str(out)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        target = IMAGES / "report.png"
        beside = target.with_suffix(".part")
        beside.write_bytes(picture_of(out / "report.html"))
        beside.replace(target)
        print(f"{target.name}: {target.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
