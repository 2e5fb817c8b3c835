"""A tiny site with a fault of each kind: the crawl finds it, and finds nothing where there is none."""

import crawling
import pytest
from browsers import keeping_out

GOOD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><meta name="viewport" content="width=device-width">
<meta name="description" content="A page."><link rel="icon" href="data:,"><style>:focus {{ outline: 2px solid blue }}</style></head>
<body><main><h1>{title}</h1><p>Text, <a href="b.html#here">a link</a>.</p>{more}</main></body></html>"""
SECOND = GOOD.format(title="Second", more='<h2 id="here">Here</h2>')
WORDS = "x" * 300


def made(folder, more="", **changes):
    text = GOOD.format(title="First", more=more)
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    folder.mkdir()
    (folder / "a.html").write_text(text, encoding="utf-8")
    (folder / "b.html").write_text(SECOND, encoding="utf-8")
    return folder


def read(site):
    """What the crawl finds in the files."""
    looks = (crawling.dead_links, crawling.unnamed, crawling.badly_headed, crawling.without_words)
    return {look.__name__ for look in looks if look(site)}


@pytest.mark.parametrize(
    "found, more",
    [
        ("dead_links", '<a href="missing.html">there</a>'),
        ("dead_links", '<a href="b.html#nowhere">there</a>'),
        ("dead_links", '<a href="#nowhere">there</a>'),
        ("dead_links", '<a href="http://example.org">not encrypted</a>'),
        ("dead_links", '<script src="missing.js"></script>'),
        ("badly_headed", "<h3>Two levels down</h3>"),
        ("badly_headed", "<h1>Another first one</h1>"),
        ("without_words", '<img src="data:,">'),
    ],
)
def test_a_fault_in_a_file_is_found(tmp_path, found, more):
    assert read(made(tmp_path / "site", more)) == {found}


@pytest.mark.parametrize(
    "before, after",
    [
        ('lang="en"', ""),
        ("<title>First", "<title>Second"),
        ("<title>First", "<title>"),
        ('content="A page."', f'content="{WORDS}"'),
        ('content="A page."', ""),
    ],
)
def test_a_page_without_a_name_of_its_own_is_found(tmp_path, before, after):
    assert read(made(tmp_path / "site", **{before: after})) == {"unnamed"}


def test_nothing_is_found_in_files_without_a_fault(tmp_path):
    site = made(tmp_path / "site", '<a href="https://example.org">outside</a><img src="data:," alt="nothing">')
    assert read(site) == set()
    assert max(crawling.weights(site).values()) == (site / "a.html").stat().st_size


def test_the_weight_of_a_page_counts_its_pictures_once(tmp_path):
    site = made(tmp_path / "site", '<img src="x.png" alt="x"><img src="x.png" alt="x">')
    (site / "x.png").write_bytes(b"x" * 1000)
    assert crawling.weights(site)["a.html"] == (site / "a.html").stat().st_size + 1000


@pytest.mark.slow
@pytest.mark.parametrize(
    "more, fault, wide",
    [
        ("<script>missing()</script>", True, False),
        ("<script>console.error('wrong')</script>", True, False),
        ('<img src="https://example.invalid/x.png" alt="x">', True, False),
        ('<p style="width: 500px">wide on a phone</p>', False, True),
        (f"<pre>{WORDS}</pre>", False, True),
        (f'<div style="overflow-x: auto" tabindex="0"><pre>{WORDS}</pre></div>', False, False),
    ],
)
def test_a_fault_in_the_browser_is_found(browser, tmp_path, more, fault, wide):
    site = made(tmp_path / "site", more)
    assert tuple(map(bool, crawling.visited(browser, site.as_uri(), crawling.WIDTHS, crawling.pages(site)))) == (
        fault,
        wide,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "look, settings, more",
    [
        (keeping_out, {}, '<input type="text">'),
        (keeping_out, {}, '<p style="color: #aaa">pale</p>'),
        (crawling.not_by_keyboard, {}, '<button style="outline: none">no ring</button>'),
        (
            crawling.not_by_keyboard,
            {},
            "<button>a trap</button><script>document.querySelector('button').onkeydown = (e) => e.preventDefault()</script><button>behind</button>",
        ),
        (crawling.cut_in_print, crawling.A4, f"<pre style='overflow: auto'>{WORDS}</pre>"),
        (
            crawling.moving,
            {"reduced_motion": "reduce"},
            "<style>p { animation: s 9s infinite } @keyframes s { to { opacity: 0 } }</style>",
        ),
        (
            crawling.missing_without_javascript,
            {"java_script_enabled": False},
            "<article><fieldset hidden>a question</fieldset></article>",
        ),
    ],
)
def test_what_keeps_readers_out_is_found(browser, tmp_path, look, settings, more):
    """And not on the same page without it, nor on the one that is opened after it."""
    site = made(tmp_path / "site", more)
    assert list(crawling.wrong(browser, site, ["a.html", "b.html"], look, **settings)) == ["a.html"]
