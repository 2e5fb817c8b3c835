// Plays what an instrument showed at recorded values of its controls. It draws what was recorded, and knows no update rule.
{
  let count = 0; // for ids: a page may have several players

  async function unpack(text) {
    const packed = new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]);
    return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).json();
  }

  function make(name, className, within, more) {
    within.append(Object.assign(document.createElement(name), { className, ...more }));
    return within.lastChild;
  }

  async function start(box) {
    const record = await unpack(box.querySelector("script").textContent);
    const { controls, grid, states, drag } = record, everyControl = controls.map((_, k) => k);
    const grounds = record.grounds.map((src) => Object.assign(new Image(), { src }));
    await Promise.all(grounds.map((ground) => ground.decode()));
    const side = box.querySelector(".lessonkit-side"), words = box.querySelector(".lessonkit-words");
    const canvas = make("canvas", "", box.querySelector(".lessonkit-picture"), { role: "img" });
    const paths = [], views = [];
    let asked = record.start, places = [], texts = []; // where the controls were put, where they stand, what they say

    const path = (number) => (paths[number] ??= new Path2D(record.shapes[number]));
    function stroke(ink, shape, style, clip, points) {
      const { dash, ...look } = record.styles[style];
      ink.save();
      ink.clip(path(clip));
      Object.assign(ink, look).setLineDash(dash);
      for (const [x, y] of points.length ? points : [[0, 0]]) {
        ink.translate(x, y);
        if (look.fillStyle) ink.fill(path(shape));
        if (look.strokeStyle) ink.stroke(path(shape));
        ink.translate(-x, -y);
      }
      ink.restore();
    }

    function draw() {
      const [ground, strokes] = record.frames[states[asked][0]], ink = canvas.getContext("2d");
      const scale = Math.max(1, devicePixelRatio) / record.density;
      Object.assign(canvas, { width: record.width * scale, height: record.height * scale }); // which also wipes it
      if (ground === null) return; // the instrument showed an error
      ink.drawImage(grounds[ground], 0, 0, canvas.width, canvas.height);
      ink.scale(scale / record.units, scale / record.units);
      for (const number of strokes) stroke(ink, ...record.strokes[number]);
    }

    // Shows a recorded state. It is said which controls, beside those that were moved, are elsewhere than before.
    function show(positions, ...moved) {
      const elsewhere = everyControl.filter((k) => positions[k] !== asked[k] && !moved.includes(k));
      asked = positions;
      const [frame, followers] = states[asked];
      places = everyControl.map((k) => followers[k]?.[0] ?? asked[k]);
      texts = everyControl.map((k) => followers[k]?.[1] ?? controls[k].texts[asked[k]]);
      const now = elsewhere.map((k) => `${controls[k].label}: ${texts[k]}`).join(", ");
      canvas.ariaLabel = record.frames[frame][2];
      words.textContent = canvas.ariaLabel + (now && ` (Not every combination was recorded. Now ${now}.)`);
      views.forEach((view, k) => view(places[k], texts[k]));
      draw();
    }
    const replaced = (positions, changes) => Object.assign([...positions], changes);
    const closest = (list, far) => list.reduce((best, each) => (far(each) < far(best) ? each : best));

    // Where the others may stand when a control is moved: where they are, at the nearest point of the grid, at the start.
    function choices() {
      const onGrid = Object.entries(grid).map(([k, some]) => [k, closest(some, (place) => Math.abs(place - asked[k]))]);
      return [asked, replaced(asked, Object.fromEntries(onGrid)), record.start];
    }

    // To the recorded position nearest to the one wanted, on the same side of where the control stands.
    function move(k, wanted) {
      for (const others of choices()) {
        const found = controls[k].texts.map((_, place) => place).filter((place) =>
          states[replaced(others, { [k]: place })] && Math.sign(place - places[k]) === Math.sign(wanted - places[k]));
        if (controls[k].kind === "slider" ? found.length : found.includes(wanted))
          return show(replaced(others, { [k]: closest(found, (place) => Math.abs(place - wanted)) }), k);
      }
    }

    function point(event) {
      if (!event.buttons) return;
      canvas.setPointerCapture(event.pointerId);
      const area = canvas.getBoundingClientRect(), [left, top, right, bottom] = drag.box;
      const x = (event.clientX - area.left) / area.width, y = (event.clientY - area.top) / area.height;
      if (x < left || x > right || y < top || y > bottom) return;
      const [across, up] = drag.controls;
      const to = (shares, share) => Number(closest(Object.keys(shares), (place) => Math.abs(shares[place] - share)));
      show(replaced(record.start, { [across]: to(drag.across, x), [up]: to(drag.up, y) }), across, up);
    }

    function addSlider({ label, texts, interval }, k) {
      const id = `lessonkit-control-${count++}`, whole = make("div", "widget-slider", side);
      make("label", "widget-label", whole, { htmlFor: id, textContent: label });
      const readout = make("span", "widget-readout", whole);
      const input = make("input", "", make("div", "slider-container", whole), { id, type: "range", max: texts.length - 1 });
      input.oninput = () => move(k, Number(input.value));
      const namePlay = interval ? addPlay(k, texts.length - 1, interval) : () => {};
      views[k] = (place, text) => {
        input.value = place;
        input.ariaValueText = readout.textContent = text;
        namePlay();
      };
    }

    function addPlay(k, last, interval) {
      const row = make("div", "lessonkit-row", side), play = make("button", "", row, { type: "button", ariaPressed: "false" });
      const step = make("button", "", row, { type: "button", textContent: "Step" });
      let timer = 0, paused = null;
      function playing(on) {
        clearInterval(timer);
        timer = on && setInterval(() => (places[k] < last ? move(k, places[k] + 1) : playing(false)), interval * 1000);
        paused = places[k];
        play.ariaPressed = String(on);
        words.ariaLive = on ? "off" : "polite"; // while it plays, a screen reader would never come to the end of a sentence
      }
      play.onclick = () => {
        if (!timer && (places[k] !== paused || places[k] === last)) move(k, 0);
        playing(!timer);
      };
      step.onclick = () => move(k, Math.min(places[k] + 1, last));
      const kept = () => choices().slice(0, 2).some((others) => [0, last].every((place) => states[replaced(others, { [k]: place })]));
      return () => (play.textContent = kept() ? "▶ Play" : "▶ Play, all else at its start");
    }

    function addChoice({ kind, label, texts }, k) {
      const id = `lessonkit-control-${count++}`, whole = make("div", "lessonkit-choice", side), tick = kind === "tick";
      const input = make(tick ? "input" : "select", "", whole, tick ? { id, type: "checkbox" } : { id });
      whole[tick ? "append" : "prepend"](make("label", "", whole, { htmlFor: id, textContent: label }));
      if (!tick) texts.forEach((text) => make("option", "", input, { textContent: text }));
      input.onchange = () => move(k, tick ? Number(input.checked) : input.selectedIndex);
      views[k] = (place) => (tick ? (input.checked = place > 0) : (input.selectedIndex = place));
    }

    const tasks = [...side.childNodes];
    controls.forEach((control, k) => (control.kind === "slider" ? addSlider : addChoice)(control, k));
    side.append(...tasks);
    if (drag) {
      Object.assign(canvas.style, { cursor: "crosshair", touchAction: "none" });
      canvas.onpointerdown = canvas.onpointermove = point;
    }
    canvas.style.width = `${record.width / record.density}px`;
    canvas.previousElementSibling?.remove(); // the still
    addEventListener("resize", draw);
    show(record.start);
  }

  addEventListener("recorded", ({ target }) => start(target)); // a page that loads a record later says when it is there
  document.querySelectorAll(".lessonkit-player:has(> script)").forEach(start);
}
