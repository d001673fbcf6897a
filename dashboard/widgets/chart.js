// Draws a plotly figure and keeps what the visitor did to it (zoom, hidden lines) when new data comes.
//
// data: spec      the figure as JSON
//       script    address of plotly.js, relative to the page
//       revision  while it stays the same, zoom and hidden lines are kept
//       follows   whether the visible range of x is shared with the server
//       window    that range as the server knows it: [from, to], or null for everything
//       heard     time of the zoom that the server answers
// Tells the server `window` ({range, time}) after a zoom and `click` after a click on a point.

const SEND_AFTER_MS = 200;          // a wheel or a drag sends many ranges: the last one counts
const states = new WeakMap();

export default function (component) {
  const { data, parentElement } = component;
  const state = states.get(parentElement) ?? begin(parentElement);
  state.component = component;
  state.data = data;
  takeWindow(state, data);
  load(data.script).then(() => draw(state), (error) => complain(state, error));
  return () => end(parentElement);
}

function begin(parentElement) {
  const element = document.createElement("div");
  element.className = "mytts-chart";
  parentElement.replaceChildren(element);
  const state = { element, window: null, served: undefined, sent: 0, resets: 0, timer: 0, drawn: false };
  state.observer = new ResizeObserver(() => {
    if (state.drawn && element.clientWidth) window.Plotly.Plots.resize(element);
  });
  state.observer.observe(element);
  states.set(parentElement, state);
  return state;
}

function end(parentElement) {
  const state = states.get(parentElement);
  if (!state) return;
  states.delete(parentElement);
  state.ended = true;
  clearTimeout(state.timer);
  state.observer.disconnect();
  if (state.drawn) window.Plotly.purge(state.element);
}

function load(script) {
  window.myttsPlotly ??= new Promise((resolve, reject) => {
    const tag = document.createElement("script");
    tag.src = new URL(script, document.baseURI).href;
    tag.onload = resolve;
    tag.onerror = () => {
      delete window.myttsPlotly;
      tag.remove();
      reject(new Error("plotly.js could not be loaded: reload the page, or start the dashboard again"));
    };
    document.head.append(tag);
  });
  return window.myttsPlotly;
}

function complain(state, error) {
  state.element.textContent = error.message;
}

// A range the server sends counts when it is news, and when it answers the newest zoom: an answer to an older one must
// not undo it.
function takeWindow(state, data) {
  if (!data.follows) return;
  const served = JSON.stringify(data.window ?? null);
  if (state.sent ? data.heard === state.sent : served !== state.served) {
    state.window = data.window ?? null;
    state.sent = 0;
  }
  state.served = served;
}

function draw(state) {
  if (state.ended) return;
  const { data, element } = state;
  const figure = JSON.parse(data.spec);
  const layout = figure.layout;
  element.style.height = `${layout.height ?? 320}px`;
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", data.label);
  layout.uirevision = `${data.revision} ${state.resets}`;
  layout.autosize = true;
  if (window.matchMedia("(pointer: coarse)").matches) layout.dragmode = false;    // a finger scrolls the page
  if (data.follows && state.window) layout.xaxis = { ...layout.xaxis, range: shown(state, layout), autorange: false };
  state.config ??= configuration(state);
  window.Plotly.react(element, figure.data, layout, state.config).then(() => {
    if (state.drawn) return;
    state.drawn = true;
    element.on("plotly_relayout", (change) => noteZoom(state, change));
    element.on("plotly_doubleclick", () => showAll(state));
    element.on("plotly_click", (event) => noteClick(state, event));
  });
}

// Made once: plotly draws anew, and forgets the zoom, when a configuration differs, be it by a function.
function configuration(state) {
  const reset = { name: "reset", title: "Show everything", icon: window.Plotly.Icons.home, click: () => showAll(state) };
  return { ...state.data.config, doubleClick: false, modeBarButtonsToAdd: [reset] };
}

// On a logarithmic axis plotly's ranges are exponents; the server's are values.
function shown(state, layout) {
  return layout.xaxis?.type === "log" ? state.window.map(Math.log10) : state.window;
}

function noteZoom(state, change) {
  if (!state.data.follows || !Object.keys(change).some((name) => name.startsWith("xaxis."))) return;
  const axis = state.element.layout.xaxis;
  const range = axis.autorange ? null : axis.range.map((value) => number(axis, value)).sort((a, b) => a - b);
  send(state, range && range.every(Number.isFinite) ? range : null);
}

function number(axis, value) {
  if (axis.type === "log") return 10 ** value;
  if (typeof value === "number") return value;
  return axis.type === "date" ? Date.parse(`${value.replace(" ", "T")}${value.includes(":") ? "Z" : ""}`) : Number(value);
}

function showAll(state) {
  state.resets += 1;
  state.window = null;
  draw(state);
  if (state.data.follows) send(state, null);
}

function send(state, range) {
  state.window = range;
  state.sent = Date.now();
  clearTimeout(state.timer);
  state.timer = setTimeout(() => state.component.setStateValue("window", { range, time: state.sent }), SEND_AFTER_MS);
}

function noteClick(state, event) {
  if (!state.data.clickable || !event.points?.length) return;
  const { x, y, z, curveNumber, pointNumber, customdata } = event.points[0];
  state.component.setTriggerValue("click", { x, y, z: z ?? null, curve: curveNumber, point: pointNumber,
                                             customdata: customdata ?? null });
}
