// Plays the sounds of an utterance, whole or a word at a time, and shows on the charts where it is.
//
// data: tracks   [{id, label, sound (base64), type, digest, words, tokens, token_words, word_visits, token_visits,
//                  faults, note, peaks}]; peaks: of its waveform (waveform.js), or none; a visit is [number, start, end] in seconds,
//                  a fault {label, start, end}
// A chart takes part when a trace's `meta` is {track: id, rows: "tokens" | "bands"}: a click on it plays what is read
// there, and while its track plays a line moves over it. A sound goes on playing while new data come, as long as its
// digest stays. The event `mytts-play` on the document plays or pauses. The line is of playheads.js.

const LEAD_S = 0.02, TAIL_S = 0.04, SHORTEST_S = 0.16;
const decks = new WeakMap();

export default function (component) {
  const { data, parentElement } = component;
  const deck = decks.get(parentElement) ?? begin(parentElement);
  deck.data = data;
  show(deck);
  return () => end(parentElement);
}

function begin(parentElement) {
  const root = make("div", "mytts-deck");
  const deck = { root, tracks: new Map(), unit: "word", frame: 0, last: null, ended: false };
  deck.bar = make("div", "mytts-deck-bar");
  deck.units = ["word", "token"].map((unit) => {
    const button = make("button", "mytts-deck-unit", unit);
    button.onclick = () => { deck.unit = unit; show(deck); };
    return button;
  });
  deck.said = make("span", "mytts-deck-said");
  deck.said.setAttribute("aria-live", "polite");
  deck.bar.append(make("span", "", "A click on text, attention or mel plays its"), ...deck.units, deck.said);
  deck.lanes = make("div", "mytts-deck-lanes");
  root.append(deck.bar, deck.lanes);
  parentElement.append(root);
  deck.onClick = (event) => clicked(deck, event);
  deck.onPointer = (event) => listenTo(deck, event);
  deck.onPlay = () => playOrPause(deck);
  document.addEventListener("pointerover", deck.onPointer, true);
  document.addEventListener("pointerdown", deck.onPointer, true);
  document.addEventListener("mytts-play", deck.onPlay);
  decks.set(parentElement, deck);
  return deck;
}

function end(parentElement) {
  const deck = decks.get(parentElement);
  if (!deck) return;
  decks.delete(parentElement);
  deck.ended = true;
  document.removeEventListener("pointerover", deck.onPointer, true);
  document.removeEventListener("pointerdown", deck.onPointer, true);
  document.removeEventListener("mytts-play", deck.onPlay);
  for (const track of deck.tracks.values()) drop(track);
  cancelAnimationFrame(deck.frame);
  deck.root.remove();
}

function show(deck) {
  for (const [index, unit] of ["word", "token"].entries())
    deck.units[index].setAttribute("aria-pressed", String(deck.unit === unit));
  const wanted = new Set(deck.data.tracks.map((track) => track.id));
  for (const [id, track] of deck.tracks) {
    const next = deck.data.tracks.find((one) => one.id === id);
    if (!wanted.has(id) || next.digest !== track.digest) {
      drop(track);
      deck.tracks.delete(id);
    }
  }
  for (const data of deck.data.tracks) {
    const track = deck.tracks.get(data.id) ?? load(deck, data);
    track.data = data;
    write(deck, track);
  }
  // A sound that is moved within the page stops: only what stands in another place is put there.
  deck.data.tracks.forEach(({ id }, place) => {
    const { lane } = deck.tracks.get(id);
    if (deck.lanes.children[place] !== lane) deck.lanes.insertBefore(lane, deck.lanes.children[place] ?? null);
  });
}

function load(deck, data) {
  const track = { id: data.id, digest: data.digest, lane: make("section", "mytts-deck-lane"), until: null };
  track.title = make("div", "mytts-deck-title");
  track.strip = make("div", "mytts-deck-strip");
  track.faults = make("div", "mytts-deck-faults");
  track.lane.append(track.title);
  if (data.sound) {
    const bytes = Uint8Array.from(atob(data.sound), (letter) => letter.charCodeAt(0));
    track.url = URL.createObjectURL(new Blob([bytes], { type: data.type }));
    const audio = Object.assign(document.createElement("audio"), { controls: true, preload: "auto", src: track.url });
    audio.setAttribute("aria-label", data.label);
    audio.addEventListener("play", () => started(deck, track));
    audio.addEventListener("pause", () => { track.until = null; });
    audio.addEventListener("playing", () => { track.since = performance.now(); });
    audio.addEventListener("timeupdate", () => follow(deck, track));
    audio.addEventListener("seeked", () => follow(deck, track));
    track.audio = audio;
    if (data.peaks.length) {
      track.wave = beginWave(`place in ${data.label}`, (share) => seek(track, share));
      track.lane.append(track.wave.element);
    }
    track.lane.append(audio);
  }
  track.lane.append(track.strip, track.faults);
  deck.tracks.set(data.id, track);
  return track;
}

function drop(track) {
  track.audio?.pause();
  if (track.url) URL.revokeObjectURL(track.url);
  track.lane.remove();
  for (const graph of document.querySelectorAll(".js-plotly-plot")) clearHeads(graph, track.id);
}

