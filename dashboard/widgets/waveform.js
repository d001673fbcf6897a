// A sound drawn as its waveform: a click or an arrow key goes to a place. Put before the script of a component.
//
// beginWave(label, seek)   → { element, draw(peaks, share) }: `seek(share)` is told a place in 0..1.
// peaks: lowest and highest of each column in turn, in 127ths of full scale; share: what has been heard, 0..1.

function beginWave(label, seek) {
  const canvas = document.createElement("canvas");
  canvas.className = "mytts-wave";
  canvas.tabIndex = 0;
  for (const [name, value] of [["role", "slider"], ["aria-label", label], ["aria-valuemin", "0"], ["aria-valuemax", "100"]])
    canvas.setAttribute(name, value);
  const wave = { element: canvas, peaks: [], share: 0, draw };
  canvas.addEventListener("pointerdown", (event) => {
    const box = canvas.getBoundingClientRect();
    seek(Math.min(Math.max((event.clientX - box.left) / box.width, 0), 0.999));
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 0.02, ArrowLeft: -0.02 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    seek(Math.min(Math.max(wave.share + step, 0), 0.999));
  });
  new ResizeObserver(() => paintWave(wave)).observe(canvas);
  return wave;

  function draw(peaks, share) {
    if (peaks === wave.peaks && Math.abs(share - wave.share) < 1e-4 && wave.painted) return;
    Object.assign(wave, { peaks, share });
    canvas.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    paintWave(wave);
  }
}

function paintWave(wave) {
  const { element: canvas, peaks, share } = wave;
  const { width, height } = canvas.getBoundingClientRect();
  if (!width || !height) return;
  wave.painted = true;
  const dense = window.devicePixelRatio || 1;
  const wide = Math.round(width * dense), high = Math.round(height * dense);
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const style = getComputedStyle(canvas);
  const quiet = style.color, heard = style.getPropertyValue("--st-primary-color").trim() || quiet;
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, wide, high);
  const columns = peaks.length / 2, step = wide / Math.max(columns, 1);
  const loudest = Math.max(24, ...peaks.map(Math.abs));
  for (let column = 0; column < columns; column += 1) {
    const isHeard = column < share * columns;
    pen.globalAlpha = isHeard ? 1 : 0.45;
    pen.fillStyle = isHeard ? heard : quiet;
    const top = high / 2 * (1 - peaks[2 * column + 1] / loudest), bottom = high / 2 * (1 - peaks[2 * column] / loudest);
    pen.fillRect(column * step, top, Math.max(step - (step > 3 * dense ? dense : 0), 1), Math.max(bottom - top, dense));
  }
  pen.globalAlpha = 1;
}
