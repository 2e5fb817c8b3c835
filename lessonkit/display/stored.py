"""A widget that leaves something to read in a stored notebook, with ipywidgets 7 and 8."""

import ipywidgets as widgets
from IPython.display import display


class Stored(widgets.VBox):
    """A box of widgets. Where no kernel runs, `instead` is shown in its place."""

    def instead(self) -> dict[str, str]:
        """What a stored notebook shows: MIME type → text."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs):
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"application/vnd.jupyter.widget-view+json": view, **self.instead()}

    # ipywidgets 7, which Colab has, shows itself: IPython then asks for no MIME bundle.
    if hasattr(widgets.VBox, "_ipython_display_"):

        def _ipython_display_(self, **kwargs):
            display(self._repr_mimebundle_(), raw=True)
            self._handle_displayed(**kwargs)
