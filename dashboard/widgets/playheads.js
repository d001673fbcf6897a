// The lines that move over charts while a track plays. Put before listening.js, which has `make`.

function moveHeads(graph, id, now) {
  const holder = graph.querySelector(".svg-container");
  if (!holder || !graph.data?.some((trace) => trace.meta?.track === id)) return;
  const outer = holder.getBoundingClientRect();
  for (const trace of graph.data) {
    if (trace.meta?.track !== id) continue;
    const plot = `${trace.xaxis ?? "x"}${trace.yaxis ?? "y"}`;
    const area = graph.querySelector(`.nsewdrag[data-subplot="${plot}"]`)?.getBoundingClientRect();
    const range = graph._fullLayout?.[(trace.xaxis ?? "x").replace("x", "xaxis")]?.range;
    if (!area || !range) continue;
    const name = `${id} ${plot}`;
    const head = [...holder.querySelectorAll(".mytts-playhead")].find((one) => one.dataset.name === name)
      ?? holder.appendChild(Object.assign(make("div", "mytts-playhead")));
    head.dataset.name = name;
    const share = (now - range[0]) / (range[1] - range[0]);
    head.style.display = share >= 0 && share <= 1 ? "block" : "none";
    head.style.left = `${area.left - outer.left + share * area.width}px`;
    head.style.top = `${area.top - outer.top}px`;
    head.style.height = `${area.height}px`;
  }
}

function clearHeads(graph, id) {
  for (const head of graph.querySelectorAll(".mytts-playhead"))
    if (head.dataset.name.startsWith(`${id} `)) head.remove();
}
