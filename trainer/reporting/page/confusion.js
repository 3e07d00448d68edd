// What was taken for what, with the most confident mistakes.
function confusionSection(run) {
  const analysis = run.analysis, confusion = analysis && analysis.confusion;
  if (!confusion || !analysis.classes.length) return;
  const { counts, examples } = confusion, classes = analysis.classes;
  const made = section("confusion", "Confusion", "The test split by the " + (confusion.on === "integer" ? "integer model, as on the device" : "float model") +
    ": rows are the truth, columns what the model said. Choose a cell to see its most confident mistakes.");
  const side = element("div");
  const body = element("tbody");
  const cells = new Map();
  const select = (truth, predicted) => {
    cells.forEach((cell) => cell.classList.remove("picked"));
    cells.get(truth + "," + predicted).classList.add("picked");
    side.replaceChildren(...examplesOf(truth, predicted, classes, examples, counts[truth][predicted]));
  };
  const columnSum = (c) => counts.reduce((total, row) => total + row[c], 0);
  const rowSum = (r) => counts[r].reduce((total, n) => total + n, 0);
  counts.forEach((row, truth) => {
    const line = element("tr", {}, element("th", { scope: "row" }, classes[truth]));
    row.forEach((n, predicted) => {
      const share = n / Math.max(1, rowSum(truth)), wrong = truth !== predicted && n > 0;
      const cell = element("td", { class: wrong ? "cell pick" : "cell", tabindex: wrong ? 0 : null,
        title: `${classes[truth]} taken for ${classes[predicted]}: ${grouped(n)} of ${grouped(rowSum(truth))}`,
        style: { background: n ? `rgba(${truth === predicted ? "var(--heat)" : "217, 90, 60"}, ${(0.1 + 0.75 * share).toFixed(3)})` : "var(--stripe)",
          color: share > 0.55 ? "#fff" : "inherit" },
        onclick: wrong ? () => select(truth, predicted) : null,
        onkeydown: wrong ? (event) => { if (event.key === "Enter") select(truth, predicted); } : null }, n ? grouped(n) : "");
      cells.set(truth + "," + predicted, cell);
      line.append(cell);
    });
    line.append(element("td", { class: "rate", title: "recall: share of this class that was recognized" }, percent(rowSum(truth) ? row[truth] / rowSum(truth) : null, 0)));
    body.append(line);
  });
  const precision = element("tr", {}, element("th", { scope: "row", class: "none" }, "precision"),
    classes.map((_, c) => element("td", { class: "rate", title: "precision: share of these answers that are right" }, percent(columnSum(c) ? counts[c][c] / columnSum(c) : null, 0))), element("td"));
  body.append(precision);
  const head = element("tr", {}, element("th"), classes.map((name) => element("th", { scope: "col" }, element("span", {}, name))), element("th", {}, element("span", { class: "none" }, "recall")));
  made.append(element("div", { class: "split" }, element("div", { class: "scroll" }, element("table", { class: "matrix" }, element("thead", {}, head), body)), side));
  const worst = worstCell(counts);
  if (worst) select(...worst);
  else side.append(element("p", { class: "lead" }, "No sample of the test split was mistaken."));
}

function worstCell(counts) {
  let worst = null, most = 0;
  counts.forEach((row, truth) => row.forEach((n, predicted) => {
    if (truth !== predicted && n > most) [worst, most] = [[truth, predicted], n];
  }));
  return worst;
}

function examplesOf(truth, predicted, classes, examples, count) {
  const found = examples.filter((e) => e.truth === truth && e.predicted === predicted);
  return [
    element("h3", {}, `${classes[truth]} taken for ${classes[predicted]}: ${grouped(count)} ${count === 1 ? "sample" : "samples"}`),
    element("div", { class: "examples" }, found.map((e) => {
      const text = element("div", {}, element("span", { class: "mono" }, e.id),
        element("small", {}, `says ${classes[predicted]} with ${percent(e.probability, 0)}`));
      return e.picture ? element("div", { class: "example" }, picture(e.picture), text) : element("div", { class: "example bare" }, text);
    })),
  ];
}

/** Features as a picture. Of one channel, in time: the rows (frames) run from left to right, each column (coefficient) in its own range. */
function picture({ height, width, channels, bytes: hex }) {
  const value = (y, x, c) => parseInt(hex.substr(2 * ((y * width + x) * channels + c), 2), 16);
  const turned = channels === 1 && height > width;
  const canvas = element("canvas", { width: turned ? height : width, height: turned ? width : height, class: turned ? "sound" : null, role: "img", "aria-label": "the sample's features" });
  const ctx = canvas.getContext("2d"), image = ctx.createImageData(canvas.width, canvas.height);
  for (let x = 0; x < width; ++x) {
    let low = 0, high = 255;
    if (turned) {
      const column = Array.from({ length: height }, (_, y) => value(y, x, 0));
      [low, high] = [Math.min(...column), Math.max(...column)];
    }
    for (let y = 0; y < height; ++y) {
      const at = 4 * (turned ? (width - 1 - x) * height + y : y * width + x);
      for (let c = 0; c < 3; ++c) {
        const v = value(y, x, channels === 3 ? c : 0), share = high > low ? (v - low) / (high - low) : 0.5;
        image.data[at + c] = turned ? heatColor(share)[c] : 255 * share;
      }
      image.data[at + 3] = 255;
    }
  }
  ctx.putImageData(image, 0, 0);
  return canvas;
}

/** Dark blue over teal to light yellow: even in lightness, as viridis. */
function heatColor(share) {
  const stops = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
  const at = Math.min(3.999, Math.max(0, share) * 4), i = Math.floor(at);
  return stops[i].map((v, c) => v + (at - i) * (stops[i + 1][c] - v));
}
