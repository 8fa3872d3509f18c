"""What holds for every page: whole, small, alone, worded with care, every drawing told."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

NEVER = ("abnormal", "weak", "collapse", "injury risk", "should", "knee valgus", "traffic")
VOID = {"meta", "br", "img", "link", "hr"}
SVG = "{http://www.w3.org/2000/svg}"


class Reader(HTMLParser):
    """Visible text, ids, addresses, and whether every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.ids: list[str] = []
        self.fetched: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        self.fetched += [values[k] for k in ("src", "srcset", "data") if k in values]
        if tag == "link":
            self.fetched.append(values.get("href", ""))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


def whole_small_and_alone(page: str) -> None:
    """One file of closed elements that fetches nothing; links lead to sources only."""
    reader = read(page)
    assert len(page.encode()) < 3_000_000
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.fetched == []
    assert all(link.startswith("https://doi.org/10.") for link in reader.links)
    assert not re.search(r"url\(|@import|<script", page)


def worded_with_care(page: str) -> None:
    """No word of the machine, none that frightens, and the way to a clinician."""
    text = " ".join(read(page).text)
    for word in ("nan", "None", "inf", "Markup", "undefined"):
        assert not re.search(rf"\b{word}\b", text), word
    for word in NEVER:
        assert word not in text.lower(), word
    assert not re.search(r"(^|\s|\()-\d", text), "a hyphen stands for a minus"
    assert "not a medical device" in text
    assert "see a clinician" in text


def drawings_told_or_hidden(page: str) -> None:
    """Every drawing has a sentence for those who cannot see it, or is hidden from them."""
    for drawing in re.findall(r"<svg.*?</svg>", page, flags=re.S):
        root = ElementTree.fromstring(drawing)
        if root.get("aria-hidden") == "true":
            continue
        title = root.find(f"{SVG}title")
        assert title is not None
        assert title.text == root.get("aria-label")
        assert title.text.endswith(".")


def smallest_text_px(page: str) -> float:
    """Smallest text in a drawing."""
    return min(float(s) for s in re.findall(r"font-size: ([\d.]+)px", page))
