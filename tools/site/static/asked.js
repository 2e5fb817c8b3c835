// Answers the questions of a page. What it says, and which numbers are right, stands in the page; it knows no words of its own.
{
  const unpacked = (text) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))));
  const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // 0.5, 0,5, 1e-3 or 5/13; NaN for anything else.
  function number(typed) {
    const parts = typed.replace(/\s/g, "").replaceAll("−", "-").replaceAll(",", ".").split("/");
    return parts.length > 2 || parts.includes("") ? NaN : parts[0] / (parts[1] ?? 1);
  }

  function start(form) {
    const { words, names, key } = unpacked(form.dataset.told), inputs = [...form.querySelectorAll("input, select")];
    const noscript = form.nextElementSibling.querySelector("noscript");
    const answers = [...new DOMParser().parseFromString(noscript.textContent, "text/html").querySelectorAll("body > details")];
    const status = form.querySelector("[role=status]"), [check, ask] = form.querySelectorAll("button");
    const say = (...lines) => status.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));

    function show(answer) { // what is folded, without the line above it
      const copy = document.importNode(answer, true);
      copy.querySelector("summary").remove();
      status.append(...copy.childNodes);
    }

    function wrong(input, k) {
      const typed = input.value.trim(), given = number(typed), [low, high] = key[k];
      const word = !typed ? "empty" : Number.isNaN(given) ? "none" : given >= low && given <= high ? "" : "wrong";
      return word && filled(words[word], { name: names[k], typed });
    }

    form.onsubmit = (event) => {
      event.preventDefault();
      if (names) {
        const lines = inputs.map(wrong).filter(Boolean);
        say(...(lines.length ? lines : [words.right]));
        if (!lines.length) show(answers[0]);
      } else if (key) {
        if (inputs.some((input) => !input.value)) return say(words.empty);
        say(filled(words.agree, { agree: inputs.filter((input, k) => input.value === key[k]).length, count: key.length }));
        show(answers[0]);
      } else {
        const chosen = inputs.findIndex((input) => input.checked);
        if (chosen < 0) return say(words.empty);
        say();
        show(answers[chosen]);
      }
    };
    if (ask) ask.onclick = () => (say(), show(answers[0]));
    for (const button of [check, ask]) if (button) button.hidden = false;
  }

  document.querySelectorAll("form.lessonkit-asked").forEach(start);
}
