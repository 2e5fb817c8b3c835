// Drives the deck: in the window that it opens, and in two small frames here. All three are the same file.
{
  const find = (id) => document.getElementById(id), articles = [...document.querySelectorAll(".notes article")];
  const file = document.body.dataset.deck, minutes = (ms) => ms / 60000;
  let index = 0, screen = null, started = null;
  const asked = new Map(); // window of a deck → number of the last request to it

  const send = (view, message) => view?.postMessage(message, "*");

  function lead(view, to, tell) {
    if (!view) return;
    asked.set(view, (asked.get(view) ?? 0) + 1);
    send(view, { go: to, tell, request: asked.get(view) });
  }

  // Shows a slide here and in all decks, except the one that is there already.
  function show(wanted, there = null) {
    index = Math.max(0, Math.min(articles.length - 1, wanted));
    scrollTo(0, 0);
    articles.forEach((article, k) => article.classList.toggle("now", k === index));
    find("next-title").textContent = articles[index + 1]?.querySelector("h2").textContent ?? "the end";
    for (const view of [screen, find("now").contentWindow]) if (view !== there) lead(view, index, articles[index].matches(".told"));
    lead(find("next").contentWindow, index + 1, true);
    if (index > 0 && started === null) start();
    tick();
  }

  // On, or what waits on this slide is shown first.
  function on(by) {
    const waits = by > 0 && articles[index].matches(".waits:not(.told)");
    if (waits) articles[index].classList.add("told");
    show(waits ? index : index + by);
  }

  function start() {
    started = Date.now();
    find("start").textContent = "Start again";
    tick();
  }

  function tick() {
    const now = new Date(), clock = (whole) => String(whole).padStart(2, "0");
    find("clock").textContent = `${clock(now.getHours())}:${clock(now.getMinutes())}`;
    if (started === null) return;
    const passed = minutes(now - started), { start, end } = articles[index].dataset;
    find("passed").textContent = `${Math.floor(passed)}:${clock(Math.floor(passed * 60) % 60)}`;
    const late = passed - end, early = start - passed, last = articles.at(-1).dataset.end;
    find("state").classList.toggle("late", late > 1);
    find("state").textContent = `This slide: minute ${start} to ${end} of ${last}. ` +
      (late > 1 ? `You are ${Math.round(late)} min late.` : early > 1 ? `You are ${Math.round(early)} min early.` : "You are on time.");
  }

  find("open").onclick = () => {
    screen = window.open(`${file}#${index + 1}`, "deck", "width=1280,height=720");
    if (!screen) find("state").textContent = "The browser has blocked the window: allow this page to open windows, and try again.";
  };
  find("start").onclick = start;
  find("back").onclick = () => on(-1);
  find("on").onclick = () => on(1);
  document.querySelectorAll(".explain").forEach((button) => (button.onclick = () => {
    const { question } = button.closest("article").dataset;
    const options = [...button.closest(".key").querySelectorAll("li")].map((item) => ({
      right: item.matches(".right"), reason: item.querySelector(".reason").textContent,
    }));
    for (const view of [screen, find("now").contentWindow]) send(view, { explain: { question, options } });
  }));
  const away = { ArrowRight: 1, ArrowDown: 1, " ": 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  addEventListener("keydown", (event) => {
    if (!away[event.key] || (event.key === " " && event.target.closest("button"))) return;
    event.preventDefault();
    on(away[event.key]);
  });
  // A key or a click in the deck itself; the frame of the next slide only follows. A deck that does not know the last request yet
  // answers an older one; one that knows of none was just opened, and is told where we are.
  addEventListener("message", ({ source, data }) => {
    if (!data.deck || (source !== screen && source !== find("now").contentWindow)) return;
    const { index: at, request, told } = data.deck, article = articles[at];
    if (request === 0) return lead(source, index, articles[index].matches(".told"));
    if (request !== asked.get(source)) return;
    const fresh = told && article.matches(".waits:not(.told)");
    if (fresh) article.classList.add("told");
    if (fresh || at !== index) show(at, source);
  });
  for (const id of ["now", "next"]) find(id).onload = () => show(index);
  setInterval(tick, 1000);
  show(0);
}
