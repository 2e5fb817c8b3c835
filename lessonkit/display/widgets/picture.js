// A picture whose frames come from the kernel, and which says where the pointer drags on it.
export default {
  render({ model, el }) {
    const image = document.createElement("img");
    image.draggable = false;
    el.classList.add("lessonkit-picture");
    const still = document.createElement("div"); // seen when the kernel has gone, see picture.css
    still.className = "lessonkit-still";
    still.role = "status";
    still.textContent = "▶ Run this cell to play";
    el.append(still);
    let last = "";

    async function show() {
      const url = URL.createObjectURL(new Blob([model.get("frame")], { type: "image/jpeg" }));
      const ready = new Image();
      ready.src = url;
      last = url;
      await ready.decode().catch(() => {}); // the old frame stays until the new one can be shown: no flicker
      if (last !== url) return URL.revokeObjectURL(url); // a newer frame has come meanwhile
      const shown = image.src;
      image.src = url;
      // In the page only once it has a frame: Chromium gives an image that had none no box, for as long as JupyterLab
      // skips its cell because it is out of sight, and never makes up for it.
      if (!image.parentNode && ready.naturalWidth) el.prepend(image);
      if (shown) URL.revokeObjectURL(shown);
    }

    function describe() {
      image.alt = model.get("alt");
      el.hidden = !model.get("frame").byteLength;
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
      const box = image.getBoundingClientRect();
      model.set("pointer", [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
      model.save_changes(); // while one message is on its way the next ones wait, and only the last of them is sent
    }

    if (model.get("takes_pointer")) {
      image.style.cursor = "crosshair";
      image.style.touchAction = "none";
      image.addEventListener("pointerdown", (event) => {
        image.setPointerCapture(event.pointerId);
        tell(event);
      });
      image.addEventListener("pointermove", (event) => event.buttons && tell(event));
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
    model.on("change:frame", show);
    model.on("change:frame change:alt", describe);
    describe();
    show();
    return () => {
      placed.disconnect();
      values.disconnect();
      window.removeEventListener("keydown", keepArrows, true);
      window.removeEventListener("click", fill, true);
      document.removeEventListener("fullscreenchange", filled);
      URL.revokeObjectURL(image.src);
    };
  },
};
