// Takes in rows of a temperature: a small player each, with its waveform, its length and what is wrong with it.
//
// data: rows   [{label, note, cells: [{id, key, name, state, seconds, marks: [{level, text}], peaks, sound (base64),
//                digest, problem, chosen}]}]; state is "done", "waiting" or "failed"
// trigger "chosen": the key of the take whose details are wanted. One take plays at a time. A take that is too long to
// be sent with the grid is played in its details.

const SIGNS = { bad: "✕", warning: "!", good: "✓" };
const grids = new WeakMap();

export default function (component) {
  const { data, parentElement } = component;
  const grid = grids.get(parentElement) ?? begin(parentElement);
  grid.component = component;
  show(grid, data);
  return () => end(parentElement);
}

function begin(parentElement) {
  const grid = { root: make("div", "mytts-takes"), cells: new Map(), frame: 0 };
  parentElement.append(grid.root);
  grid.onOther = (event) => { if (!grid.root.contains(event.target)) hush(grid); };
  document.addEventListener("play", grid.onOther, true);
  grids.set(parentElement, grid);
  return grid;
}

function end(parentElement) {
  const grid = grids.get(parentElement);
  if (!grid) return;
  grids.delete(parentElement);
  document.removeEventListener("play", grid.onOther, true);
  cancelAnimationFrame(grid.frame);
  for (const cell of grid.cells.values()) drop(cell);
  grid.root.remove();
}

function show(grid, data) {
  const wanted = new Set(data.rows.flatMap((row) => row.cells.map((cell) => cell.key)));
  for (const [key, cell] of grid.cells)
    if (!wanted.has(key)) {
      drop(cell);
      grid.cells.delete(key);
    }
  data.rows.forEach((row, place) => {
    const line = grid.root.children[place] ?? grid.root.appendChild(beginRow());
    line.querySelector(".mytts-takes-label").textContent = row.label;
    line.querySelector(".mytts-takes-note").textContent = row.note;
    const lane = line.querySelector(".mytts-takes-lane");
    row.cells.forEach((told, number) => {
      const cell = grid.cells.get(told.key) ?? beginCell(grid, told.key);
      write(grid, cell, told);
      if (lane.children[number] !== cell.root) lane.insertBefore(cell.root, lane.children[number] ?? null);
    });
    while (lane.children.length > row.cells.length) lane.lastChild.remove();
  });
  while (grid.root.children.length > data.rows.length) grid.root.lastChild.remove();
}

function beginRow() {
  const row = make("section", "mytts-takes-row"), head = make("div", "mytts-takes-head");
  head.append(make("strong", "mytts-takes-label"), make("span", "mytts-takes-note"));
  row.append(head, make("div", "mytts-takes-lane"));
  return row;
}

function beginCell(grid, key) {
  const cell = { key, root: make("article", "mytts-take"), digest: null, audio: null, told: null };
  cell.play = make("button", "mytts-take-play", "▶");
  cell.play.onclick = () => press(grid, cell);
  cell.name = make("button", "mytts-take-name");
  cell.name.onclick = () => grid.component.setTriggerValue("chosen", key);
  cell.wave = beginWave("place in the take", (share) => seek(grid, cell, share));
  cell.marks = make("div", "mytts-take-marks");
  const line = make("div", "mytts-take-line");
  line.append(cell.play, cell.wave.element);
  cell.root.append(cell.name, line, cell.marks);
  grid.cells.set(key, cell);
  return cell;
}

function write(grid, cell, told) {
  cell.told = told;
  cell.root.dataset.state = told.state;
  cell.root.classList.toggle("mytts-take-chosen", told.chosen);
  cell.name.textContent = told.state === "done" ? `${told.name} · ${told.seconds.toFixed(2)} s` : told.name;
  cell.name.disabled = told.state !== "done";
  cell.name.title = told.state === "done" ? "show its attention, mel and scores" : "";
  cell.name.setAttribute("aria-pressed", String(told.chosen));
  cell.play.disabled = told.state !== "done";
  cell.play.setAttribute("aria-label", `play ${told.name}`);
  cell.play.title = told.sound || told.state !== "done" ? "" : "long: it is played in its details";
  if (told.digest !== cell.digest) {
    cell.audio?.pause();
    if (cell.url) URL.revokeObjectURL(cell.url);
    Object.assign(cell, { digest: told.digest, url: null, audio: null });
    if (told.sound) load(grid, cell);
  }
  cell.wave.draw(told.peaks, share(cell));
  const marks = told.state === "failed" ? [{ level: "bad", text: told.problem }]
    : told.state === "waiting" ? [] : told.marks;
  cell.marks.replaceChildren(...marks.map(({ level, text }) => {
    const mark = make("span", `mytts-take-mark mytts-take-${level}`, `${SIGNS[level] ?? ""} ${text}`);
    mark.dir = "auto";
    return mark;
  }));
}

function load(grid, cell) {
  const bytes = Uint8Array.from(atob(cell.told.sound), (letter) => letter.charCodeAt(0));
  cell.url = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
  // In the page, though unseen: what plays on a page must be found there.
  const audio = Object.assign(document.createElement("audio"), { preload: "auto", src: cell.url });
  audio.addEventListener("play", () => {
    hush(grid, cell);
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
    cell.play.textContent = "❚❚";
    cancelAnimationFrame(grid.frame);
    tick(grid, cell);
  });
  audio.addEventListener("pause", () => { cell.play.textContent = "▶"; });
  audio.addEventListener("seeked", () => cell.wave.draw(cell.told.peaks, share(cell)));
  cell.root.querySelector("audio")?.remove();
  cell.root.append(audio);
  cell.audio = audio;
}

function press(grid, cell) {
  if (!cell.audio) grid.component.setTriggerValue("chosen", cell.key);
  else if (cell.audio.paused) cell.audio.play().catch(() => {});
  else cell.audio.pause();
}

function seek(grid, cell, place) {
  if (!cell.audio) return press(grid, cell);
  if (!Number.isFinite(cell.audio.duration)) return;
  cell.audio.currentTime = place * cell.audio.duration;
  if (cell.audio.paused) cell.audio.play().catch(() => {});
}

function tick(grid, cell) {
  cell.wave.draw(cell.told.peaks, share(cell));
  if (cell.audio && !cell.audio.paused && !cell.audio.ended) grid.frame = requestAnimationFrame(() => tick(grid, cell));
  else cell.wave.draw(cell.told.peaks, share(cell));
}

function share(cell) {
  const { audio } = cell;
  return audio && audio.duration > 0 && !audio.ended ? audio.currentTime / audio.duration : 0;
}

function hush(grid, except) {
  for (const cell of grid.cells.values()) if (cell !== except) cell.audio?.pause();
}

function drop(cell) {
  cell.audio?.pause();
  if (cell.url) URL.revokeObjectURL(cell.url);
  cell.root.remove();
}
