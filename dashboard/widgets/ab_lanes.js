// Two waveforms on one scale of time, the words of the text between them: each word leads from where the first take
// says it to where the second does. Put before the script of a component.
//
// beginLanes(clicked)              → lanes; `clicked(side, seconds)` is called for a click on a waveform.
// drawLanes(lanes, sides, words)   sides {a, b}: {buffer, gain, spans, faults}; a span is [start, end] or null, in
//                                  seconds; peak, the loudest sample; map(from, to, seconds) from side to side
// moveHeads(lanes, places, side)   places {a, b} in seconds; `side` is heard

const WAVE_HEIGHT = 74, WORDS_HEIGHT = 46, LANES_HEIGHT = 2 * WAVE_HEIGHT + WORDS_HEIGHT;
const LEAST_PIXELS_PER_SECOND = 110, WIDEST = 12_000;
const TOPS = { a: 0, b: WAVE_HEIGHT + WORDS_HEIGHT };

function beginLanes(clicked) {
  const lanes = { element: make("div", "mytts-ab-lanes"), inner: make("div", "mytts-ab-inner"), scale: 0, heads: {} };
  lanes.canvas = document.createElement("canvas");
  lanes.canvas.setAttribute("role", "img");
  lanes.inner.append(lanes.canvas);
  for (const side of ["a", "b"]) {
    lanes.heads[side] = make("div", `mytts-ab-head mytts-ab-of-${side}`);
    lanes.heads[side].style.top = `${TOPS[side]}px`;
    lanes.heads[side].style.height = `${WAVE_HEIGHT}px`;
    lanes.inner.append(lanes.heads[side]);
  }
  lanes.element.append(lanes.inner);
  lanes.canvas.addEventListener("click", (event) => {
    const box = lanes.canvas.getBoundingClientRect(), height = event.clientY - box.top;
    if (lanes.scale) clicked(height < LANES_HEIGHT / 2 ? "a" : "b", (event.clientX - box.left) / lanes.scale);
  });
  lanes.observer = new ResizeObserver(() => paintLanes(lanes));
  lanes.observer.observe(lanes.element);
  return lanes;
}

function drawLanes(lanes, sides, words) {
  Object.assign(lanes, { sides, words, painted: "" });
  lanes.canvas.setAttribute("aria-label", `Waveforms of A, ${sides.a.buffer.duration.toFixed(2)} s, and of B, `
    + `${sides.b.buffer.duration.toFixed(2)} s, with their words`);
  paintLanes(lanes);
}

function moveHeads(lanes, places, side) {
  if (!lanes.scale) return;
  for (const [name, head] of Object.entries(lanes.heads)) {
    head.style.left = `${places[name] * lanes.scale}px`;
    head.dataset.heard = String(name === side);
  }
  const { element } = lanes, left = places[side] * lanes.scale;
  if (left < element.scrollLeft || left > element.scrollLeft + element.clientWidth - 24)
    element.scrollLeft = left - 0.15 * element.clientWidth;
}

function paintLanes(lanes) {
  const { sides, canvas } = lanes, room = lanes.element.clientWidth;
  if (!sides || !room) return;
  const style = getComputedStyle(lanes.element), dense = window.devicePixelRatio || 1;
  const colours = { a: style.getPropertyValue("--ab-a"), b: style.getPropertyValue("--ab-b"), text: style.color };
  const version = JSON.stringify([room, dense, colours]);
  if (version === lanes.painted) return;
  const seconds = Math.max(sides.a.buffer.duration, sides.b.buffer.duration, 0.1);
  const width = Math.min(Math.max(room, seconds * LEAST_PIXELS_PER_SECOND), WIDEST / dense);
  Object.assign(lanes, { painted: version, scale: width / seconds });
  lanes.inner.style.width = canvas.style.width = `${width}px`;
  lanes.inner.style.height = canvas.style.height = `${LANES_HEIGHT}px`;
  Object.assign(canvas, { width: Math.round(width * dense), height: Math.round(LANES_HEIGHT * dense) });
  const pen = canvas.getContext("2d");
  pen.scale(dense, dense);
  for (const side of ["a", "b"]) {
    paintFaults(pen, lanes, side);
    paintWave(pen, lanes, side, colours[side]);
  }
  paintWords(pen, lanes, colours, `12px ${style.fontFamily}`);
  lanes.moved?.();
}

function paintWave(pen, lanes, side, colour) {
  const { buffer, gain } = lanes.sides[side], samples = buffer.getChannelData(0);
  const columns = Math.round(buffer.duration * lanes.scale), middle = TOPS[side] + WAVE_HEIGHT / 2;
  const size = (WAVE_HEIGHT / 2 - 3) * gain / lanes.sides.peak;
  pen.fillStyle = colour;
  for (let column = 0; column < columns; column++) {
    const end = Math.floor(samples.length * (column + 1) / columns);
    let low = 0, high = 0;
    for (let place = Math.floor(samples.length * column / columns); place < end; place++) {
      if (samples[place] < low) low = samples[place];
      if (samples[place] > high) high = samples[place];
    }
    pen.fillRect(column, middle - high * size - 0.5, 1, (high - low) * size + 1);
  }
}

function paintFaults(pen, lanes, side) {
  pen.fillStyle = "rgb(221 113 23 / 24%)";
  for (const { start, end } of lanes.sides[side].faults)
    pen.fillRect(start * lanes.scale, TOPS[side], Math.max((end - start) * lanes.scale, 3), WAVE_HEIGHT);
}

function paintWords(pen, lanes, colours, font) {
  const { a, b, map } = lanes.sides, top = WAVE_HEIGHT, bottom = TOPS.b;
  // A word that one take leaves out narrows there to the point where it would be.
  const point = (from, to, [start, end]) => Array(2).fill(map(from, to, (start + end) / 2));
  Object.assign(pen, { font, textAlign: "center", textBaseline: "middle" });
  lanes.words.forEach((word, number) => {
    const first = a.spans[number], second = b.spans[number];
    if (!first && !second) return;
    pen.globalAlpha = number % 2 ? 0.05 : 0.12;
    pen.fillStyle = colours.text;
    const [upper, lower] = [first ?? point("b", "a", second), second ?? point("a", "b", first)];
    pen.beginPath();
    pen.moveTo(upper[0] * lanes.scale, top);
    pen.lineTo(upper[1] * lanes.scale, top);
    pen.lineTo(lower[1] * lanes.scale, bottom);
    pen.lineTo(lower[0] * lanes.scale, bottom);
    pen.fill();
    pen.globalAlpha = first && second ? 0.9 : 0.5;
    const room = ((upper[1] - upper[0]) + (lower[1] - lower[0])) / 2 * lanes.scale;
    if (pen.measureText(word).width < room + 4)
      pen.fillText(word, (upper[0] + upper[1] + lower[0] + lower[1]) / 4 * lanes.scale, (top + bottom) / 2);
  });
  pen.globalAlpha = 1;
}
