// Draws the report's charts when they come into view, in the colours the reader's system asks for.
const templates = JSON.parse(document.getElementById("templates").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const drawn = new Set();

function draw(place) {
  place.spec ??= JSON.parse(place.querySelector("script").textContent);
  const { data, layout } = place.spec;
  const size = { autosize: true, width: undefined };
  const touch = matchMedia("(pointer: coarse)").matches ? { dragmode: false } : {};   // a finger scrolls the page
  Plotly.react(place, data, { ...layout, ...size, ...touch, template: templates[dark.matches ? "dark" : "light"] },
               { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] });
  drawn.add(place);
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) {
    watcher.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "400px" });
const places = [...document.querySelectorAll(".figure")];
places.forEach((place) => watcher.observe(place));
dark.addEventListener("change", () => drawn.forEach(draw));
addEventListener("beforeprint", () => places.filter((place) => !drawn.has(place)).forEach(draw));

// One sound at a time.
document.addEventListener("play", (event) => {
  for (const other of document.querySelectorAll("audio")) if (other !== event.target) other.pause();
}, true);
