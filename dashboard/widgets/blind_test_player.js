// Plays the clips of one trial of a blind test and sends its vote. It is given sound and the trial's number, and
// nothing that tells what was set to make the sound.
//
// data: trial     number of the trial, from 1
//       seat      whose list of trials it is of
//       listener  who listens
//       serial    another one each time the server has drawn the page
//       refused   the `click` of a vote that could not be kept, or ""
//       clips     [{label, sound}]: sound is a WAV file in base64
//       question  what is asked
//       choices   [{value, label, key}], in the order of the buttons
// trigger "vote": {trial, seat, listener, answer, plays, seconds, click}: how often each clip was played, and the time from
//                 the trial's showing; `click` names this press, so that a repeated message is told from a second press.
// A vote opens when every clip was heard: played to its end, or nine tenths of it in any order. A vote stays pending
// until the server shows another trial; where it shows the same one again (it was killed before it took the vote), the
// vote is sent again.

const HEARD_SHARE = 0.9;
const TYPING = 'input, textarea, select, [contenteditable=""], [contenteditable="true"], [role="combobox"], [role="listbox"]';
const MOVING = '[role="slider"], [role="grid"], [role="radiogroup"], [role="menu"], [role="tablist"]';
const KEY_NAMES = { ArrowLeft: "←", ArrowRight: "→", n: "N" };
const trials = new WeakMap();

export default function (component) {
  const { data, parentElement } = component;
  const trial = trials.get(parentElement) ?? begin(parentElement);
  const isNew = ["trial", "seat", "listener"].some((name) => trial.data?.[name] !== data[name]);
  const isDrawnAgain = trial.data?.serial !== data.serial;
  Object.assign(trial, { component, data });
  if (isNew) load(trial);
  else if (trial.pending && trial.pending.click === data.refused) open(trial);
  else if (trial.pending && isDrawnAgain) send(trial);
  return () => end(parentElement);
}

function begin(parentElement) {
  const trial = { root: make("div", "mytts-trial"), clips: [], votes: [], pending: null, frame: 0 };
  trial.lanes = make("div", "mytts-trial-clips");
  trial.question = make("div", "mytts-trial-question");
  trial.choices = make("div", "mytts-trial-votes");
  trial.said = make("div", "mytts-trial-said");
  trial.said.setAttribute("aria-live", "polite");
  trial.root.append(trial.lanes, trial.question, trial.choices, trial.said);
  parentElement.append(trial.root);
  trial.onKey = (event) => pressed(trial, event);
  document.addEventListener("keydown", trial.onKey);
  trials.set(parentElement, trial);
  return trial;
}

function end(parentElement) {
  const trial = trials.get(parentElement);
  if (!trial) return;
  trials.delete(parentElement);
  document.removeEventListener("keydown", trial.onKey);
  drop(trial);
  trial.root.remove();
}

function drop(trial) {
  cancelAnimationFrame(trial.frame);
  for (const clip of trial.clips) {
    clip.audio.pause();
    URL.revokeObjectURL(clip.audio.src);
  }
}

function load(trial) {
  drop(trial);
  Object.assign(trial, { pending: null, shown: performance.now() });
  trial.clips = trial.data.clips.map((data, place) => makeClip(trial, data, place));
  trial.lanes.replaceChildren(...trial.clips.map((clip) => clip.button));
  trial.question.textContent = trial.data.question;
  trial.votes = trial.data.choices.map((choice) => {
    const button = make("button", "mytts-trial-vote", choice.label);
    button.append(make("kbd", "", KEY_NAMES[choice.key] ?? choice.key));
    button.onclick = () => vote(trial, choice.value);
    return button;
  });
  trial.choices.replaceChildren(...trial.votes);
  trial.root.dataset.trial = trial.data.trial;
  show(trial);
}

