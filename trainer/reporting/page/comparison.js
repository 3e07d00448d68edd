// Several runs: accuracy against size, time and energy, the Pareto front, and a table of all.
const measures = {
  integer: { title: "Integer accuracy", of: (r) => r.summary.accuracy.integer, text: (v) => percent(v, 2), tick: (v) => percent(v, 1), better: 1 },
  float: { title: "Float accuracy", of: (r) => r.summary.accuracy.float, text: (v) => percent(v, 2), tick: (v) => percent(v, 1), better: 1 },
  flash: { title: "Flash", of: (r) => r.summary.flash_bytes, text: bytes, tick: bytes, better: -1 },
  arena: { title: "Arena (RAM)", of: (r) => r.summary.arena_bytes, text: bytes, tick: bytes, better: -1 },
  macs: { title: "Multiply-accumulates", of: (r) => r.summary.macs, text: grouped, tick: (v) => compact(v, trimmed), better: -1 },
  parameters: { title: "Parameters", of: (r) => r.summary.nonzero_parameters, text: grouped, tick: (v) => compact(v, trimmed), better: -1 },
  seconds: { title: "Training time", of: (r) => Object.values(r.summary.seconds || {}).reduce((a, b) => a + b, 0), text: duration, tick: duration, better: -1 },
};

/** Latency and energy on each target that some run was estimated on. */
function addTargets(runs) {
  const names = new Map();
  for (const run of runs) for (const fit of (run.analysis && run.analysis.fit) || []) names.set(fit.target, fit.title || fit.target);
  const of = (key, target) => (run) => ((((run.analysis && run.analysis.fit) || []).find((fit) => fit.target === target)) || {})[key];
  for (const [target, title] of names) {
    measures["latency " + target] = { title: "Latency, " + title, of: of("latency_ms", target), text: milliseconds, tick: milliseconds, better: -1 };
    measures["energy " + target] = { title: "Energy, " + title, of: of("energy_mj", target), text: millijoules, tick: millijoules, better: -1 };
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

/** Runs that differ in nothing but the seed, as one run with means; `spread` holds their number. */
function overSeeds(runs, differences) {
  const groups = new Map();
  for (const run of runs) {
    const key = JSON.stringify(differences.filter((d) => d.key !== "seed").map((d) => d.of(run)));
    groups.set(key, [...(groups.get(key) || []), run]);
  }
  const mean = (values) => (values.every(isNumber) ? values.reduce((a, b) => a + b, 0) / values.length : null);
  return [...groups.values()].map((group) => ({ ...group[0], members: group,
    title: differences.filter((d) => d.key !== "seed").map((d) => `${d.title} ${d.of(group[0])}`).join(", ") || "all seeds", mean: (of) => mean(group.map(of)) }));
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
    const averaged = (m) => ({ ...m, of: (run) => (run.mean ? run.mean(m.of) : m.of(run)) });
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
  const describe = (run) => (run.title ? [`mean of ${run.members.length}`] : differences.map((d) => `${d.title}: ${d.of(run) ?? absent}`));
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
      scales: { x: axis(x.title, { grace: "6%", ticks: { callback: x.tick, maxTicksLimit: 8 } }), y: axis(y.title, { grace: "8%", ticks: { callback: y.tick, maxTicksLimit: 8 } }) },
      plugins: { legend: { labels: { ...Chart.defaults.plugins.legend.labels, pointStyle: "circle" } }, tooltip: { callbacks: {
        title: ([item]) => item.raw.run.title || runTitle(item.raw.run),
        label: (item) => [`${y.title}: ${y.text(item.raw.y)}`, `${x.title}: ${x.text(item.raw.x)}`, ...describe(item.raw.run)] } } },
    },
    plugins: [frontNames(front.map((run) => run.title || runTitle(run)))],
  }));
}

/** Names of the front's points, each only where it covers no other name or point. */
const frontNames = (names) => ({
  id: "frontNames",
  afterDatasetsDraw(drawnChart) {
    const { ctx, chartArea } = drawnChart, taken = [];
    for (const i of [0, 1]) for (const p of drawnChart.getDatasetMeta(i).data) taken.push([p.x - 7, p.y - 7, p.x + 7, p.y + 7]);
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
    ...present.map(([, m]) => ({ title: m.title, value: m.of, text: (run) => m.text(m.of(run)), number: true })),
    { title: "Verification", text: verified },
  ], runs, { sortable: true }));
}
