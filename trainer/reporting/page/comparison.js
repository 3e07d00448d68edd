// Several runs: accuracy against size, time and energy, the Pareto front, and a table of all.
const measures = {
  integer: { title: "Integer accuracy", short: "Integer", of: (r) => r.summary.accuracy.integer, text: (v) => percent(v, 2), tick: (v) => percent(v, 1), better: 1 },
  float: { title: "Float accuracy", short: "Float", of: (r) => r.summary.accuracy.float, text: (v) => percent(v, 2), tick: (v) => percent(v, 1), better: 1 },
  flash: { title: "Flash", inBytes: true, of: (r) => r.summary.flash_bytes, text: bytes, tick: bytes, better: -1 },
  arena: { title: "Arena (RAM)", short: "Arena", inBytes: true, of: (r) => r.summary.arena_bytes, text: bytes, tick: bytes, better: -1 },
  macs: { title: "Multiply-accumulates", short: "MACs", of: (r) => r.summary.macs, text: grouped, tick: (v) => compact(v, trimmed), better: -1 },
  parameters: { title: "Parameters", of: (r) => r.summary.nonzero_parameters, text: grouped, tick: (v) => compact(v, trimmed), better: -1 },
  seconds: { title: "Training time", short: "Training", of: (r) => Object.values(r.summary.seconds || {}).reduce((a, b) => a + b, 0), text: duration, tick: duration, better: -1 },
};

/** Latency and energy on each target that some run was estimated on. */
function addTargets(runs) {
  const targets = (run) => run.summary.targets || [];
  const on = (run, name) => targets(run).find((fit) => fit.target === name) || {};
  // The device that a recipe is for comes first.
  const own = runs.map((run) => run.summary.fit && run.summary.fit.target).filter(Boolean);
  for (const name of new Set([...own, ...runs.flatMap((run) => targets(run).map((fit) => fit.target))])) {
    measures["latency " + name] = { title: "Latency, " + name, choice: true, of: (run) => (on(run, name).latency || {}).milliseconds, text: milliseconds, tick: milliseconds, better: -1 };
    measures["energy " + name] = { title: "Energy, " + name, choice: true, of: (run) => (on(run, name).energy || {}).millijoules, text: millijoules, tick: millijoules, better: -1 };
  }
}

/** Recipe keys in which the runs differ, without names and places. */
function differing(runs) {
  const recipes = runs.map((run) => (run.analysis && run.analysis.recipe) || {});
  const keys = [...new Set(recipes.flatMap(Object.keys))].filter((key) => key !== "name" && new Set(recipes.map((r) => r[key])).size > 1);
  const last = (key) => key.split(".").slice(-1)[0];
  const short = (key) => (keys.filter((other) => last(other) === last(key)).length > 1 ? key.split(".").slice(-2).join(".") : last(key));
  return keys.slice(0, 12).map((key) => ({ key, title: short(key).replaceAll("_", " "), of: (run) => ((run.analysis && run.analysis.recipe) || {})[key] }));
}

const runTitle = (run) => run.folder.split("/").filter(Boolean).slice(-1)[0];
const reportLink = (run) => run.report.split("/").map(encodeURIComponent).join("/");
const asSortable = (value) => (value !== undefined && value !== "" && isNumber(Number(value)) ? Number(value) : value);

/** The runs that no other run beats in both measures. */
function paretoFront(runs, x, y) {
  const known = runs.filter((run) => isNumber(x.of(run)) && isNumber(y.of(run)));
  const atLeast = (m, a, b) => m.better * (m.of(a) - m.of(b)) >= 0;
  const beats = (a, b) => atLeast(x, a, b) && atLeast(y, a, b) && (x.of(a) !== x.of(b) || y.of(a) !== y.of(b));
  return known.filter((run) => !known.some((other) => beats(other, run))).sort((a, b) => x.of(a) - x.of(b));
}

