"""A notebook as one HTML page that needs no kernel and no network."""

from lessonkit.display.widgets.frames import player
from lessonkit.teaching.markdown import html_of

TEMPLATE = """
{%- extends "lab/index.html.j2" -%}
{%- block html_head_js_requirejs -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>
.jp-RenderedHTMLCommon :is(a:link, a:visited) { text-decoration: underline; }
.jp-RenderedHTMLCommon .highlight pre { font-family: var(--jp-code-font-family); }
body {
  --jp-mirror-editor-comment-color: #2f6565;
  --jp-mirror-editor-number-color: #006060;
  --jp-mirror-editor-operator-color: #8000c0;
}
</style>
{%- endblock -%}
{%- block input_group -%}
{%- if cell.metadata.get("jupyter", {}).source_hidden -%}<details><summary>Code</summary>{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock -%}
{%- block footer_js -%}{{ resources.player }}{%- endblock -%}
"""


def page_of(notebook, title):
    """A notebook as HTML, with formulas as MathML and players of its instruments; it asks nothing of any other machine."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        raw_template=TEMPLATE, exclude_anchor_links=True, exclude_input_prompt=True, exclude_output_prompt=True
    )
    exporter.register_filter("markdown2html", html_of)
    # What is highlighted is escaped already; to parse it again takes a third of the time.
    exporter.register_filter("clean_html", lambda code: code)
    page, _ = exporter.from_notebook_node(notebook, {"player": player(), "metadata": {"name": title}})
    return page
