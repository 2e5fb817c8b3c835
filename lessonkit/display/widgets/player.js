// Plays what an instrument showed at recorded values of its controls. It draws what was recorded, and knows no update rule.
{
  let count = 0; // for ids: a page may have several players

  async function unpack(text) {
    const packed = new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]);
    return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).json();
  }

  async function load(url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  }

  function make(name, className, within, more = {}) {
    const element = Object.assign(document.createElement(name), { className }, more);
    within.append(element);
    return element;
  }

  async function start(box) {
    const record = await unpack(box.querySelector("script").textContent);
    const { controls, grid, states, drag } = record;
    const grounds = await Promise.all(record.grounds.map(load));
    const side = box.querySelector(".lessonkit-side"), words = box.querySelector(".lessonkit-words");
    const canvas = make("canvas", "", box.querySelector(".lessonkit-picture"), { role: "img" });
    const shapes = record.shapes.map((shape) => ({ shape })), views = [];
    let asked = record.start, places = [], texts = []; // where the controls were put, where they stand, what they say

    function draw() {
      const [ground, strokes] = record.frames[states[asked][0]], ink = canvas.getContext("2d");
      const scale = Math.max(1, devicePixelRatio) / record.density;
      canvas.width = record.width * scale; // which also wipes it
      canvas.height = record.height * scale;
      if (ground === null) return;
      ink.drawImage(grounds[ground], 0, 0, canvas.width, canvas.height);
      ink.scale(scale / record.units, scale / record.units);
      for (const number of strokes) stroke(ink, ...record.strokes[number]);
    }

    const path = (number) => (shapes[number].path ??= new Path2D(shapes[number].shape));

    function stroke(ink, shape, style, clip, points) {
      const { fill, stroke, width, dash, offset, cap, join } = record.styles[style];
      ink.save();
      ink.clip(path(clip));
      Object.assign(ink, { fillStyle: fill, strokeStyle: stroke, lineWidth: width, lineDashOffset: offset, lineCap: cap, lineJoin: join });
      ink.setLineDash(dash);
      for (const [x, y] of points.length ? points : [[0, 0]]) {
        ink.translate(x, y);
        if (fill) ink.fill(path(shape));
        if (stroke) ink.stroke(path(shape));
        ink.translate(-x, -y);
      }
      ink.restore();
    }

    function show(note = "") {
      const [frame, followers] = states[asked];
      places = controls.map((_, k) => followers[k]?.[0] ?? asked[k]);
      texts = controls.map((control, k) => followers[k]?.[1] ?? control.texts[asked[k]]);
      words.textContent = canvas.ariaLabel = record.frames[frame][2] + note;
      views.forEach((view, k) => view(places[k], texts[k]));
      draw();
    }

    const replaced = (positions, changes) => Object.assign([...positions], changes);
    const nearest = (positions, to) => positions.reduce((a, b) => (Math.abs(b - to) < Math.abs(a - to) ? b : a));

    // Puts controls to recorded positions. The others stay if that was recorded too; else they go back, and it is said.
    function go(positions, changed) {
      const before = texts;
      asked = positions;
      show();
      const moved = controls.filter((_, k) => !changed.includes(k) && texts[k] !== before[k] && !(k in states[asked][1]));
      const where = moved.map(({ label, texts: all }) => `${label} ${all[asked[controls.findIndex((each) => each.label === label)]]}`);
      if (moved.length) show(` (Not every combination was recorded; now: ${where.join(", ")}.)`);
    }

    // To the recorded position nearest to the one wanted, on the same side of where the control stands.
    function move(k, wanted) {
      const onGrid = Object.fromEntries(Object.entries(grid).map(([each, some]) => [each, nearest(some, asked[each])]));
      for (const others of [asked, replaced(asked, onGrid), record.start]) {
        const found = controls[k].texts.map((_, position) => position).filter((position) =>
          states[replaced(others, { [k]: position })] && Math.sign(position - places[k]) === Math.sign(wanted - places[k]));
        const exact = controls[k].kind !== "slider";
        if (exact ? found.includes(wanted) : found.length) return go(replaced(others, { [k]: nearest(found, wanted) }), [k]);
      }
    }

    function addSlider(control, k) {
      const id = `lessonkit-control-${count++}`, whole = make("div", "widget-slider", side);
      make("label", "widget-label", whole, { htmlFor: id, textContent: control.label });
      const readout = make("span", "widget-readout", whole);
      const input = make("input", "", make("div", "slider-container", whole), { id, type: "range", min: 0, max: control.texts.length - 1 });
      input.addEventListener("input", () => move(k, Number(input.value)));
      views[k] = (place, text) => {
        input.value = place;
        input.ariaValueText = readout.textContent = text;
      };
      if (control.interval) addPlay(control, k);
    }

    function addPlay(control, k) {
      const row = make("div", "lessonkit-row", side), last = control.texts.length - 1;
      const play = make("button", "", row, { type: "button", textContent: "▶ Play", ariaPressed: "false" });
      const step = make("button", "", row, { type: "button", textContent: "Step" });
      let timer = 0, paused = null;
      function stop() {
        clearInterval(timer);
        timer = 0;
        paused = places[k];
        play.ariaPressed = "false";
        words.ariaLive = "polite"; // while it plays, a screen reader would never come to the end of a sentence
      }
      play.addEventListener("click", () => {
        if (timer) return stop();
        if (places[k] !== paused || places[k] === last) move(k, 0);
        play.ariaPressed = "true";
        words.ariaLive = "off";
        timer = setInterval(() => (places[k] < last ? move(k, places[k] + 1) : stop()), control.interval * 1000);
      });
      step.addEventListener("click", () => move(k, Math.min(places[k] + 1, last)));
    }

    function addChoice(control, k) {
      const id = `lessonkit-control-${count++}`, whole = make("div", "lessonkit-choice", side), tick = control.kind === "tick";
      const input = make(tick ? "input" : "select", "", whole, tick ? { id, type: "checkbox" } : { id });
      const label = make("label", "", whole, { htmlFor: id, textContent: control.label });
      if (!tick) whole.prepend(label);
      if (!tick) control.texts.forEach((text) => make("option", "", input, { textContent: text }));
      input.addEventListener("change", () => move(k, tick ? Number(input.checked) : input.selectedIndex));
      views[k] = (place) => (tick ? (input.checked = Boolean(place)) : (input.selectedIndex = place));
    }

    function point(event) {
      const area = canvas.getBoundingClientRect(), [left, top, right, bottom] = drag.box, at = [event.clientX, event.clientY];
      const x = (at[0] - area.left) / area.width, y = (at[1] - area.top) / area.height;
      if (x < left || x > right || y < top || y > bottom) return;
      const closest = ([, shares], to) => Number(Object.keys(shares).reduce((a, b) => (Math.abs(shares[b] - to) < Math.abs(shares[a] - to) ? b : a)));
      const changes = { [drag.across[0]]: closest(drag.across, x), [drag.up[0]]: closest(drag.up, y) };
      go(replaced(record.start, changes), [drag.across[0], drag.up[0]]);
    }

    const tasks = [...side.childNodes];
    controls.forEach((control, k) => (control.kind === "slider" ? addSlider : addChoice)(control, k));
    side.append(...tasks);
    if (drag) {
      Object.assign(canvas.style, { cursor: "crosshair", touchAction: "none" });
      canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        point(event);
      });
      canvas.addEventListener("pointermove", (event) => event.buttons && point(event));
    }
    canvas.style.width = `${record.width / record.density}px`;
    canvas.previousElementSibling?.remove(); // the still
    addEventListener("resize", draw);
    show();
  }

  document.querySelectorAll(".lessonkit-player").forEach(start);
}