/** Runs that differ in nothing but the seed, as one run with means and standard deviations. */
function overSeeds(runs, differences) {
  const groups = new Map();
  for (const run of runs) {
    const key = JSON.stringify(differences.filter((d) => d.key !== "seed").map((d) => d.of(run)));
    groups.set(key, [...(groups.get(key) || []), run]);
  }
  const mean = (values) => (values.every(isNumber) ? values.reduce((a, b) => a + b, 0) / values.length : null);
  const deviation = (values) => (values.length > 1 ? Math.sqrt(values.reduce((all, v) => all + (v - mean(values)) ** 2, 0) / (values.length - 1)) : 0);
  return [...groups.values()].map((group) => ({ ...group[0], members: group,
    title: differences.filter((d) => d.key !== "seed").map((d) => `${d.title} ${d.of(group[0])}`).join(", ") || "all seeds", mean: (of) => mean(group.map(of)), deviation: (of) => deviation(group.map(of)) }));
}

function comparison(runs) {
  addTargets(runs);
  const differences = differing(runs);
  const present = Object.entries(measures).filter(([, m]) => runs.some((run) => isNumber(m.of(run))));
  const accuracies = present.filter(([, m]) => m.better > 0), costs = present.filter(([, m]) => m.better < 0);
  if (accuracies.length && costs.length) tradeOffSection(runs, differences, accuracies, costs);
  runsSection(runs, differences, present);
}

function tradeOffSection(runs, differences, accuracies, costs) {
  const made = section("trade-off", "Trade-off", "Each point is a run; the line joins those that no other run beats in both measures. Point at one to see what it is, click it to open its own report.");
  const seeds = differences.some((d) => d.key === "seed") && overSeeds(runs, differences).length < runs.length;
  const state = { x: costs[0][0], y: accuracies[0][0], mean: false };
  const place = element("div");
  const draw = () => {
    const [x, y] = [measures[state.x], measures[state.y]];
    const averaged = (m) => ({ ...m, of: (run) => (run.mean ? run.mean(m.of) : m.of(run)), deviation: (run) => (run.deviation ? run.deviation(m.of) : 0) });
    place.replaceChildren(scatter(state.mean ? overSeeds(runs, differences) : runs, averaged(x), averaged(y), differences).box);
    if (made.isConnected) drawCharts();
  };
  const set = (key) => (value) => { state[key] = value; draw(); };
  made.append(element("div", { class: "controls" },
    selector("Up", accuracies.map(([key, m]) => [key, m.title]), state.y, set("y")),
    selector("Across", costs.map(([key, m]) => [key, m.title]), state.x, set("x")),
    seeds ? element("label", {}, element("input", { type: "checkbox", onchange: (event) => set("mean")(event.target.checked) }), " mean over seeds") : null), place);
  draw();
}

function scatter(runs, x, y, differences) {
  const known = runs.filter((run) => isNumber(x.of(run)) && isNumber(y.of(run)));
  const front = paretoFront(known, x, y), others = known.filter((run) => !front.includes(run));
  const points = (list) => list.map((run) => ({ x: x.of(run), y: y.of(run), run }));
  const describe = (run) => (run.title ? [`mean of ${run.members.length}, standard deviation ${y.text(y.deviation(run))}`] : differences.map((d) => `${d.title}: ${d.of(run) ?? absent}`));
  const range = (m) => Math.max(...known.map(m.of)) - Math.min(...known.map(m.of));
  return chart(440, `${y.title} against ${x.title}`, () => ({
    type: "scatter",
    data: { datasets: [
      { label: "Pareto front", data: points(front), showLine: true, stepped: "before", borderColor: color("accent"), backgroundColor: color("accent"), borderWidth: 2, pointRadius: 6, pointHoverRadius: 8 },
      { label: "other runs", data: points(others), borderColor: color("card"), backgroundColor: faded(color("c6"), 0.8), borderWidth: 1, pointRadius: 5, pointHoverRadius: 7 }] },
    options: {
      onClick: (_, hit, { data }) => {
        const run = hit.length && data.datasets[hit[0].datasetIndex].data[hit[0].index].run;
        if (run && run.report && !run.title) window.location.href = reportLink(run);
      },
      onHover: (event, hit) => { event.native.target.style.cursor = hit.length ? "pointer" : "default"; },
      layout: { padding: { right: 24, top: 4 } },
      scales: { x: axis(x.title, { grace: "6%", ticks: { callback: x.tick, maxTicksLimit: 8, ...(x.inBytes ? { stepSize: byteStep(range(x), 5) } : {}) } }), y: axis(y.title, { grace: "8%", suggestedMin: Math.min(...known.map((run) => y.of(run) - y.deviation(run))), suggestedMax: Math.max(...known.map((run) => y.of(run) + y.deviation(run))), ticks: { callback: y.tick, maxTicksLimit: 8 } }) },
      plugins: { legend: { labels: { ...Chart.defaults.plugins.legend.labels, pointStyle: "circle" } }, tooltip: { callbacks: {
        title: ([item]) => item.raw.run.title || runTitle(item.raw.run),
        label: (item) => [`${y.title}: ${y.text(item.raw.y)}`, `${x.title}: ${x.text(item.raw.x)}`, ...describe(item.raw.run)] } } },
    },
    plugins: [whiskers(y), frontNames(front.map((run) => run.title || runTitle(run)))],
  }));
}

