"""What a crawl looks at: the files of a site as they are, and its pages as Chromium shows them. Each function returns what is wrong."""

from collections import Counter
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urlsplit

LARGEST = 1_500_000  # bytes of a page with its pictures, before frames are asked for
WIDTHS = (1280, 768, 375)
# Runs in a page: what is wider than the page, but what is in a box of its own that scrolls.
TOO_WIDE = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return [];
  const scrolls = (e) => e && (/auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  const found = [...document.body.querySelectorAll("*")].filter((e) =>
    e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !scrolls(e.parentElement));
  return [`${wide} px: ` + found.slice(0, 3).map((e) => e.outerHTML.slice(0, 80)).join(" | ")];
}"""
# Runs in a page: what can be reached by Tab, each with a number.
NUMBERED = """() => [...document.querySelectorAll("a[href], button, input, select, summary, textarea, [tabindex='0']")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length && !e.disabled && e.tabIndex >= 0
    && !(e.type === "radio" && e.name && e !== document.querySelector(`input[name="${CSS.escape(e.name)}"]`)))
  .map((e, k) => { e.dataset.reached = k; return e.outerHTML.slice(0, 120); })"""
# Runs in a page: keeps, of all that gets the focus from then on, its number, and whether one sees that it has it.
RECORD_FOCUS = """() => {
  window.focused = [];
  const ring = (e) => { const s = getComputedStyle(e); return (s.outlineStyle !== "none" && s.outlineWidth !== "0px") || s.boxShadow !== "none"; };
  document.addEventListener("focusin", ({ target: e }) => {
    const seen = [e, e.closest("label"), ...(e.labels ?? [])].filter(Boolean).some(ring);
    focused.push([e.dataset.reached ?? null, seen, e.outerHTML.slice(0, 120)]);
  });
}"""
A4 = {"viewport": {"width": 718, "height": 1045}}  # without its margins, at 96 dots an inch
# Runs in a page as it is printed: what is cut off at the right, or has no room for its text.
CUT = """() => [...document.querySelectorAll("main pre, main table, main img, main svg, main math, article pre, article table, article img")]
  .filter((e) => e.checkVisibility() && (e.getBoundingClientRect().right > innerWidth + 1 || (e.matches("pre") && e.scrollWidth > e.clientWidth + 1)))
  .map((e) => e.outerHTML.slice(0, 120))"""


class Page(HTMLParser):
    """What a crawl needs of one HTML file."""

    def __init__(self, file):
        super().__init__()
        self.ids, self.links, self.files, self.images, self.headings, self.title = set(), [], [], [], [], ""
        self.lang = self.description = None
        self.inside = ""
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in ("img", "script") and given.get("src"):
            self.files.append(given["src"])
        if tag == "link" and given.get("rel") not in (
            "canonical",
            "next",
            "prev",
            "index",
            "search",
            "author",
            "copyright",
        ):
            self.files.append(given["href"])
        if tag == "img":
            self.images.append((given.get("src", "")[:60], given.get("alt")))
        if tag == "html":
            self.lang = given.get("lang")
        if tag == "meta" and given.get("name") == "description":
            self.description = given.get("content")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        self.inside = tag if tag in ("title", "svg") else "svg" if self.inside == "svg" else ""

    def handle_endtag(self, tag):
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data):
        self.title += data if self.inside == "title" and not self.title.strip() else ""


@cache
def pages(site):
    """All pages of a site: address below it → Page."""
    return {file.relative_to(site).as_posix(): Page(file) for file in sorted(site.rglob("*.html"))}


def kinds(site):
    """The largest page of each folder, each list, and each page at the top: nothing else looks different."""
    largest = {}
    for name in pages(site):
        folder = name.rpartition("/")[0]
        key = name if not folder or name.endswith("/index.html") else folder
        if key not in largest or (site / name).stat().st_size > (site / largest[key]).stat().st_size:
            largest[key] = name
    return sorted(largest.values())


def dead_links(site):
    """Links, and files that a page needs, which lead nowhere in the site."""
    top = site.resolve()

    @cache  # pages of a folder share most links
    def file_at(folder, address):
        file = (folder / unquote(urlsplit(address).path)).resolve()
        return file if top in file.parents and file.is_file() else None

    found = []
    for name, page in pages(site).items():
        for link in [*page.links, *page.files]:
            address, anchor = urldefrag(link)
            if urlsplit(address).scheme in ("https", "mailto", "data"):
                continue
            file = file_at((site / name).parent, address) if address else top / name
            known = file and (
                not anchor
                or file.suffix != ".html"
                or unquote(anchor) in pages(site)[file.relative_to(top).as_posix()].ids
            )
            if not known:
                found.append((name, link))
    return found


def unnamed(site):
    """Pages without a language, a description of at most 160 characters, or a title that no other page has."""
    found = []
    titles = Counter(page.title.strip() for page in pages(site).values())
    for name, page in pages(site).items():
        wrong = [
            "no language" * (not page.lang),
            "no title" * (not page.title.strip()),
            f"title of another page too: {page.title.strip()}" * (titles[page.title.strip()] > 1),
            "no description" * (not page.description and name not in MADE_BY_SPHINX),
            "long description" * (len(page.description or "") > 160),
        ]
        found += [(name, each) for each in wrong if each]
    return found


MADE_BY_SPHINX = ("search.html", "genindex.html", "py-modindex.html")


def badly_headed(site):
    """Pages that do not have one first heading, or skip a level on the way down."""
    found = []
    for name, page in pages(site).items():
        steps = zip([0, *page.headings], page.headings)
        if page.headings.count(1) != 1 or any(after > before + 1 for before, after in steps):
            found.append((name, page.headings))
    return found


def without_words(site):
    """Images without alternative text. An empty text says that an image is for the eye alone."""
    return [
        (name, src)
        for name, page in pages(site).items()
        for src, alt in page.images
        if alt is None or (not alt and "logo" not in src)
    ]


def weights(site):
    """Bytes of each page with all that it loads at first."""

    def weight(name, page):
        below = [
            (site / name).parent / unquote(urlsplit(link).path) for link in page.files if not urlsplit(link).scheme
        ]
        return (site / name).stat().st_size + sum(
            file.stat().st_size for file in {file.resolve() for file in below} if file.is_file()
        )

    return {name: weight(name, page) for name, page in pages(site).items()}


def visited(browser, base, widths, names):
    """Open each page of some names once at an address below `base`, and look at it at some widths.

    Returns
    -------
    tuple of lists
        Errors in the console and requests that leave the site or fail; what makes a page scroll sideways.
    """
    faults, wide = [], []
    page = browser.new_page(viewport={"width": widths[0], "height": 800})
    told = lambda text: faults.append((page.url.removeprefix(base), text))
    page.on("console", lambda message: message.type in ("error", "warning") and told(message.text))
    page.on("pageerror", lambda error: told(str(error)))
    page.on("request", lambda request: request.url.startswith((base, "data:", "blob:")) or told(request.url))
    # One that the next page cut off is aborted, and no fault.
    page.on("requestfailed", lambda request: "ABORTED" in request.failure or told(f"{request.failure}: {request.url}"))
    page.on("response", lambda response: response.status >= 400 and told(f"{response.status}: {response.url}"))
    for name in names:
        page.goto(f"{base}/{name}")
        for k, width in enumerate(widths):
            if k:
                page.set_viewport_size({"width": width, "height": 800})
            wide += [(name, width, each) for each in page.evaluate(TOO_WIDE)]
        widths = widths[::-1]  # the next page begins with the width that this one ends with: a change takes long
    page.close()
    return faults, wide


def wrong(browser, site, names, look, **settings):
    """What a look finds on pages that are opened one after the other: name → list, where there is something.

    Parameters
    ----------
    look : function that takes the open page and returns a list
    **settings : of the tab, in which all are opened: a new one takes longer than a page
    """
    page = browser.new_page(**settings)
    found = {}
    for name in names:
        page.goto((site / name).as_uri())
        found[name] = look(page)
    page.close()
    return {name: each for name, each in found.items() if each}


def not_by_keyboard(page):
    """What Tab does not reach on a page, and what it reaches without showing it."""
    expected = dict(enumerate(page.evaluate(NUMBERED)))
    page.evaluate(RECORD_FOCUS)
    for _ in range(len(expected) + 20):
        page.keyboard.down("Tab")  # held down: a step costs one message, not three
    page.keyboard.up("Tab")
    focused = page.evaluate("focused")
    reached = {int(number) for number, _, _ in focused if number is not None}
    unseen = [f"focus is not seen: {what}" for _, seen, what in focused if not seen]
    return [f"not reached: {what}" for number, what in expected.items() if number not in reached] + unseen


def cut_in_print(page):
    """What is cut off when a page is printed on A4."""
    page.emulate_media(media="print")
    return page.evaluate(CUT) + page.evaluate(TOO_WIDE)


def moving(page):
    """Animations and smooth scrolling on a page whose reader asked for less motion."""
    found = page.evaluate("document.getAnimations().filter((a) => a.playState === 'running').map(String)")
    if page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "smooth":
        found.append("smooth scrolling")
    return found


def missing_without_javascript(page):
    """Pictures and questions of a page that do not show where JavaScript is switched off."""
    return page.evaluate(
        """() => [...document.querySelectorAll("article img, article fieldset, article h2, article .lessonkit-player")]
          .filter((e) => !e.closest("details") && (!e.checkVisibility() || !e.getBoundingClientRect().height || e.naturalWidth === 0))
          .map((e) => e.outerHTML.slice(0, 120))"""
    )
