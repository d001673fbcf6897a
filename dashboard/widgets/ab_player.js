// Two sounds on one transport, with Web Audio: one is heard, and a switch goes to the same place of the text in the
// other within a crossfade. Put before the script of a component.
//
// beginPlayer(changed)   → player; `changed()` is called when it starts, stops, switches or jumps.
// player.side "a" | "b", .playing, .place() in seconds of the side that is heard, .placeIn(side)
// loadPlayer(player, sounds, knots): sounds {a, b}: {buffer, gain_db}, knots {a, b}: the same places in both, rising.

const FADE_S = 0.015;           // long enough to make no click, short enough to be a cut
const LEAD_S = 0.01;            // what is scheduled this far ahead begins at its sample
const SEAM_S = 0.004;
const FADE_IN = Float32Array.from({ length: 33 }, (_, step) => Math.sin((Math.PI / 2) * (step / 32)));
const FADE_OUT = FADE_IN.slice().reverse();     // sin² + cos² = 1: the power stays while one gives way to the other

function beginPlayer(changed) {
  return { context: null, sounds: null, knots: null, side: "a", stopped: 0, playing: false, voice: null, loop: null,
    parts: {}, changed, place() { return placeAt(this, this.context?.currentTime ?? 0); },
    placeIn(side) { return mapPlace(this, this.side, side, this.place()); } };
}

function decodeSound(base64, sampleRate) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  // At the rate of the file nothing is resampled, and no gesture of the visitor is needed.
  return new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(bytes.buffer);
}

function loadPlayer(player, sounds, knots) {
  stopPlayer(player);
  Object.assign(player, { sounds, knots, side: "a", stopped: 0, loop: null, parts: {} });
}

function mapPlace(player, from, to, place) {
  if (from === to || !player.knots) return place;
  const [xs, ys] = [player.knots[from], player.knots[to]];
  if (place <= xs[0]) return ys[0];
  let low = 0, high = xs.length - 1;
  if (place >= xs[high]) return ys[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= place) low = middle; else high = middle;
  }
  return ys[low] + (ys[high] - ys[low]) * ((place - xs[low]) / (xs[high] - xs[low]));
}

function placeAt(player, time) {
  const { voice } = player;
  if (!voice) return player.stopped;
  const place = voice.from + Math.max(time - voice.when, 0);
  if (!voice.loop) return Math.min(place, player.sounds[voice.side].buffer.duration);
  const [start, end] = voice.loop;
  return start + ((place - start) % (end - start));
}

async function playFrom(player, place = player.stopped) {
  if (!player.sounds) return;
  // Made at the first gesture: a browser lets no page sound before.
  player.context ??= new AudioContext({ latencyHint: "interactive" });
  await player.context.resume();
  const { duration } = player.sounds[player.side].buffer;
  startVoice(player, place >= duration - 0.02 && !player.loop ? 0 : place, player.context.currentTime + LEAD_S);
}

function pausePlayer(player) {
  if (!player.playing) return;
  player.stopped = player.place();
  stopPlayer(player);
  player.changed();
}

function stopPlayer(player) {
  if (player.voice) endVoice(player.voice, player.context.currentTime);
  Object.assign(player, { voice: null, playing: false });
}

function seekPlayer(player, place) {
  const within = Math.min(Math.max(place, 0), player.sounds?.[player.side].buffer.duration ?? 0);
  if (player.playing) startVoice(player, within, player.context.currentTime + LEAD_S);
  else {
    player.stopped = insideLoop(player, within);
    player.changed();
  }
}

// Returns what was switched: {from, at, to, place}, places in seconds of each side; null where nothing was.
function switchPlayer(player, side) {
  if (!player.sounds || side === player.side) return null;
  const from = player.side, when = (player.context?.currentTime ?? 0) + LEAD_S;
  const at = placeAt(player, when), place = mapPlace(player, from, side, at);
  player.side = side;
  if (player.playing) startVoice(player, place, when);
  else {
    player.stopped = insideLoop(player, place);
    player.changed();
  }
  return { from, at, to: side, place };
}

// loop: {a: [start, end], b: [start, end]} in seconds, or null.
function loopPlayer(player, loop) {
  const place = player.place();
  Object.assign(player, { loop, parts: {} });
  if (player.playing) startVoice(player, place, player.context.currentTime + LEAD_S);
  else {
    player.stopped = insideLoop(player, place);
    player.changed();
  }
}

function closePlayer(player) {
  stopPlayer(player);
  player.context?.close();
}

function insideLoop(player, place) {
  const loop = player.loop?.[player.side];
  return loop && (place < loop[0] || place >= loop[1]) ? loop[0] : place;
}

function startVoice(player, wanted, when) {
  const { context, side } = player, sound = player.sounds[side];
  const loop = player.loop?.[side] ?? null, from = insideLoop(player, wanted);
  const source = context.createBufferSource(), rise = context.createGain(), fall = context.createGain();
  const level = context.createGain();
  source.buffer = loop ? loopPart(player, side) : sound.buffer;
  source.loop = loop !== null;
  level.gain.value = 10 ** (sound.gain_db / 20);
  // Two gains: a fade out can be set while a fade in still runs.
  rise.gain.setValueCurveAtTime(FADE_IN, when, FADE_S);
  source.connect(rise).connect(fall).connect(level).connect(context.destination);
  source.start(when, from - (loop?.[0] ?? 0));
  if (player.voice) endVoice(player.voice, when);
  const voice = { source, fall, side, from, when, loop };
  source.onended = () => {
    if (player.voice !== voice) return;
    Object.assign(player, { voice: null, playing: false, stopped: sound.buffer.duration });
    player.changed();
  };
  Object.assign(player, { voice, playing: true });
  player.changed();
}

function endVoice(voice, when) {
  if (voice.ended) return;
  voice.ended = true;
  voice.fall.gain.setValueCurveAtTime(FADE_OUT, when, FADE_S);
  voice.source.stop(when + FADE_S);
}

// A stretch of a sound that begins and ends in silence: repeated, it makes no click at its seam.
function loopPart(player, side) {
  if (player.parts[side]) return player.parts[side];
  const { buffer } = player.sounds[side], [start, end] = player.loop[side], rate = buffer.sampleRate;
  const samples = buffer.getChannelData(0).slice(Math.round(start * rate), Math.round(end * rate));
  const seam = Math.min(Math.round(SEAM_S * rate), samples.length >> 1);
  for (let place = 0; place < seam; place++) {
    samples[place] *= place / seam;
    samples[samples.length - 1 - place] *= place / seam;
  }
  const part = new AudioBuffer({ length: Math.max(samples.length, 1), sampleRate: rate });
  part.copyToChannel(samples, 0);
  return (player.parts[side] = part);
}
