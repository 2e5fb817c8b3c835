"""Sphinx's settings for the site of the course; `make.py` writes the sources, and calls Sphinx."""

import html
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))

import outline  # noqa: E402 (beside this file)

from lessonkit.teaching.markdown import mathml  # noqa: E402

SETTING = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"].get("lessonkit", {})
project, author, language = "Optimization for deep networks", "The lessonkit authors", "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
nb_execution_mode, nb_render_markdown_format = "off", "myst"
nb_mime_priority_overrides = [("html", "text/html", 0), ("html", "text/markdown", 1)]
myst_enable_extensions = ["dollarmath", "amsmath", "html_admonition"]
myst_heading_anchors = 4
myst_heading_slug_func = "outline.slug"
myst_links_external_new_tab = False
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]
autodoc_typehints, napoleon_google_docstring = "none", False
html_theme, html_title, html_copy_source, html_show_sourcelink = "furo", project, False, False
html_static_path, html_css_files, html_js_files = ["static"], ["site.css"], ["site.js"]
html_baseurl = SETTING.get("site", "")
templates_path = ["templates"]


def setup(app):
    """Formulas as MathML, which browsers set by themselves; a description for each page."""
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    app.config.html_math_renderer_name = "mathml"
    app.connect("html-page-context", described)


def inline(writer, node):
    """A formula within a line."""
    from docutils.nodes import SkipNode

    writer.body.append(mathml(node.astext(), "inline"))
    raise SkipNode


def block(writer, node):
    """A formula on lines of its own."""
    from docutils.nodes import SkipNode

    writer.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>')
    raise SkipNode


def described(app, page, template, context, tree):
    """The first sentences of a page describe it to search engines and link previews."""
    words = outline.description(tree) if tree is not None else ""
    escaped = html.escape(words, quote=True)
    tags = [f'<meta name="description" content="{escaped}">', f'<meta property="og:description" content="{escaped}">']
    tags.append(f'<meta property="og:title" content="{html.escape(context.get("title", project), quote=True)}">')
    if html_baseurl:
        tags.append(f'<meta property="og:image" content="{html_baseurl.rstrip("/")}/_static/valley.png">')
    context["metatags"] = context.get("metatags", "") + "\n".join(tags)
