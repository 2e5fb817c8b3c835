"""What link previews and search engines get, with and without an address of the site: on two pages of its own."""

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from bs4 import BeautifulSoup
from prose import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.clone]

CONF = """
import sys
sys.path.insert(0, {tools!r})
import previews
extensions, html_theme, project, html_baseurl = ["myst_parser"], "furo", "A course", {address!r}
def setup(app):
    previews.setup(app)
"""
PAGES = {
    "index.md": "# A front\n\nThis is the first page of a course, of which no picture is shown. It goes on & on.\n\n```{toctree}\n\nsub/shown\n```\n",
    "sub/shown.md": '---\ndescription: "What is shown \\" < 1."\ntyped: "off by one, sums"\n---\n\n# Shown\n\n![a valley](valley.png)\n\nSome words that are no description of it at all.\n',
}


@pytest.fixture(scope="module", params=["https://example.org/a/course/", ""])
def built(request, tmp_path_factory):
    """The folder of the pages, and their address."""
    pytest.importorskip("sphinx", reason="no Sphinx: `make .venv/docs.stamp` installs it")
    source = tmp_path_factory.mktemp("previews")
    for name, text in PAGES.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(text, encoding="utf-8")
    (source / "sub" / "valley.png").write_bytes((ROOT / "docs" / "valley.png").read_bytes())
    (source / "conf.py").write_text(
        CONF.format(tools=str(ROOT / "tools" / "site"), address=request.param), encoding="utf-8"
    )
    subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", source, source / "out"], check=True)
    return source / "out", request.param


def tags(folder, page):
    """The tags of a page: name → content."""
    found = BeautifulSoup((folder / page).read_text(encoding="utf-8"), "html.parser")
    metas = {each.get("name") or each.get("property"): each.get("content") for each in found.select("meta")}
    return metas | {each["rel"][0]: each["href"] for each in found.select("link[rel=canonical]")}


def test_a_page_is_described_by_what_its_source_says_or_else_by_its_first_paragraph(built):
    folder, _ = built
    assert tags(folder, "sub/shown.html")["description"] == 'What is shown " < 1.'
    assert tags(folder, "index.html")["description"].startswith("This is the first page of a course")
    for page in ("index.html", "sub/shown.html"):
        found = tags(folder, page)
        assert found["og:description"] == found["description"]
        assert found["og:title"] in ("A front", "Shown")


def test_addresses_are_given_only_where_the_site_has_one_and_lead_to_files(built):
    folder, address = built
    for page in ("index.html", "sub/shown.html"):
        found = tags(folder, page)
        assert ("canonical" in found) == ("og:url" in found) == ("og:image" in found) == bool(address)
        if address:
            assert found["canonical"] == found["og:url"] == address + page
    if address:
        image = tags(folder, "sub/shown.html")["og:image"]
        assert image.startswith(address + "_images/")
        assert (folder / image.removeprefix(address)).is_file()


def test_the_map_of_the_site_has_every_page_and_robots_are_told_of_it(built):
    folder, address = built
    assert (folder / "sitemap.xml").exists() == (folder / "robots.txt").exists() == bool(address)
    if address:
        places = [each.text for each in ET.parse(folder / "sitemap.xml").iter() if each.tag.endswith("loc")]
        assert places == [f"{address}index.html", f"{address}sub/shown.html"]
        assert f"Sitemap: {address}sitemap.xml" in (folder / "robots.txt").read_text(encoding="utf-8")


def test_the_search_knows_what_people_type_for_all_pages_also_after_one_was_built_again(built):
    folder, _ = built
    (folder.parent / "index.md").write_text(PAGES["index.md"] + "\nMore.\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", folder.parent, folder], check=True)
    assert '"sub/shown": "off by one, sums"' in (folder / "_static" / "typed.js").read_text(encoding="utf-8")
    assert "typed.js" in (folder / "search.html").read_text(encoding="utf-8")