function makeClip(trial, data, place) {
  const bytes = Uint8Array.from(atob(data.sound), (letter) => letter.charCodeAt(0));
  const audio = new Audio(URL.createObjectURL(new Blob([bytes], { type: "audio/wav" })));
  audio.preload = "auto";
  const clip = { audio, heard: false, plays: 0, label: data.label, button: make("button", "mytts-trial-clip") };
  clip.state = make("span", "");
  const state = make("span", "mytts-trial-state");
  state.append(clip.state, make("kbd", "", String(place + 1)));
  const bar = make("span", "mytts-trial-bar");
  clip.bar = bar.appendChild(make("i", ""));
  clip.button.append(make("span", "mytts-trial-name", data.label), state, bar);
  clip.button.onclick = () => play(trial, clip);
  for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, () => show(trial));
  audio.addEventListener("timeupdate", () => listen(trial, clip));
  audio.addEventListener("ended", () => listen(trial, clip));
  audio.addEventListener("error", () => { trial.said.textContent = `${clip.label} cannot be played by this browser.`; });
  return clip;
}

// From the beginning, whichever clip plays; pressed while it plays, it stops.
function play(trial, clip) {
  const isPlaying = !clip.audio.paused;
  for (const other of trial.clips) other.audio.pause();
  if (isPlaying) return;
  clip.audio.currentTime = 0;
  clip.plays += 1;
  clip.audio.play().catch((error) => {
    if (error.name !== "AbortError") trial.said.textContent = `${clip.label} cannot be played: ${error.message}`;
  });
  cancelAnimationFrame(trial.frame);
  const tick = () => {
    clip.bar.style.width = `${(100 * clip.audio.currentTime) / (clip.audio.duration || 1)}%`;
    if (!clip.audio.paused && !clip.audio.ended) trial.frame = requestAnimationFrame(tick);
  };
  trial.frame = requestAnimationFrame(tick);
}

function listen(trial, clip) {
  if (clip.heard) return;
  const { played, duration } = clip.audio;
  let seconds = 0;
  for (let part = 0; part < played.length; part++) seconds += played.end(part) - played.start(part);
  if (!(seconds >= HEARD_SHARE * duration)) return;
  clip.heard = true;
  show(trial);
}

function show(trial) {
  for (const clip of trial.clips) {
    const isPlaying = !clip.audio.paused && !clip.audio.ended;
    clip.button.setAttribute("aria-pressed", String(isPlaying));
    clip.button.setAttribute("aria-label", `${isPlaying ? "Stop" : "Play"} ${clip.label}`);
    clip.state.textContent = isPlaying ? "◼ playing" : clip.heard ? "▶ heard ✓" : "▶ not heard yet";
    if (!isPlaying) clip.bar.style.width = clip.heard ? "100%" : "0";
  }
  const left = trial.clips.filter((clip) => !clip.heard).map((clip) => clip.label);
  for (const button of trial.votes) button.disabled = left.length > 0 || trial.pending !== null;
  trial.said.textContent = trial.pending ? "Keeping your vote …" : left.length
    ? `Listen to ${inWords(left)} to the end; then you can vote.` : "Listen again as often as you like, then vote.";
}

function inWords(labels) {
  return [labels.slice(0, -1).join(", "), ...labels.slice(-1)].filter(Boolean).join(" and ");
}

function vote(trial, answer) {
  if (trial.pending || trial.clips.some((clip) => !clip.heard)) return;
  for (const clip of trial.clips) clip.audio.pause();
  const { trial: number, seat, listener } = trial.data;
  const plays = trial.clips.map((clip) => clip.plays), seconds = (performance.now() - trial.shown) / 1000;
  trial.pending = { trial: number, seat, listener, answer, plays, seconds, click: Math.random().toString(36).slice(2) };
  show(trial);
  send(trial);
}

function open(trial) {
  trial.pending = null;
  show(trial);
}

function send(trial) {
  trial.component.setTriggerValue("vote", trial.pending);
}

function pressed(trial, event) {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const guard = event.key.startsWith("Arrow") ? `${TYPING}, ${MOVING}` : TYPING;
  if (event.composedPath().some((place) => place instanceof Element && place.matches(guard))) return;
  const key = event.key.toLowerCase();
  const clip = trial.clips.find(({ label }, place) => key === label.toLowerCase() || key === String(place + 1));
  const choice = trial.data.choices.find((one) => one.key.toLowerCase() === key);
  if (clip) play(trial, clip);
  else if (choice && trial.votes.some((button) => !button.disabled)) vote(trial, choice.value);
  else return;
  event.preventDefault();
}
