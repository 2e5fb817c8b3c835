// A picture whose frames come from the kernel, and which says where the pointer drags on it.
export default {
  render({ model, el }) {
    const image = document.createElement("img");
    image.draggable = false;
    image.style.maxWidth = "100%";
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
      if (shown) URL.revokeObjectURL(shown);
    }

    function describe() {
      image.alt = model.get("alt");
      el.hidden = !model.get("frame").byteLength;
    }

    // a slider's handle has no name of its own for a screen reader: it gets the label that is written beside it
    function nameHandles() {
      const instrument = el.closest(".widget-vbox");
      for (const handle of instrument?.querySelectorAll(".noUi-handle") ?? []) {
        handle.ariaLabel = handle.closest(".widget-slider").querySelector(".widget-label").textContent;
      }
    }

    // Notebook 7 takes arrow keys for itself; on a slider they are the slider's, and all other keys stay the notebook's
    function keepArrows(event) {
      const handle = event.target;
      if (event.key.startsWith("Arrow") && handle.matches(".noUi-handle") && el.closest(".widget-vbox")?.contains(handle)) {
        handle.dataset.lmSuppressShortcuts = "";
        setTimeout(() => delete handle.dataset.lmSuppressShortcuts);
      }
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
    const seen = new ResizeObserver(nameHandles); // called once the picture stands in the page
    seen.observe(image);
    window.addEventListener("keydown", keepArrows, true);
    model.on("change:frame", show);
    model.on("change:frame change:alt", describe);
    describe();
    show();
    el.appendChild(image);
    return () => {
      seen.disconnect();
      window.removeEventListener("keydown", keepArrows, true);
      URL.revokeObjectURL(image.src);
    };
  },
};
