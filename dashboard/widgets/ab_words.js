// Words of the text as buttons: a click goes to a word, and with "Loop words" words are repeated. Put before the script
// of a component, whose deck {player, data, buffers, range, said} they work on.
//
// wordButton(deck, word, number)  → button
// toggleLoop(deck)                begins to repeat the word that is heard, or ends it

const LOOP_MARGIN_S = 0.03, SHORTEST_LOOP_S = 0.12;

function wordButton(deck, word, number) {
  const missing = ["a", "b"].filter((side) => !deck.data.sides[side].spans[number]).map((side) => side.toUpperCase());
  const button = press(deck, "mytts-ab-word", word, () => wordPressed(deck, number));
  button.disabled = missing.length === 2;
  if (missing.length) {
    button.dataset.missing = missing.join("");
    button.title = `${missing.join(" and ")} ${missing.length > 1 ? "do" : "does"} not say it`;
    button.setAttribute("aria-label", `${word}: ${button.title}`);
  }
  return button;
}

function wordPressed(deck, number) {
  if (!deck.buffers) return;
  if (deck.range) {
    const { first, last } = deck.range;
    setRange(deck, first === last && number !== first ? { first: Math.min(first, number), last: Math.max(last, number) }
      : { first: number, last: number });
    return;
  }
  const place = startOf(deck, number);
  if (deck.player.playing) seekPlayer(deck.player, place);
  else playFrom(deck.player, place);
}

function startOf(deck, number) {
  const { side } = deck.player, other = side === "a" ? "b" : "a", { sides } = deck.data;
  return sides[side].spans[number]?.[0] ?? mapPlace(deck.player, other, side, sides[other].spans[number][0]);
}

function toggleLoop(deck) {
  if (!deck.buffers) return;
  const place = deck.player.place(), { spans } = deck.data.sides[deck.player.side];
  const word = spans.reduce((latest, span, number) => (span && span[0] <= place ? number : latest),
    spans.findIndex((span) => span));
  setRange(deck, deck.range || word < 0 ? null : { first: word, last: word });
}

function setRange(deck, range) {
  deck.range = range;
  loopPlayer(deck.player, range && { a: stretch(deck, "a", range), b: stretch(deck, "b", range) });
  deck.said.textContent = !range ? "" : range.first === range.last
    ? `Repeats “${deck.data.words[range.first]}”: click on another word to repeat all between.`
    : `Repeats “${deck.data.words.slice(range.first, range.last + 1).join(" ")}”.`;
  if (range && !deck.player.playing) playFrom(deck.player);
}

function stretch(deck, side, { first, last }) {
  const spans = deck.data.sides[side].spans.slice(first, last + 1).filter((span) => span);
  const { duration } = deck.buffers[side], other = side === "a" ? "b" : "a";
  const [start, stop] = spans.length ? [spans[0][0], spans.at(-1)[1]] : [first, last].map((number, place) =>
    mapPlace(deck.player, other, side, deck.data.sides[other].spans[number]?.[place] ?? 0));
  const from = Math.max(0, Math.min(start - LOOP_MARGIN_S, duration - SHORTEST_LOOP_S));
  return [from, Math.min(duration, Math.max(stop + LOOP_MARGIN_S, from + SHORTEST_LOOP_S))];
}