/** A standard deviation up and down, of points that are means. */
const whiskers = (y) => ({
  id: "whiskers",
  beforeDatasetsDraw({ ctx, data, scales }) {
    ctx.save();
    ctx.strokeStyle = color("faint");
    for (const { x, y: value, run } of data.datasets.flatMap((set) => set.data)) {
      const reach = y.deviation(run), at = scales.x.getPixelForValue(x);
      if (!reach) continue;
      ctx.beginPath();
      ctx.moveTo(at, scales.y.getPixelForValue(value - reach));
      ctx.lineTo(at, scales.y.getPixelForValue(value + reach));
      ctx.stroke();
    }
    ctx.restore();
  },
});

/** Names of the front's points, each only where it covers no other name or point. */
const frontNames = (names) => ({
  id: "frontNames",
  afterDatasetsDraw(drawnChart) {
    const { ctx, chartArea } = drawnChart, taken = [];
    for (const i of [0, 1]) for (const p of drawnChart.getDatasetMeta(i).data) taken.push([p.x - 7, p.y - 7, p.x + 7, p.y + 7]);
    const front = drawnChart.getDatasetMeta(0).data;
    front.slice(1).forEach((p, i) => taken.push([front[i].x, front[i].y - 1, p.x, front[i].y + 1], [p.x - 1, p.y, p.x + 1, front[i].y]));
    const free = (box) => box[0] >= chartArea.left && box[2] <= drawnChart.width && box[1] >= chartArea.top && box[3] <= chartArea.bottom &&
      !taken.some((o) => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3]);
    ctx.save();
    ctx.font = "12px " + Chart.defaults.font.family;
    ctx.fillStyle = color("ink");
    ctx.textBaseline = "middle";
    drawnChart.getDatasetMeta(0).data.forEach((point, i) => {
      const name = names[i].length > 34 ? names[i].slice(0, 33) + "…" : names[i], width = ctx.measureText(name).width;
      for (const [left, middle] of [[point.x + 11, point.y + 12], [point.x + 11, point.y - 13], [point.x - 11 - width, point.y - 13], [point.x - 11 - width, point.y + 12]]) {
        const box = [left - 2, middle - 8, left + width + 2, middle + 8];
        if (!free(box)) continue;
        taken.push(box);
        ctx.fillText(name, left, middle);
        break;
      }
    });
    ctx.restore();
  },
});

function runsSection(runs, differences, present) {
  const made = section("runs", "Runs", "Click a heading to sort.");
  const verified = (run) => {
    const checks = run.summary.verification || [], failed = checks.filter((c) => c.status === "failed").length, passed = checks.filter((c) => c.status === "passed").length;
    return failed ? pill(`${failed} failed`, "bad") : passed ? pill(`${passed} passed`, "good") : pill("not verified", "warn");
  };
  made.append(table([
    { title: "Run", value: runTitle, text: (run) => (run.report ? element("a", { href: reportLink(run), style: { color: "var(--accent)" } }, runTitle(run)) : runTitle(run)) },
    ...differences.map((d) => ({ title: d.title, hint: d.key, value: (run) => asSortable(d.of(run)), text: (run) => d.of(run) || absent, number: runs.every((run) => typeof asSortable(d.of(run)) !== "string") })),
    // Latency and energy are two columns a device: one device's are enough for a table.
    ...present.filter(([, m], i) => !m.choice || i < present.findIndex(([, other]) => other.choice) + 2).map(([, m]) => ({ title: m.short || m.title, hint: m.title, value: m.of, text: (run) => m.text(m.of(run)), number: true })),
    { title: "Verification", text: verified },
  ], runs, { sortable: true }));
}
