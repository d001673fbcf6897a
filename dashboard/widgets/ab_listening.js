// Listens to two takes of one text: one transport, two sounds of equal loudness, A and B at the same place of the text.
//
// data: words   [text]
//       rtl     whether the text runs from right to left
//       sides   {a, b}: {label, sound (base64 WAV), rate (Hz), digest, gain_db, loudness (LUFS, null for silence),
//               spans, faults}; a span is [start, end] in seconds or null where the word is not read; a fault
//               {label, start, end}
//       knots   {a, b}: the same places of the text in both, in seconds, rising
// What plays goes on while new data come, as long as both digests stay. For tests and for styles the root says in
// data-state, data-side, data-place, data-word and data-switched what it does.

const TYPING = 'input, textarea, select, [contenteditable=""], [contenteditable="true"], [role="combobox"], '
  + '[role="listbox"]';
const MOVING = 'audio, video, [role="slider"], [role="grid"], [role="radiogroup"], [role="menu"], [role="tablist"]';
const PRESSING = 'button, a, summary, [role="button"], [role="checkbox"], [role="switch"], [role="option"]';
const SEEK_S = 0.5;
const decks = new WeakMap();

export default function (component) {
  const { data, parentElement } = component;
  const deck = decks.get(parentElement) ?? begin(parentElement);
  const isNew = ["a", "b"].some((side) => deck.data?.sides[side].digest !== data.sides[side].digest);
  deck.data = data;
  if (isNew) load(deck);
  else if (deck.buffers && deck.root.dataset.state !== "loading") write(deck);
  return () => end(parentElement);
}

function begin(parentElement) {
  const deck = { root: make("section", "mytts-ab"), frame: 0, range: null, ended: false, word: -1 };
  deck.root.setAttribute("aria-label", "A/B listening");
  deck.player = beginPlayer(() => changed(deck));
  deck.lanes = beginLanes((side, seconds) => { choose(deck, side); seekPlayer(deck.player, seconds); });
  deck.lanes.moved = () => follow(deck);
  deck.play = press(deck, "mytts-ab-play", "▶ Play", () => playOrPause(deck));
  deck.choices = Object.fromEntries(["a", "b"].map((side) => {
    const button = press(deck, `mytts-ab-choice mytts-ab-of-${side}`, "", () => choose(deck, side));
    button.append(make("strong", "", side.toUpperCase()), make("span", "mytts-ab-label"),
      make("span", "mytts-ab-gain"));
    return [side, button];
  }));
  deck.loop = press(deck, "mytts-ab-loop", "⟳ Loop words", () => toggleLoop(deck));
  deck.time = make("span", "mytts-ab-time");
  deck.said = make("div", "mytts-ab-said");
  deck.said.setAttribute("aria-live", "polite");
  deck.strip = make("div", "mytts-ab-words");
  deck.strip.setAttribute("role", "group");
  deck.strip.setAttribute("aria-label", "Words: a click goes there");
  deck.faults = make("div", "mytts-ab-faults");
  const bar = make("div", "mytts-ab-bar"), sides = make("div", "mytts-ab-sides");
  bar.append(deck.play, deck.loop, deck.time, hints());
  sides.setAttribute("role", "group");
  sides.setAttribute("aria-label", "Which take is heard");
  sides.append(deck.choices.a, deck.choices.b);
  deck.root.append(sides, bar, deck.lanes.element, deck.strip, deck.faults, deck.said);
  parentElement.append(deck.root);
  deck.onKey = (event) => pressed(deck, event);
  document.addEventListener("keydown", deck.onKey);
  decks.set(parentElement, deck);
  return deck;
}

function end(parentElement) {
  const deck = decks.get(parentElement);
  if (!deck) return;
  decks.delete(parentElement);
  deck.ended = true;
  document.removeEventListener("keydown", deck.onKey);
  deck.lanes.observer.disconnect();
  cancelAnimationFrame(deck.frame);
  closePlayer(deck.player);
  deck.root.remove();
}

async function load(deck) {
  const { data } = deck, { a, b } = data.sides;
  stopPlayer(deck.player);
  Object.assign(deck, { range: null, buffers: null, version: "" });     // what cannot be decoded leaves nothing to play
  deck.player.sounds = null;
  deck.root.dataset.state = "loading";
  deck.root.removeAttribute("data-switched");
  try {
    const buffers = await Promise.all([a, b].map(({ sound, rate }) => decodeSound(sound, rate)));
    if (deck.ended || deck.data.sides.a.digest !== a.digest || deck.data.sides.b.digest !== b.digest) return;
    deck.buffers = { a: buffers[0], b: buffers[1] };
    loadPlayer(deck.player, Object.fromEntries(["a", "b"].map((side) =>
      [side, { buffer: deck.buffers[side], gain_db: data.sides[side].gain_db }])), data.knots);
    deck.root.dataset.state = "paused";
    deck.said.textContent = "";
    write(deck);
  } catch (error) {
    deck.root.dataset.state = "failed";
    deck.said.textContent = `The sounds cannot be decoded: ${error.message}`;
  }
}

