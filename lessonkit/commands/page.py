"""Writes a lesson as one HTML file that needs no kernel and no network: its instruments play what was recorded."""

import os
import tempfile
from unittest import mock

from lessonkit.classroom.lessons import course_folder, lesson_called
from lessonkit.display.widgets.frames import player
from lessonkit.machine.write_whole import write_whole

# In the lesson's kernel, an instrument is shown as its recorded frames, a question with its answers folded.
RECORDED = """
from lessonkit.display.widgets.instrument import Instrument
get_ipython().display_formatter.formatters["text/html"].for_type(Instrument, lambda each: each.frames().html())
from lessonkit.display.questions import Folded
get_ipython().display_formatter.formatters["text/markdown"].for_type(Folded, lambda each: each.folded)
del Folded, Instrument
"""
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


def write_page(name, out):
    """Run a lesson, and write it as a page.

    Parameters
    ----------
    name : str
        Such as ``"05-adam"``, or ``"05"``.
    out : path
        The file to write; or a folder, in which it is then called like the lesson.

    Returns
    -------
    path of the file

    Raises
    ------
    ValueError
        No lesson is called so.
    OSError
        The file cannot be written; if its folder is missing, that is said before the lesson is run.
    """
    lessons = {path.stem: path for path in sorted((course_folder() / "notebooks").glob("*.ipynb"))}
    path = lessons[lesson_called(name, lessons)]
    file = out / f"{path.stem}.html" if out.is_dir() else out
    if not file.parent.is_dir():
        raise FileNotFoundError(f"{file.parent}: expected a folder to write to; make it first")
    print(f"Running {path.stem}, and recording its instruments: this takes a few minutes.", flush=True)
    write_whole(file, page_of(run(path), path.stem).encode())
    return file


def run(path):
    """A lesson's notebook with the outputs of all its cells, run in a kernel that keeps no answers."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, 4)
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        extra_arguments=[f"--IPKernelApp.exec_lines={RECORDED}", "--log-level=ERROR"],
    )
    with tempfile.TemporaryDirectory() as answers:
        with mock.patch.dict(os.environ, {"LESSONKIT_HOME": answers, "TQDM_DISABLE": "1"}):
            client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(
                "application/vnd.jupyter.widget-view+json", None
            )  # nothing in a page could show it
    return notebook


def page_of(notebook, title):
    """A notebook as HTML, with formulas as MathML and players of its instruments; it asks nothing of any other machine."""
    from nbconvert import HTMLExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def block_math(self, body):
            return mathml(body, "block")

        def inline_math(self, body):
            return mathml(body, "inline")

        def link(self, text, url, title=None):
            if "://" in url or url.startswith("#"):
                return super().link(text, url, title)
            file = url.split("/")[-1]
            lesson = url.startswith(("0", "1")) and file.endswith(".ipynb")
            return super().link(text, file.replace(".ipynb", ".html"), title) if lesson else text

    exporter = HTMLExporter(
        raw_template=TEMPLATE, exclude_anchor_links=True, exclude_input_prompt=True, exclude_output_prompt=True
    )
    exporter.register_filter(
        "markdown2html", lambda source: MarkdownWithMath(renderer=Renderer(escape=False)).render(source)
    )
    page, _ = exporter.from_notebook_node(notebook, {"player": player(), "metadata": {"name": title}})
    return page


def mathml(formula, display):
    """A formula of the course as MathML, which browsers set by themselves."""
    from latex2mathml.converter import convert

    return convert(formula.strip().replace("{aligned}", "{align*}"), display=display)