function write(deck, track) {
  const { data } = track;
  const version = JSON.stringify([deck.unit, data.label, data.words, data.word_visits, data.token_visits, data.faults]);
  if (version === track.version) return;
  track.version = version;
  track.wave?.draw(data.peaks, track.audio.duration > 0 ? track.audio.currentTime / track.audio.duration : 0);
  track.title.textContent = data.label;
  const note = data.sound ? "" : data.note;
  const [names, visits] = deck.unit === "word" ? [data.words, data.word_visits] : [data.tokens, data.token_visits];
  track.strip.dir = "auto";
  track.strip.replaceChildren(...(note ? [make("span", "mytts-deck-note", note)] : []), ...(data.sound ? names : []).map(
    (name, index) => {
      const button = make("button", `mytts-deck-${deck.unit}`, name);
      const visit = visits.find(([number]) => number === index);
      if (visit) button.onclick = () => play(deck, track, visit[1], visit[2], name);
      else {
        button.disabled = visits.length > 0 || !data.sound;
        button.title = "the path of attention does not stop here";
      }
      return button;
    }));
  track.faults.replaceChildren(...(data.sound ? data.faults : []).map(({ label, start, end }) => {
    const button = make("button", "mytts-deck-fault", `▶ ${label}`);
    button.onclick = () => play(deck, track, Math.max(0, start - 0.25), Math.max(end, start + 0.3) + 0.25, label);
    return button;
  }));
}

function started(deck, track) {
  deck.last = track;
  for (const other of deck.tracks.values()) if (other !== track) other.audio?.pause();
  cancelAnimationFrame(deck.frame);
  const tick = () => {
    if (deck.ended || !follow(deck, track)) return;
    deck.frame = requestAnimationFrame(tick);
  };
  deck.frame = requestAnimationFrame(tick);
}

function play(deck, track, start, end, name) {
  const { audio } = track;
  if (!audio) return;
  const from = Math.max(0, start - LEAD_S);
  audio.pause();
  deck.said.textContent = `“${name}” ${start.toFixed(2)}–${end.toFixed(2)} s`;
  audio.currentTime = from;
  // The event of the pause above comes before this one; after it, it would forget where to stop.
  audio.addEventListener("seeked", () => {
    track.until = Math.max(end + TAIL_S, from + SHORTEST_S);
    track.since = Infinity;
    track.atLeast = 900 * (track.until - from) / audio.playbackRate;
    audio.play().catch((error) => {
      // A word can be over before a busy browser has answered that it plays: that is no error.
      if (error.name !== "AbortError") deck.said.textContent = `It cannot be played: ${error.message}`;
    });
  }, { once: true });
}

function seek(track, share) {
  if (!Number.isFinite(track.audio.duration)) return;
  track.until = null;
  track.audio.currentTime = share * track.audio.duration;
  track.audio.play().catch(() => {});
}

function playOrPause(deck) {
  const track = deck.last?.audio?.isConnected ? deck.last : [...deck.tracks.values()].find((one) => one.audio);
  if (!track) return;
  if (track.audio.paused) track.audio.play().catch(() => {});
  else track.audio.pause();
}

function follow(deck, track) {
  const { audio, data } = track;
  const now = audio.currentTime;
  // The clock of a busy browser runs ahead of its sound: the time that has passed must agree.
  if (track.until !== null && now >= track.until && performance.now() - track.since >= track.atLeast) audio.pause();
  track.wave?.draw(data.peaks, audio.duration > 0 ? now / audio.duration : 0);
  const visits = deck.unit === "word" ? data.word_visits : data.token_visits;
  const current = visits.find(([, start, end]) => now >= start && now < end);
  const buttons = track.strip.querySelectorAll("button");
  if (track.current !== buttons[current?.[0]]) {
    track.current?.classList.remove("mytts-deck-now");
    track.current = buttons[current?.[0]];
    track.current?.classList.add("mytts-deck-now");
  }
  for (const graph of document.querySelectorAll(".js-plotly-plot")) moveHeads(graph, track.id, now);
  return !audio.paused && !audio.ended;
}

// A graph is listened to when the pointer comes to it: it may have been drawn, or drawn anew, at any time before.
function listenTo(deck, event) {
  const graph = event.target.closest?.(".js-plotly-plot");
  if (!graph?.on) return;
  graph.removeListener("plotly_click", deck.onClick);
  graph.on("plotly_click", deck.onClick);
}

function clicked(deck, event) {
  const point = event.points?.[0];
  const meta = point?.data?.meta;
  const track = deck.tracks.get(meta?.track);
  if (deck.ended || !track?.audio) return;
  const { data } = track;
  let time = point.x;
  if (meta.rows === "tokens") {
    const token = Array.isArray(point.pointNumber) ? point.pointNumber[0] : -1;
    const far = ([, start, end]) => Math.max(start - time, time - end, 0);
    const visits = data.token_visits.filter(([number]) => number === token);
    const visit = visits.sort((a, b) => far(a) - far(b))[0];
    if (!visit) {
      play(deck, track, time - 0.2, time + 0.2, `${data.tokens[token] ?? "?"} (not read; what is said there)`);
      return;
    }
    if (deck.unit === "token") return play(deck, track, visit[1], visit[2], data.tokens[token]);
    time = (visit[1] + visit[2]) / 2;
  }
  const [names, visits] = deck.unit === "word" ? [data.words, data.word_visits] : [data.tokens, data.token_visits];
  const visit = visits.find(([, start, end]) => time >= start && time < end);
  if (visit) play(deck, track, visit[1], visit[2], names[visit[0]]);
  else play(deck, track, time - 0.2, time + 0.2, "between words");
}
