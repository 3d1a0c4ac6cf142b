"""What is vendored is what was published, and nothing points away from this host."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from balas.console.pages import STATIC, static

TEMPLATES = STATIC.parent / "templates"
VENDOR = STATIC / "vendor"
OWN = [path for path in STATIC.iterdir() if path.is_file()]


def test_vendored_files_are_unchanged() -> None:
    listed = dict(reversed(line.split("  ", 1)) for line in (VENDOR / "CHECKSUMS").read_text().splitlines())
    present = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "CHECKSUMS"
    }
    assert present == listed


def test_each_vendored_work_has_its_licence() -> None:
    assert {path.name for path in VENDOR.glob("*.LICENSE.txt")} == {
        "basecoat.LICENSE.txt", "htmx.LICENSE.txt", "inter.LICENSE.txt", "lucide.LICENSE.txt",
    }  # fmt: skip


@pytest.mark.parametrize("path", [*OWN, *TEMPLATES.glob("*.html")], ids=lambda path: path.name)
def test_nothing_points_to_another_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|url\(\s*[\"']?//|src=[\"']//", text)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_templates_keep_to_the_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|hx-on|javascript:|<script(?![^>]*src=)|js:", text)
    assert not re.search(r"\|\s*safe|autoescape|Markup", text)
    assert not re.search("[\U0001f300-\U0001faff\u2600-\u27bf]", text), "an emoji where an icon belongs"


def test_every_icon_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (VENDOR / "icons.svg").read_text()))
    code = "".join(
        path.read_text(encoding="utf-8") for path in [*TEMPLATES.glob("*.html"), *STATIC.parent.glob("*.py")]
    )
    used = set(re.findall(r'icon\("([a-z0-9-]+)"', code)) | set(re.findall(r'Verdict\("\w+", "([a-z0-9-]+)"', code))
    used |= set(re.findall(r'empty\("([a-z0-9-]+)"', code))
    assert used <= sprite


def test_no_words_of_the_trade_for_office_staff() -> None:
    for name in (
        "documents",
        "_document",
        "document",
        "conversations",
        "_person",
        "problems",
        "_problem",
        "playground",
    ):
        words = re.sub(r"\{[{%].*?[%}]\}|<[^>]+>", " ", (TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))
        assert not re.search(r"\b(RAG|vector|token|embedding|chunk|retriev\w+|LLM)s?\b", words, re.IGNORECASE), name


def _palette(theme: str) -> dict[str, str]:
    css = (STATIC / "console.css").read_text() + (STATIC / "chat.css").read_text()
    blocks = re.findall(r"(?m)^" + re.escape(theme) + r" \{(.*?)\}", css, re.DOTALL)
    return {name: value for block in blocks for name, value in re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


INKS, GROUNDS = ("ink", "ink-soft", "ink-faint", "brand-deep"), ("ground", "panel", "panel-soft")
PAIRS = [
    *[(ink, ground) for ink in INKS for ground in GROUNDS],
    ("on-brand", "brand"), ("brand-deep", "brand-soft"), ("warn-ink", "warn-ground"), ("bad", "bad-ground"),
    ("bad", "panel"), ("brand-deep", "good-ground"), ("busy", "busy-ground"), ("panel", "bad"), ("ground", "ink"),
    ("bubble-ink", "bubble-mine"), ("bubble-ink", "bubble-theirs"), ("bubble-faint", "bubble-mine"),
    ("bubble-faint", "bubble-theirs"), ("link", "bubble-mine"), ("link", "bubble-theirs"), ("words", "panel-soft"),
    ("spelling", "panel-soft"),
]  # fmt: skip


@pytest.mark.parametrize("theme", [":root", ".dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_can_be_read(theme: str, ink: str, ground: str) -> None:
    colours = _palette(":root") | _palette(theme)
    light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_static_files_are_kept_by_browsers_for_good(stranger: TestClient) -> None:
    kept = stranger.get(static("console.css"))
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.headers["Content-Type"].startswith("text/css")
    assert stranger.get("/static/console.css").headers["Cache-Control"] == "no-cache"
    assert stranger.get("/static/../pages.py").status_code == 404
