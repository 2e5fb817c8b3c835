"""Sphinx's settings for the site of the course; `make.py` writes the sources, and calls Sphinx."""

import functools
import posixpath
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent)]

import previews  # noqa: E402 (beside this file)
from docutils.nodes import SkipNode  # noqa: E402
from doors import published  # noqa: E402 (above it)
from sphinx.search.en import SearchEnglish  # noqa: E402

from lessonkit.teaching.markdown import mathml  # noqa: E402

WIDGETS = ROOT / "lessonkit" / "display" / "widgets"
project, author, language = "Optimization for deep networks", "The lessonkit authors", "en"
extensions = ["myst_parser"]
smartquotes = False  # the texts have the quotation marks that they should have
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_disable_syntax = ["myst_line_comment"]  # a sentence may begin with a percent sign
myst_heading_anchors = 4
myst_heading_slug_func = "outline.slug"
suppress_warnings = ["myst.header"]  # an exercise may begin below a heading of the first order
html_theme, html_title, html_copy_source, html_show_sourcelink = "furo", project, False, False
html_search_scorer, html_favicon = str(HERE / "search.js"), str(HERE / "static" / "favicon.svg")
html_use_index = False
html_show_search_summary = False  # it is taken from the page, folded answers included
html_extra_path = [str(ROOT / ".site" / "beside")]
html_static_path = [
    "static",
    str(ROOT / "docs" / "valley.png"),
    *(str(WIDGETS / name) for name in ("picture.css", "player.css", "player.js")),
]
html_css_files = ["picture.css", "player.css", "lessons.css", "site.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("player.js", "site.js", "asked.js")]
html_baseurl = published()["site"]
templates_path = ["templates"]


def setup(app):
    """Formulas as MathML, which browsers set by themselves; what search engines and previews read."""
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    app.config.html_math_renderer_name = "mathml"
    previews.setup(app)
    app.connect("html-page-context", with_kept_sidebar, priority=400)  # before Furo, which makes the sidebar
    SearchEnglish.stem = functools.cache(SearchEnglish.stem)  # Sphinx keeps the stems of one page alone


sidebars = {}


def with_kept_sidebar(app, page, template, context, tree):
    """Make the list of pages in the sidebar once for all pages of a folder that are not in it themselves: it is the same there."""
    inside = page == app.config.root_doc or any(page in pages for pages in app.env.toctree_includes.values())
    make, where = context["toctree"], page if inside else posixpath.dirname(page)

    def kept(**how):
        if where not in sidebars:
            sidebars[where] = make(**how)
        return sidebars[where]

    context["toctree"] = kept


def inline(writer, node):
    """A formula within a line."""
    writer.body.append(mathml(node.astext(), "inline"))
    raise SkipNode


def block(writer, node):
    """A formula on lines of its own."""
    writer.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>')
    raise SkipNode
