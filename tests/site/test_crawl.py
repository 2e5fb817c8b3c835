"""The whole site, as Chromium shows it: nothing is dead, cut off or asked from outside, and nobody is kept out."""

import functools
import http.server
import threading

import crawling
import pytest
from browsers import keeping_out

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def served(site):
    """The address of the site on a static server, below a path."""
    handler = functools.partial(Quiet, directory=site.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{site.name}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's static server, without its log."""

    def log_message(self, *args):
        pass


def test_every_link_and_every_file_that_a_page_needs_is_there(site):
    assert crawling.dead_links(site) == []


def test_each_page_has_a_language_a_title_of_its_own_and_a_short_description(site):
    assert crawling.unnamed(site) == []


def test_headings_go_down_by_one_level(site):
    assert crawling.badly_headed(site) == []


def test_each_image_is_told_in_words(site):
    assert crawling.without_words(site) == []


def test_no_page_is_large_before_frames_are_asked_for(site):
    assert {name: size for name, size in crawling.weights(site).items() if size > crawling.LARGEST} == {}


@pytest.mark.parametrize("part", range(4))
def test_from_a_folder_every_page_loads_without_an_error_asks_nothing_from_outside_and_never_scrolls_sideways(
    browser, site, part
):
    """Each part is half a minute: workers share the pages."""
    names = list(crawling.pages(site))[part::4]
    faults, wide = crawling.visited(browser, site.as_uri(), crawling.WIDTHS, names)
    assert faults == []
    assert wide == []


def test_below_a_path_of_a_static_server_each_kind_of_page_loads_too(browser, site, served):
    """No link of the others is absolute: that each leads to a file of the site is tested above."""
    assert crawling.visited(browser, served, crawling.WIDTHS[:1], crawling.kinds(site))[0] == []


def wrong(browser, site, look, **settings):
    """What a look finds on any kind of page."""
    return crawling.wrong(browser, site, crawling.kinds(site), look, **settings)


def of_width(width):
    return {"width": width, "height": 800}


@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 375)])
def test_axe_finds_nothing_on_any_kind_of_page(browser, site, scheme, width):
    assert wrong(browser, site, keeping_out, color_scheme=scheme, viewport=of_width(width)) == {}


@pytest.mark.parametrize("width", [1280, 375])
def test_tab_reaches_all_that_can_be_used_and_shows_where_it_is(browser, site, width):
    assert wrong(browser, site, crawling.not_by_keyboard, viewport=of_width(width)) == {}


def test_on_paper_nothing_is_cut_off(browser, site):
    assert wrong(browser, site, crawling.cut_in_print, **crawling.A4) == {}


def test_nothing_moves_for_readers_who_asked_for_less_motion(browser, site):
    assert wrong(browser, site, crawling.moving, reduced_motion="reduce") == {}


def test_the_picture_of_the_front_page_shows_its_end_at_once_to_them(browser, site):
    page = browser.new_page(reduced_motion="reduce")
    page.goto((site / "index.html").as_uri())
    picture = page.locator("img").first
    shown = picture.screenshot()
    page.wait_for_timeout(5000)
    assert picture.evaluate("e => getComputedStyle(e).content.endsWith('race.svg#still\")')")
    assert picture.screenshot() == shown
    page.close()


def test_without_javascript_a_lesson_shows_text_figures_questions_and_still_pictures(browser, site):
    assert wrong(browser, site, crawling.missing_without_javascript, java_script_enabled=False) == {}


def test_the_keyboard_opens_the_two_menus_of_a_phone_and_escape_closes_them(browser, site):
    page = browser.new_page(viewport={"width": 375, "height": 812}, reduced_motion="reduce")
    page.goto((site / "index.html").as_uri())
    for menu, first in (("All pages", ".sidebar-drawer"), ("Parts of this page", ".toc-drawer")):
        button = page.get_by_role("button", name=menu).locator("visible=true")
        inside = f"document.activeElement.closest('{first}')?.getBoundingClientRect().left >= 0"
        button.press("Enter")
        assert page.evaluate(inside), menu
        page.keyboard.press("Escape")
        assert not page.evaluate(inside) and not page.locator(first).is_visible(), menu
        assert button.evaluate("e => e === document.activeElement"), menu
    page.close()
