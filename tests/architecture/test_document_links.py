"""What the documents name and link is there: files, headings, tests, pages of the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.pages import DOCUMENTS, FENCE, LINK, LINK_TEXT, PAGES, ROOT, code_in, named, rows, text_of

# Made when Balas runs, or by whoever reads; not part of the repository.
MADE_LATER = frozenset({"docs/site"})
PATH = re.compile(
    r"(?<![\w/.-])((?:balas|tests|docs|deploy|benchmarks|evals|\.github|\.ci)/[\w./-]*[\w/]"
    r"|[A-Z]{4,}\.md|Makefile|LICENSE|(?:pyproject|mkdocs)\.(?:toml|yml)|requirements[\w-]*\.lock)(?![\w*])"
)


def test_tests_that_are_named_exist() -> None:
    named_tests = re.findall(r"(tests/[\w/]+\.py)::(\w+)", "\n".join(text_of(named(page)) for page in DOCUMENTS))
    assert len(named_tests) > 20
    missing = [
        f"{file}::{name}"
        for file, name in named_tests
        if not re.search(rf"^(async )?def {name}\(", text_of(file), re.MULTILINE)
    ]
    assert not missing


def test_every_page_is_in_the_site() -> None:
    listed = re.findall(r"([\w/-]+\.md)", text_of("mkdocs.yml"))
    assert sorted(listed) == sorted(str(page.relative_to(ROOT / "docs")) for page in PAGES)


def test_every_decision_is_listed() -> None:
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", text_of("docs/decisions/index.md"))
    assert listed == sorted(page.name for page in PAGES if page.parent.name == "decisions" and page.name != "index.md")
    assert [name[:4] for name in listed] == [f"{number:04}" for number in range(1, len(listed) + 1)]


def anchors(document: Path) -> set[str]:
    """The anchors of headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if re.match(r"(https?|mailto):", target):
            continue
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_row_of_a_table_has_its_cells(document: Path) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", document.read_text(encoding="utf-8"), re.MULTILINE)
    uneven = [table.partition("\n")[0] for table in tables if len({len(row) for row in rows(table)}) > 1]
    assert not uneven


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_of_the_site_stay_in_it(page: Path) -> None:
    """The site holds `docs/` alone: what lies outside is named, not linked."""
    outside = [
        target
        for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
        if not re.match(r"https?:|#", target)
        and not (page.parent / target.partition("#")[0]).resolve().is_relative_to(ROOT / "docs")
    ]
    assert not outside


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_paths_that_are_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    mentioned = {path.rstrip(".") for path in PATH.findall("\n".join([code_in(text), *LINK_TEXT.findall(text)]))}
    assert not {path for path in mentioned - MADE_LATER if not (ROOT / path).exists()}
