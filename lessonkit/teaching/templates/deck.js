// Shows one slide at a time. Keys: → ↓ Page Down Space, ← ↑ Page Up, Home, End; d for a dark room. A click or a swipe goes on.
{
  const stage = document.querySelector(".deck"), slides = [...document.querySelectorAll(".slide")];
  const driver = window.opener || (parent !== window ? parent : null); // a speaker view
  let index = -1, touched = 0, request = 0; // the number of the speaker view's last request

  // Text as large as its slide has room for. At the scale 1 it can be read from the last row, and what does not fit is an error.
  function fit(slide) {
    const room = slide.querySelector(".room");
    const over = (part) => part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1;
    const full = () => over(room) || [...room.querySelectorAll(".shown, .words")].some(over) ||
      [...room.querySelectorAll("table, pre, .shown > math")].some((part) => part.getBoundingClientRect().width > room.clientWidth);
    for (let scale = 1.65; scale >= 1; scale -= 0.05) {
      slide.style.setProperty("--scale", scale.toFixed(2));
      if (!full()) return;
    }
    slide.style.setProperty("--scale", 1);
    slide.classList.add("tight");
  }

  function resize() {
    const scale = Math.min(innerWidth / 1280, innerHeight / 720);
    stage.style.transform = `translate(${(innerWidth - 1280 * scale) / 2}px, ${(innerHeight - 720 * scale) / 2}px) scale(${scale})`;
  }

  function go(wanted) {
    const next = Math.max(0, Math.min(slides.length - 1, wanted));
    if (next === index) return;
    slides[index]?.classList.remove("now");
    index = next;
    const slide = slides[index], { kind, question } = slide.dataset;
    slide.classList.add("now");
    if (kind === "instrument") fit(slide); // its controls were not there when the page was opened
    history.replaceState(null, "", `#${index + 1}`);
    if (parent === window) stage.focus({ preventScroll: true }); // the keys of a page around it stay with that page
    document.dispatchEvent(new CustomEvent("slide", { detail: { index, id: slide.id, kind, question } }));
    report();
  }

  // What waits on a slide, until the class has answered: the next key press shows it, and only the one after that goes on.
  const waiting = () => slides[index].querySelector(".waits:not(.told)");
  const report = () => driver?.postMessage({ deck: { index, count: slides.length, request, told: !waiting() } }, "*");
  function tell() {
    if (!waiting()) return;
    waiting().classList.add("told");
    report();
  }
  const on = (by) => (by > 0 && waiting() ? tell() : go(index + by));

  // Shows which option is right and why, and hides it again. A speaker view sends it; it is text, and is shown as text.
  function explain({ question, options }) {
    const items = document.querySelectorAll(`[data-question="${CSS.escape(question)}"] .options li`);
    items.forEach((item, k) => {
      const told = item.querySelector(".reason");
      item.classList.toggle("right", !told && options[k].right);
      if (told) told.remove();
      else item.append(Object.assign(document.createElement("span"), { className: "reason", textContent: options[k].reason }));
    });
    if (items.length) fit(items[0].closest(".slide"));
  }

  const away = { ArrowRight: 1, ArrowDown: 1, " ": 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  addEventListener("keydown", (event) => {
    const own = event.target.closest("input, select, button, a, textarea"), page = event.key.startsWith("Page");
    if (event.ctrlKey || event.metaKey || event.altKey || (own && !page && event.key !== "Escape")) return;
    if (event.key === "Escape") stage.focus();
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(slides.length - 1);
    else if (event.key === "d") document.documentElement.classList.toggle("dark");
    else if (away[event.key]) on(event.shiftKey && event.key === " " ? -1 : away[event.key]);
    else return;
    event.preventDefault();
  });
  stage.addEventListener("click", (event) => {
    if (!event.target.closest(".lessonkit-player, .votes, a, button") && !String(getSelection())) on(1);
  });
  stage.addEventListener("touchstart", (event) => (touched = event.touches[0].clientX), { passive: true });
  stage.addEventListener("touchend", (event) => {
    const moved = event.changedTouches[0].clientX - touched;
    if (Math.abs(moved) > 60 && !event.target.closest(".lessonkit-player")) on(-Math.sign(moved));
  });
  addEventListener("message", ({ source, data }) => {
    if (!driver || source !== driver) return;
    if (Number.isInteger(data.go)) {
      request = data.request;
      go(data.go);
    }
    if (data.tell) tell();
    if (data.explain) explain(data.explain);
  });
  addEventListener("hashchange", () => go(Number(location.hash.slice(1)) - 1 || 0));
  addEventListener("resize", resize);

  const grown = new ResizeObserver((bodies) => bodies.forEach(({ target }) => target.offsetParent && fit(target.closest(".slide"))));
  document.querySelectorAll(".lessonkit-body").forEach((body) => grown.observe(body));
  slides.forEach(fit);
  stage.classList.add("live");
  window.deck = { go, explain, get index() { return index; }, count: slides.length };
  resize();
  go(Number(location.hash.slice(1)) - 1 || 0);
}
