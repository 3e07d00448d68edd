// Training curves, with the modifiers' windows as strips above each chart.
const stageTitles = { train: "Student", baseline: "Baseline", calibrate: "Calibration" };
const stageTitle = (stage) => stageTitles[stage] || (stage.startsWith("teacher") ? "Teacher" + stage.slice(7).replace(/[._-]/, " ") : stage);

/** Strips: {name, start, end} in epochs, coloured by their order; marks: {epoch} as dotted lines. */
const windowStrips = (windows, marks) => ({
  id: "windowStrips",
  beforeDatasetsDraw({ ctx, chartArea, scales }) {
    ctx.save();
    windows.forEach((window, i) => {
      const from = scales.x.getPixelForValue(window.start), to = scales.x.getPixelForValue(window.end);
      ctx.fillStyle = faded(series(i + 2), 0.07);
      ctx.fillRect(from, chartArea.top, to - from, chartArea.bottom - chartArea.top);
      ctx.fillStyle = series(i + 2);
      ctx.fillRect(from + 1, chartArea.top - 7 * (windows.length - i), Math.max(2, to - from - 2), 4);
    });
    ctx.strokeStyle = color("faint");
    ctx.setLineDash([2, 3]);
    for (const mark of marks) {
      const x = scales.x.getPixelForValue(mark.epoch);
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
    }
    ctx.restore();
  },
});

function curve(title, columns, wanted, windows, marks, y) {
  const lines = wanted.filter(([column]) => columns[column] && columns[column].some(isNumber));
  if (!lines.length) return null;
  const made = chart(270, title, () => ({
    type: "line",
    data: { datasets: lines.map(([column, label, tone, dash]) => ({ label, borderColor: color(tone), backgroundColor: color(tone),
      borderWidth: 2, borderDash: dash ? [5, 4] : [], pointRadius: columns.epoch.length < 3 ? 3 : 0, pointHitRadius: 8, pointHoverRadius: 4, tension: 0,
      data: columns.epoch.map((epoch, i) => ({ x: epoch, y: columns[column][i] })) })) },
    options: {
      interaction: { mode: "index", intersect: false },
      layout: { padding: { top: 0 } },
      scales: { x: axis("epoch", { type: "linear", min: Math.min(0, ...columns.epoch), max: Math.max(...columns.epoch), grid: quiet,
        ticks: { maxTicksLimit: 9, precision: 0 } }), y: axis("", y.axis) },
      plugins: {
        legend: { ...(lines.length < 2 ? { display: false } : {}), labels: { ...Chart.defaults.plugins.legend.labels } },
        tooltip: { callbacks: {
          title: ([item]) => "epoch " + significant(item.parsed.x, 4),
          label: (item) => item.dataset.label + ": " + y.text(item.parsed.y),
          footer: ([item]) => windows.filter((w) => item.parsed.x >= w.start && item.parsed.x <= w.end).map((w) => w.name).join(", ") } },
      },
    },
    plugins: [windowStrips(windows, marks), roomAbove(7 * windows.length + 2)],
  }));
  return element("div", {}, element("h3", {}, title), made.box);
}

/** Keeps `pixels` free between legend and plot, for the strips. */
const roomAbove = (pixels) => ({
  id: "roomAbove",
  beforeInit(made) {
    if (!made.legend || made.options.plugins.legend.display === false) return;
    const fit = made.legend.fit;
    made.legend.fit = function () {
      fit.call(this);
      this.height += pixels;
    };
  },
  beforeUpdate(made) {
    if (made.options.plugins.legend.display === false) made.options.layout.padding = { top: pixels };
  },
});

function marksOf(analysis, windows) {
  const marks = [];
  for (const [key, value] of Object.entries((analysis && analysis.recipe) || {})) {
    const found = key.match(/^compression\.(.+)\.(freeze_\w+)$/);
    if (found && windows.some((w) => w.name === found[1]) && value !== "" && isNumber(Number(value)))
      marks.push({ epoch: Number(value), name: found[2].replaceAll("_", " ") });
  }
  return marks;
}

function curvesSection(run) {
  const stages = Object.keys(run.metrics || {}).filter((stage) => (run.metrics[stage].epoch || []).some(isNumber));
  if (!stages.length) return;
  const made = section("training", "Training", "Loss and score after every epoch. Strips above a chart are the windows in which a technique was at work.");
  const keys = element("div", { class: "keys" }), grid = element("div", { class: "grid curves" });
  const show = (stage) => {
    const columns = run.metrics[stage];
    const windows = stage === "train" ? (run.analysis && run.analysis.timeline) || [] : [];
    const marks = stage === "train" ? marksOf(run.analysis, windows) : [];
    keys.replaceChildren(
      ...windows.map((w, i) => element("span", {}, element("i", { style: { background: series(i + 2) } }), w.name + ", epochs " + trimmed(w.start) + " to " + trimmed(w.end))),
      ...marks.map((mark) => element("span", {}, "┊ " + mark.name + ", epoch " + trimmed(mark.epoch))));
    const shares = { axis: { ticks: { callback: (v) => percent(v, 0) } }, text: (v) => percent(v, 2) };
    const plain = { axis: { ticks: { callback: (v) => trimmed(v) } }, text: (v) => significant(v, 4) };
    const terms = Object.keys(columns).filter((column) => column.startsWith("loss.") && Object.keys(columns).filter((c) => c.startsWith("loss.")).length > 1);
    const validation = Object.keys(columns).filter((column) => column.startsWith("validation."));
    const guide = validation.length ? validation.find((column) => column !== "validation.integer") : "validation.accuracy";
    const isShare = guide !== "validation.error";
    const moves = (column) => new Set((columns[column] || []).filter(isNumber)).size > 1;
    grid.replaceChildren(...[
      curve(isShare ? metricTitle((guide || "").slice(11)) : "Error", columns, [...(guide === "validation.accuracy" ? [["accuracy", "training", "c1", true]] : []),
        ...validation.map((column, i) => [column, column === guide ? "validation" : column.replace("validation.", "validation, ").replaceAll("_", " "), ["c2", "c3", "c4"][i % 3]])],
        windows, marks, isShare ? shares : plain),
      curve("Loss", columns, [["loss", "all", "c1"], ...terms.map((term, i) => [term, term.slice(5).replaceAll("_", " "), ["c2", "c3", "c4", "c5", "c6"][i % 5], true])], windows, marks, plain),
      moves("macs") && curve("Multiply-accumulates of one inference", columns, [["macs", "multiply-accumulates", "c3"]], windows, marks,
        { axis: { beginAtZero: true, ticks: { maxTicksLimit: 7, callback: (v) => compact(v, trimmed) } }, text: grouped }),
      moves("sparsity") && curve("Zeros among the weights that are left", columns, [["sparsity", "sparsity", "c4"]], windows, marks, { ...shares, axis: { ...shares.axis, min: 0, suggestedMax: 0.1 } }),
      curve("Learning rate", columns, [["learning_rate", "learning rate", "c6"]], windows, marks, { axis: { beginAtZero: true, ticks: { maxTicksLimit: 6, callback: (v) => trimmed(v, 2) } }, text: (v) => significant(v) }),
    ].filter(Boolean));
    grid.classList.toggle("even", grid.children.length % 3 !== 2);
    if (made.isConnected) drawCharts();
  };
  const ordered = [...stages].sort((a, b) => (b === "train") - (a === "train"));
  const titles = new Map(ordered.map((stage) => [stageTitle(stage), stage]));
  made.append(keys, grid);
  const buttons = choices([...titles.keys()], (title) => show(titles.get(title)));
  if (titles.size > 1) keys.before(buttons);
}
