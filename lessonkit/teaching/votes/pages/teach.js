// Votes on the deck: fills `.votes` of each question's slide, and gives the instructor's commands to the server.
{
  const STEPS = [ // key, command, and when it is offered, under which name
    ["o", "open", { new: "Open the vote", closed: "Reopen", revealed: "Open the vote" }],
    ["c", "close", { open: "Close the vote" }],
    ["a", "again", { closed: "Vote again" }],
    ["r", "reveal", { new: "Reveal", closed: "Reveal" }],
    ["s", "show", { closed: "Show the votes" }],
  ];
  const MAIN = { new: "open", open: "close" }; // in the other phases the server's advice says it
  const NAMES = ["", "First vote", "Second vote"];
  const NO_LAB = "No JupyterLab with this lesson runs on this machine. Type “lessonkit lab” in another terminal, then press L again.";
  const slides = [...document.querySelectorAll("section.slide")], boards = {}, questions = {};
  let sure = null; // a question without votes whose reveal was asked for once
  let socket = null, join = null, phones = 0, slide = slides[window.deck?.index ?? 0], trouble = "Connecting to the server …";

  function make(name, className, within, more) {
    within.append(Object.assign(document.createElement(name), { className, ...more }));
    return within.lastChild;
  }

  const copied = (part) => [...(part?.cloneNode(true).childNodes ?? [])];

  // The slide's own text gives way to the board, which has the same text, the premises first, and room for the votes.
  function build(section) {
    const title = copied(section.querySelector("h2")), premises = copied(section.querySelector(".words"));
    const votes = section.querySelector(".votes");
    for (let part = votes; part !== section; part = part.parentNode)
      for (const other of part.parentNode.children) if (other !== part) other.hidden = true;
    if (getComputedStyle(section).position === "static") section.style.position = "relative";
    const page = make("div", "votes-page", votes);
    const main = make("div", "votes-main", page), side = make("div", "votes-side", page), foot = make("div", "votes-foot", page);
    boards[section.dataset.question] = {
      page,
      title: make("h2", "votes-title", main),
      premises: make("div", "votes-premises", main),
      question: make("h3", "votes-question", main),
      options: make("ol", "votes-options", main),
      scan: make("img", "votes-scan", side),
      address: make("p", "votes-address", side),
      code: make("p", "votes-code", side),
      count: make("p", "votes-count", side),
      phones: make("p", "votes-phones", side),
      note: make("p", "votes-note", foot, { role: "status" }),
      buttons: make("div", "votes-buttons", foot),
    };
    boards[section.dataset.question].title.append(...title);
    boards[section.dataset.question].premises.append(...premises);
    const texts = document.createTreeWalker(boards[section.dataset.question].premises, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(" = ", "\u00a0=\u00a0"); // an equation stays in a line
  }

  function bars(within, option, question) {
    const box = make("div", "votes-bars", within);
    question.counts.forEach((counts, k) => {
      const all = counts.reduce((sum, each) => sum + each, 0), share = all ? counts[option] / all : 0;
      make("span", "", box, { textContent: question.counts.length > 1 ? ["1st", "2nd"][k] : "" });
      const bar = make("span", `votes-bar votes-bar-${k + 1}`, make("span", "votes-track", box));
      bar.style.width = `${100 * share}%`;
      make("span", "votes-share", box, { textContent: `${Math.round(100 * share)} % (${counts[option]})` });
    });
  }

  function emphasized(text, within) {
    text.split(/\*(\w[^*]*)\*/).forEach((part, k) => make(k % 2 ? "em" : "span", "", within, { textContent: part }));
  }

  function drawOptions(board, question) {
    const told = question.phase === "revealed", votes = question.shown && question.round > 0;
    board.page.classList.toggle("votes-told", told);
    board.page.classList.toggle("votes-wide", told || votes); // nobody joins while they read the result
    board.options.replaceChildren();
    question.options.forEach((text, k) => {
      const option = make("li", told && k === question.right ? "votes-right" : "", board.options);
      make("b", "", option, { textContent: "ABCDEFGH"[k] });
      make("span", "votes-text", option, { textContent: text + (told && k === question.right ? " ✓" : "") });
      if (votes) bars(option, k, question);
      if (told) emphasized(question.reasons[k], make("p", "votes-reason", option));
    });
  }

  const unvoted = (question) => question.counts.flat().every((count) => count === 0);

  function offered(question) {
    return STEPS.filter(([, command, names]) => names[question.phase]
      && !(question.phase === "revealed" && !unvoted(question))
      && !(question.last && command === "again") && !(question.shown && command === "show"));
  }

  function drawButtons(name, board, question) {
    const main = MAIN[question.phase] ?? question.advice?.step, focused = board.buttons.contains(document.activeElement);
    board.buttons.replaceChildren();
    for (const [key, command, names] of offered(question)) {
      const button = make("button", command === main ? "votes-next" : "", board.buttons, { type: "button", textContent: `${names[question.phase]} ` });
      make("kbd", "", button, { textContent: key.toUpperCase() });
      button.onclick = () => act(name, command);
    }
    if (focused) (board.buttons.querySelector(".votes-next") ?? board.buttons.firstChild)?.focus();
  }

  function draw(name) {
    const board = boards[name], question = questions[name];
    if (!board || !question) return;
    board.question.textContent = question.text.replace(" …", "\u00a0…");
    drawOptions(board, question);
    drawButtons(name, board, question);
    tell(name);
    fit(board.page);
  }

  // Text as large as there is room for; at the smallest scale it has 22 pixels, which the last row can read.
  function fit(page) {
    const main = page.firstChild;
    for (let twentieths = 30; twentieths >= 16; twentieths--) {
      page.style.setProperty("--votes-scale", twentieths / 20);
      if (main.scrollHeight <= main.clientHeight && main.scrollWidth <= main.clientWidth) return;
    }
  }

  const counted = (number, name) => `${number} ${name}${number === 1 ? "" : "s"}`;

  function tell(name) {
    const board = boards[name], question = questions[name];
    const words = {
      new: "Think first: which one, and why?",
      open: `${NAMES[question?.round]}: ${question?.round === 1 ? "choose for yourself, without talking." : "choose again, as you think now."}`,
      closed: question?.advice?.words,
      revealed: "",
    };
    const text = trouble || (sure === name ? "Nobody has voted. Reveal all the same? R again" : question ? words[question.phase] : "");
    if (board.note.textContent !== text) board.note.textContent = text;
    board.note.classList.toggle("votes-trouble", Boolean(trouble));
    if (!question || !join) return;
    const now = question.counts.at(-1)?.reduce((sum, each) => sum + each, 0) ?? 0;
    board.count.textContent = question.phase === "new" ? "" : counted(now, "vote");
    board.phones.textContent = `${counted(phones, "phone")} connected`;
    Object.assign(board.scan, { src: join.scan, alt: `Code to scan, which leads to ${join.address}` });
    board.address.textContent = join.address;
    board.code.textContent = join.code;
  }

  function act(name, command) {
    trouble = "";
    const known = sure === name || !unvoted(questions[name]);
    sure = command === "reveal" && !known ? name : null;
    tell(name);
    if (sure) return; // one wrong key gives no answer away
    if (socket.readyState === 1) socket.send(JSON.stringify({ do: command, question: name }));
  }

  const large = make("dialog", "votes-join", document.body);
  large.onclick = () => large.close();
  function showJoin() {
    if (large.open || !join) return large.close();
    large.replaceChildren();
    make("img", "", large, { src: join.scan, alt: `Code to scan, which leads to ${join.address}` });
    const words = make("div", "", large);
    make("h2", "", words, { textContent: "Join with your phone" });
    make("p", "", words, { textContent: "Scan, or open" });
    make("p", "votes-address", words, { textContent: join.address });
    make("p", "", words, { textContent: "and type" });
    make("p", "votes-code", words, { textContent: join.code });
    large.showModal();
  }

  function openLive(address) {
    if (address) return window.open(address);
    noteLab(NO_LAB);
  }
  const noteLab = (text) => document.querySelectorAll(".votes-live + p").forEach((note) => (note.textContent = text));

  function heard(message) {
    trouble = message.refused ?? "";
    if (message.join) join = message.join;
    if (message.phones !== undefined) phones = message.phones;
    Object.assign(questions, message.questions);
    if (sure in (message.questions ?? {})) sure = null;
    if ("live" in message) openLive(message.live);
    for (const name in boards) name in (message.questions ?? {}) ? draw(name) : tell(name);
  }

  function connect() {
    socket = new WebSocket(`ws://${location.host}/projector/socket`);
    socket.onopen = () => socket.send(JSON.stringify({ key: sessionStorage.getItem("lessonkit-key") ?? "" }));
    socket.onmessage = ({ data }) => heard(JSON.parse(data));
    socket.onclose = ({ code }) => {
      trouble = code === 4001 ? "This tab has not the key: open the whole address that the terminal shows." : "Not connected to the server. Trying again …";
      Object.keys(boards).forEach(tell);
      if (code !== 4001) setTimeout(connect, 1000);
    };
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const key = event.key.toLowerCase(), { question, kind } = slide?.dataset ?? {};
    if (key === "j") showJoin();
    if (key === "l" && kind === "instrument") socket.send(JSON.stringify({ do: "live", question: "" }));
    const step = questions[question] && offered(questions[question]).find((each) => each[0] === key);
    if (step) act(question, step[1]);
  });
  // A speaker view asks the deck that it has opened to explain a question; here that is the reveal, on phones too.
  addEventListener("message", ({ source, data }) => {
    const question = source && source === window.opener && data.explain?.question;
    if (questions[question] && offered(questions[question]).some(([, command]) => command === "reveal")) act(question, "reveal");
  });
  document.addEventListener("slide", ({ detail }) => {
    slide = slides[detail.index];
    const before = sure;
    sure = null;
    if (before) tell(before);
    noteLab("");
    if (boards[detail.question]) fit(boards[detail.question].page); // before, it had no size
  });

  for (const section of slides) {
    if (section.dataset.question) build(section);
    if (section.dataset.kind !== "instrument") continue;
    const live = make("div", "votes-live-box", section);
    make("button", "votes-live", live, { type: "button", textContent: "Open live " }).onclick = () => socket.send(JSON.stringify({ do: "live", question: "" }));
    make("kbd", "", live.firstChild, { textContent: "L" });
    make("p", "", live, { role: "status" });
  }
  connect();
}
