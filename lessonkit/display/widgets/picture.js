// A picture and its words, whose frames come from the kernel, and which says where the pointer drags on it.

// A blob is read in several tasks of the page, which other tasks delay; an ImageDecoder needs none. It is missing in older browsers, and in
// a page that came over plain HTTP from another machine.
async function decoded(data, type = "image/jpeg") {
  if (!window.ImageDecoder) return createImageBitmap(new Blob([data], { type }));
  const decoder = new ImageDecoder({ data, type }), { image } = await decoder.decode();
  decoder.close();
  return image;
}

export default {
  render({ model, el }) {
    const make = (name, within, more) => within.appendChild(Object.assign(document.createElement(name), more));
    const picture = make("div", el, { className: "lessonkit-picture", hidden: true });
    const canvas = make("canvas", picture, { role: "img" });
    const still = "▶ Run the cells from the top to play"; // seen when the kernel has gone, see picture.css
    make("div", picture, { className: "lessonkit-still", role: "status", textContent: still });
    const words = make("div", el, { className: "lessonkit-words", role: "status", ariaLive: "polite" });
    let asked = 0, shown = 0;

    // A canvas, because an <img> would load each frame through an address of its own and decode it while the page is painted.
    async function show() {
      const number = ++asked;
      await null; // frame and words come in one message, which calls this twice
      if (number < asked) return;
      const frame = model.get("frame"), alt = model.get("alt");
      const image = frame.byteLength ? await decoded(frame) : null;
      const { displayWidth, displayHeight, width = displayWidth, height = displayHeight } = image ?? {};
      if (number > shown) {
        shown = number;
        picture.hidden = !image; // the words say what went wrong
        words.textContent = canvas.ariaLabel = alt;
        if (image && (canvas.width !== width || canvas.height !== height)) Object.assign(canvas, { width, height });
        if (image) canvas.getContext("2d").drawImage(image, 0, 0);
      }
      image?.close();
    }

    // For a screen reader a slider's handle has the label that is written above it, and the value as it is written.
    function nameHandles() {
      for (const slider of el.closest(".lessonkit-instrument")?.querySelectorAll(".widget-slider") ?? []) {
        const handle = slider.querySelector(".noUi-handle");
        handle.ariaLabel = slider.querySelector(".widget-label").textContent;
        const value = slider.querySelector(".widget-readout").textContent;
        if (handle.ariaValueText !== value) handle.ariaValueText = value;
      }
    }

    // Notebook 7 takes arrow keys for itself; on a slider they are the slider's, and all other keys stay the notebook's
    function keepArrows(event) {
      const handle = event.target;
      const inside = el.closest(".lessonkit-instrument")?.contains(handle);
      if (event.key.startsWith("Arrow") && handle.matches(".noUi-handle") && inside) {
        handle.dataset.lmSuppressShortcuts = "";
        setTimeout(() => delete handle.dataset.lmSuppressShortcuts);
      }
    }

    // "Larger" takes the whole screen, where picture and controls stay together; Escape, or the button, gives it back.
    function fill(event) {
      const instrument = el.closest(".lessonkit-instrument"), button = event.target.closest(".lessonkit-larger-button");
      if (!button || !instrument?.contains(button)) return;
      if (document.fullscreenElement === instrument) document.exitFullscreen();
      else if (!button.classList.contains("mod-active")) instrument.requestFullscreen?.().catch(() => {});
    }
    function filled() {
      const instrument = el.closest(".lessonkit-instrument"), button = instrument?.querySelector(".lessonkit-larger-button");
      if (!button) return;
      const full = document.fullscreenElement === instrument;
      instrument.style.zoom = full ? Math.max(1, Math.min(innerWidth / 900, innerHeight / 540)) : "";
      if (!full && "full" in instrument.dataset && button.classList.contains("mod-active")) button.click(); // it was Escape
      if (full) instrument.dataset.full = "";
      else delete instrument.dataset.full;
    }

    function tell(event) {
      const box = canvas.getBoundingClientRect();
      model.set("pointer", [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
      model.save_changes(); // while one message is on its way the next ones wait, and only the last of them is sent
    }

    if (model.get("takes_pointer")) {
      canvas.style.cursor = "crosshair";
      canvas.style.touchAction = "none";
      canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        tell(event);
      });
      canvas.addEventListener("pointermove", (event) => event.buttons && tell(event));
    }
    const values = new MutationObserver(nameHandles);
    const placed = new ResizeObserver(() => { // called once the picture stands in the page
      const instrument = el.closest(".lessonkit-instrument");
      if (!instrument) return;
      placed.disconnect();
      nameHandles();
      values.observe(instrument, { subtree: true, childList: true, characterData: true, attributeFilter: ["aria-valuetext"] });
    });
    placed.observe(el);
    window.addEventListener("keydown", keepArrows, true);
    window.addEventListener("click", fill, true);
    document.addEventListener("fullscreenchange", filled);
    model.on("change:frame change:alt", show);
    show();
    return () => {
      placed.disconnect();
      values.disconnect();
      window.removeEventListener("keydown", keepArrows, true);
      window.removeEventListener("click", fill, true);
      document.removeEventListener("fullscreenchange", filled);
    };
  },
};