function write(deck) {
  const { sides, words, rtl } = deck.data;
  const version = JSON.stringify(deck.data, (name, value) => (name === "sound" ? undefined : value));
  if (version === deck.version) return;       // a button that has the keyboard keeps it
  deck.version = version;
  const shown = Object.fromEntries(["a", "b"].map((side) => [side, { buffer: deck.buffers[side],
    gain: 10 ** (sides[side].gain_db / 20), spans: sides[side].spans, faults: sides[side].faults }]));
  shown.map = (from, to, seconds) => mapPlace(deck.player, from, to, seconds);
  shown.peak = Math.max(...["a", "b"].map((side) => shown[side].gain * loudest(deck.buffers[side])), 1e-3);
  for (const [side, button] of Object.entries(deck.choices)) {
    const [, label, gain] = button.children;
    label.textContent = sides[side].label;
    gain.textContent = decibels(sides[side].gain_db);
    gain.title = sides[side].loudness === null ? "silence: it stays as it is"
      : `${sides[side].loudness.toFixed(1)} LUFS before, equal after`.replace("-", "−");
  }
  deck.strip.dir = rtl ? "rtl" : "ltr";
  deck.strip.replaceChildren(...words.map((word, number) => wordButton(deck, word, number)));
  deck.faults.replaceChildren(...["a", "b"].flatMap((side) => sides[side].faults.map((fault) => {
    const button = press(deck, `mytts-ab-fault mytts-ab-of-${side}`, "", () => {
      choose(deck, side);
      playFrom(deck.player, Math.max(0, fault.start - 0.25));
    });
    button.append(make("strong", "", side.toUpperCase()), ` ${fault.label}`);
    return button;
  })));
  deck.word = -1;
  drawLanes(deck.lanes, shown, words);
  changed(deck);
}

function choose(deck, side) {
  const switched = switchPlayer(deck.player, side);
  if (!switched) return;
  const { from, at, to, place } = switched;
  deck.root.dataset.switched = `${from} ${at.toFixed(4)} ${to} ${place.toFixed(4)}`;
}

function playOrPause(deck) {
  if (deck.player.playing) pausePlayer(deck.player);
  else playFrom(deck.player).catch((error) => { deck.said.textContent = `It cannot be played: ${error.message}`; });
}

function changed(deck) {
  if (deck.ended || !deck.buffers || deck.root.dataset.state === "loading") return;
  const { player, range } = deck;
  deck.root.dataset.state = player.playing ? "playing" : "paused";
  deck.root.dataset.side = player.side;
  deck.play.textContent = player.playing ? "❚❚ Pause" : "▶ Play";
  deck.loop.setAttribute("aria-pressed", String(range !== null));
  for (const [side, button] of Object.entries(deck.choices))
    button.setAttribute("aria-pressed", String(side === player.side));
  for (const [number, button] of [...deck.strip.children].entries())
    button.dataset.looped = String(range !== null && number >= range.first && number <= range.last);
  cancelAnimationFrame(deck.frame);
  const tick = () => {
    follow(deck);
    if (player.playing && !deck.ended) deck.frame = requestAnimationFrame(tick);
  };
  tick();
}

function follow(deck) {
  const { player } = deck;
  if (!player.sounds || deck.root.dataset.state === "loading") return;
  const places = { a: player.placeIn("a"), b: player.placeIn("b") }, word = wordNow(deck);
  moveHeads(deck.lanes, places, player.side);
  deck.time.textContent = `${player.place().toFixed(2)} / ${deck.buffers[player.side].duration.toFixed(2)} s`;
  Object.assign(deck.root.dataset, { place: player.place().toFixed(4), word: String(word) });
  if (word === deck.word) return;
  deck.strip.children[deck.word]?.removeAttribute("aria-current");
  deck.strip.children[word]?.setAttribute("aria-current", "true");
  deck.word = word;
}

function wordNow(deck) {
  const place = deck.player.place();
  return deck.data.sides[deck.player.side].spans.findIndex((span) => span && place >= span[0] && place < span[1]);
}

function pressed(deck, event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !deck.buffers) return;
  const others = event.key.startsWith("Arrow") ? `, ${MOVING}` : event.key === " " ? `, ${PRESSING}` : "";
  const guard = TYPING + others;
  if (event.composedPath().some((place) => place instanceof Element && place.matches(guard))) return;
  const key = event.key.toLowerCase(), { player } = deck;
  if (key === "a" || key === "b") choose(deck, key);
  else if (key === "l" && !event.repeat) toggleLoop(deck);
  else if (key === " ") playOrPause(deck);
  else if (key === "arrowleft" || key === "arrowright")
    seekPlayer(player, player.place() + (key === "arrowleft" ? -SEEK_S : SEEK_S));
  else return;
  event.preventDefault();
}

function press(deck, className, text, action) {
  const button = make("button", className, text);
  button.addEventListener("pointerdown", (event) => event.preventDefault());    // Space must not press it again
  button.onclick = action;
  return button;
}

function hints() {
  const line = make("span", "mytts-ab-hints");
  const keys = [[["A", "B"], "switch"], [["Space"], "play"], [["←", "→"], "half a second"], [["L"], "loop"]];
  for (const [names, what] of keys)
    line.append(...names.map((name) => make("kbd", "", name)), ` ${what} `);
  return line;
}

function loudest(buffer) {
  return buffer.getChannelData(0).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

function decibels(gain) {
  return `${gain < -0.05 ? "−" : "+"}${Math.abs(gain).toFixed(1)} dB`;
}
