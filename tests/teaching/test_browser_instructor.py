"""The instructor's pages and the students' sheet, in a real browser: nothing keeps people out, also on a phone."""

import pytest
from browsers import keeping_out
from classes import lessonkit

pytestmark = [pytest.mark.slow, pytest.mark.clone, pytest.mark.timeout(300)]


def test_the_pages_are_accessible_on_a_desk_and_on_a_phone_and_ask_for_nothing_outside(tmp_path, browser):
    assert lessonkit("instructor", "00", "05", "--out", tmp_path / "keep", "--seed", "7") == 0
    assert lessonkit("release", "05", "--out", tmp_path / "released") == 0
    files = [*sorted((tmp_path / "keep").glob("*.html")), tmp_path / "released" / "how-to.html"]
    assert len(files) > 4
    for width in (1280, 360):
        page, asked = browser.new_page(viewport={"width": width, "height": 740}), []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        for file in files:
            page.goto(file.as_uri())
            assert keeping_out(page) == [], file.name
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (file.name, width)
        assert all(url.startswith("file:") for url in asked)
        page.close()
