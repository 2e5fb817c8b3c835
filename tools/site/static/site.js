// Loads what an instrument showed when somebody wants to play with it; a script, because a page from a file may fetch nothing.
{
  const asked = {}, base = document.currentScript.src;
  globalThis.lessonkitRecord = (key, text) => {
    const box = asked[key].closest(".lessonkit-player");
    box.append(Object.assign(document.createElement("script"), { type: "text/plain", textContent: text }));
    asked[key].remove();
    box.dispatchEvent(new Event("recorded", { bubbles: true }));
  };
  for (const button of document.querySelectorAll("[data-record]")) {
    button.hidden = false;
    button.onclick = () => {
      const key = button.dataset.record;
      asked[key] = button;
      Object.assign(button, { disabled: true, textContent: "Loading …" });
      document.head.append(Object.assign(document.createElement("script"), { src: new URL(`../played/${key}.js`, base) }));
    };
  }
}
