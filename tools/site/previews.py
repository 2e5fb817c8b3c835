"""What search engines and link previews read of a page: a description, a title, a picture, a map of the site."""

import html
import json
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from outline import shortened

TYPED = "typed.js"
FRONT = "_static/valley.png"  # the picture of a page that has none


def setup(app):
    """Called by Sphinx through `conf.py`."""
    app.connect("html-page-context", described)
    app.connect("build-finished", mapped)
    app.connect("build-finished", searched)


def described(app, page, template, context, tree):
    """Add the tags of a page."""
    if page == "search":
        context["metatags"] = context.get("metatags", "") + f'\n<script src="_static/{TYPED}"></script>'
    if tree is None:
        return
    told, site = app.env.metadata[page].get("description") or first_sentences(tree), app.config.html_baseurl
    tags = {
        "og:type": "article",
        "og:site_name": app.config.project,
        "og:title": context["title"],
        "og:description": told,
    }
    if site:
        tags |= {
            "og:url": context["pageurl"],
            "og:image": picture(app, page, tree, site),
            "twitter:card": "summary_large_image",
        }
    lines = [f'<meta name="description" content="{html.escape(told)}">']
    lines += [f'<meta property="{key}" content="{html.escape(value)}">' for key, value in tags.items() if value]
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(lines)


def first_sentences(tree):
    """What describes a page that has no description: its first paragraph of some length."""
    long = (paragraph.astext() for paragraph in tree.findall(nodes.paragraph) if len(paragraph.astext()) > 40)
    return shortened(next(long, ""))


def picture(app, page, tree, site):
    """The absolute address of the picture that shows what a page is about: its first one, or that of the front page. Previews show no SVG."""
    files = (
        node["uri"].rpartition("/")[2] for node in tree.findall(nodes.image)
    )  # their addresses are those in the page already
    first = next((file for file in files if not file.endswith(".svg")), None)
    return f"{site.rstrip('/')}/{f'{app.builder.imagedir}/{first}' if first else FRONT}"


def mapped(app, error):
    """Write the map of the site and robots.txt, where the site has an address."""
    site = app.config.html_baseurl.rstrip("/")
    if error or not site or app.builder.name != "html":
        return
    pages = sorted(app.env.found_docs)
    addresses = "\n".join(
        f"<url><loc>{html.escape(site + '/' + quote(app.builder.get_target_uri(page)))}</loc></url>" for page in pages
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    folder = Path(app.outdir)
    (folder / "sitemap.xml").write_text(f"{head}\n{addresses}\n</urlset>\n", encoding="utf-8")
    (folder / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {site}/sitemap.xml\n", encoding="utf-8")


def searched(app, error):
    """Write what people type for each page, for `search.js`. Sphinx's own index entries are lost when only some pages are built."""
    if error or app.builder.name != "html":
        return
    typed = {page: found["typed"] for page, found in sorted(app.env.metadata.items()) if "typed" in found}
    text = f"const typedFor = {json.dumps(typed, ensure_ascii=False)};\n"
    (Path(app.outdir) / "_static" / TYPED).write_text(text, encoding="utf-8")


def favicon():
    """The picture of the browser's tab, as SVG: the path of `momentum` on a valley, from a recorded run."""
    from lessonkit import bowl, descend, momentum

    run = descend(bowl(8), momentum, start=(-4.0, 2.2), lr=0.03, steps=40, beta=0.8)
    points = " ".join(f"{16 + 3.2 * x:.1f},{16 - 5 * y:.1f}" for x, y in run.theta)
    rings = "".join(f'<ellipse cx="16" cy="16" rx="{r}" ry="{r / 8**0.5 * 5 / 3.2:.1f}"/>' for r in (6, 11, 16))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#fff"/>'
        f'<g fill="none" stroke="#788995">{rings}</g><polyline points="{points}" fill="none" stroke="#c04800" stroke-width="2.5"/></svg>\n'
    )


if __name__ == "__main__":
    (Path(__file__).parent / "static" / "favicon.svg").write_text(favicon(), encoding="utf-8")
