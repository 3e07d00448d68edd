// Accuracy by stage, targets, artifacts, verification, time, environment, recipe.
function accuracySection(run) {
  const s = run.summary, a = s.accuracy || {};
  const bars = [
    ["Teacher" + (s.teacher && s.teacher.name ? " " + s.teacher.name : ""), s.teacher && s.teacher.accuracy, "c6", "Teacher"],
    ["Baseline, uncompressed", s.baseline && s.baseline.accuracy, "c6", "Baseline"],
    ["Student in float", a.float, "c1", "Float"], ["Student, fake-quantized", a.fake_quant, "c1", "Fake-quantized"],
    ["Student in integers, as on the device", a.integer, "c3", "Integer"],
  ].filter(([, value]) => isNumber(value));
  if (!bars.length) return;
  const made = section("accuracy", metricTitle(s.metric), accuracyWords(s));
  const most = Math.max(...bars.map(([, value]) => value));
  made.append(chart(46 + 38 * bars.length, "accuracy at each stage", () => ({
    type: "bar",
    data: { labels: bars.map(([title, , , short]) => (narrow() ? short : title)), datasets: [{ data: bars.map(([, value]) => value), borderRadius: 4, maxBarThickness: 22,
      backgroundColor: bars.map(([, , tone]) => faded(color(tone), 0.85)) }] },
    options: { indexAxis: "y", layout: { padding: { right: 64 } },
      scales: { x: axis("", { min: 0, max: Math.min(1, Math.ceil(5 * most + 0.2) / 5), ticks: { stepSize: 0.2, callback: (v) => percent(v, 0) } }),
        y: axis("", { grid: quiet, ticks: { color: color("ink"), font: { size: 13 } } }) },
      plugins: { legend: quiet, tooltip: { displayColors: false, callbacks: { label: (item) => percent(item.raw, 2) } } } },
    plugins: [valueLabels(bars.map(([, value]) => percent(value, 1)))],
  })).box);
}
const narrow = () => window.innerWidth < 600;

function accuracyWords(s) {
  const words = [`On ${testedText(s.test_samples, s.test_recordings)}.`];
  if (s.interval) words.push(`With 95 % confidence the integer model's lies between ${percent(s.interval[0])} and ${percent(s.interval[1])}.`);
  if (isNumber(s.agreement)) words.push(`It agrees with the fake-quantized model on ${percent(s.agreement, 2)} of the samples.`);
  return words.join(" ");
}

/** A device's file may hold figures that nobody has read at their source. */
const unchecked = (figure) => (figure && figure.verified === false ? element("span", { class: "none", title: "rests on figures that nobody has read at their source" }, " ?") : null);

function fitSection(run) {
  const targets = run.summary.targets || [];
  if (!targets.length) return;
  const made = section("targets", "Targets", "The model on every device that is known: what it takes of flash (with the runtime's code, where its size is known) and RAM, " +
    "and estimates for one inference. A question mark: rests on figures of the device that nobody has read at their source.");
  const share = (memory) => (memory && memory.limit > 0 ? memory.bytes / memory.limit : null);
  const memory = (m) => (m ? element("span", {}, `${bytes(m.bytes)} of ${bytes(m.limit)}`, unchecked(m)) : absent);
  const amount = (figure, unit, text) => (figure && isNumber(figure[unit]) ? element("span", {}, text(figure[unit]), unchecked(figure)) : absent);
  made.append(table([
    { title: "Device", value: (t) => t.target }, { title: "Runtime", value: (t) => t.runtime },
    { title: "Fits", value: (t) => t.fits, text: (t) => (t.fits ? pill("fits", "good") : pill("does not fit", "bad")) },
    { title: "Flash", value: (t) => share(t.flash), text: (t) => memory(t.flash), number: true, share: (t) => share(t.flash) },
    { title: "RAM", value: (t) => share(t.ram), text: (t) => memory(t.ram), number: true, share: (t) => share(t.ram) },
    { title: "Latency", value: (t) => t.latency && t.latency.milliseconds, text: (t) => amount(t.latency, "milliseconds", milliseconds), number: true, hint: "estimated" },
    { title: "Energy", value: (t) => t.energy && t.energy.millijoules, text: (t) => amount(t.energy, "millijoules", millijoules), number: true, hint: "estimated" },
  ], targets, { sortable: true }));
}

function artifactsSection(run) {
  const artifacts = run.summary.artifacts || [];
  if (!artifacts.length) return;
  const made = section("artifacts", "Artifacts", "What was written, with checksums. Costs on a runtime are what its judge measured.");
  const cost = (artifact, kind) => (artifact.runtimes || []).map((runtime) => {
    const total = runtime[kind] && runtime[kind].total;
    return isNumber(total) ? `${bytes(total)} on ${runtime.runtime}` : null;
  }).filter(Boolean).join(", ") || absent;
  made.append(table([
    { title: "File", value: (x) => x.path, class: "mono" }, { title: "Format", value: (x) => x.format },
    { title: "Size", value: (x) => x.bytes, text: (x) => bytes(x.bytes), number: true },
    { title: "Flash", text: (x) => cost(x, "flash"), wrap: true },
    { title: "Arena", text: (x) => cost(x, "arena"), wrap: true },
    { title: "SHA-256", value: (x) => x.sha256, class: "mono hash" },
  ], artifacts));
}

const statusPill = (status) => (status === "passed" ? pill("passed", "good") : status === "failed" ? pill("failed", "bad") : pill("not run", "warn"));

function verificationSection(run) {
  const checks = run.summary.verification || [];
  if (!checks.length) return;
  const made = section("verification", "Verification", "Every artifact is read back by code that shares nothing with its writer, and judged by the runtimes that it is for. What did not run is never counted as passed.");
  const difference = (v) => (isNumber(v.max_lsb_difference) ? (v.max_lsb_difference === 0 ? "bit-equal" : `${significant(v.max_lsb_difference)} LSB`)
    : isNumber(v.max_difference) ? (v.max_difference === 0 ? "bit-equal" : significant(v.max_difference, 2)) : absent);
  const checksTable = table([
    { title: "Artifact", value: (v) => v.artifact, class: "mono" }, { title: "Check", value: (v) => v.level },
    { title: "Judge", value: (v) => [v.judge, v.version].filter(Boolean).join(" "), wrap: true },
    { title: "Result", value: (v) => v.status, text: (v) => statusPill(v.status) },
    { title: "Samples", value: (v) => v.samples, text: (v) => (v.samples ? grouped(v.samples) : absent), number: true },
    { title: "Largest difference", value: (v) => v.max_lsb_difference ?? v.max_difference, text: difference, number: true },
    { title: "Remark", value: (v) => v.reason, text: (v) => v.reason || absent, wrap: true },
  ], checks);
  made.append(checksTable);
}

function budgetSection(run) {
  const lines = run.summary.budget || [];
  if (!lines.length) return;
  const amount = (value, unit) => (!isNumber(value) ? "not measured" : unit === "bytes" ? bytes(value) : unit === "points" ? fixed(value, 2) + " points"
    : unit === "ms" ? milliseconds(value) : grouped(value));
  const met = (b) => isNumber(b.actual) && b.actual <= b.limit;
  section("budget", "Budget").append(table([
    { title: "What", value: (b) => b.name.replaceAll("_", " ") }, { title: "Result", text: (b) => (met(b) ? pill("met", "good") : pill("not met", "bad")) },
    { title: "Actual", text: (b) => amount(b.actual, b.unit), number: true }, { title: "At most", text: (b) => amount(b.limit, b.unit), number: true },
    ...(lines.some((b) => b.remedy) ? [{ title: "Remedy", text: (b) => b.remedy || absent, wrap: true }] : []),
  ], lines));
}

function pairs(entries) {
  return element("dl", {}, entries.filter(([, value]) => value !== undefined && value !== null && value !== "").map(([what, value]) => [element("dt", {}, what), element("dd", {}, String(value))]));
}

function environmentSection(run) {
  const s = run.summary, environment = (run.analysis && run.analysis.environment) || {};
  const made = section("environment", "Time and environment");
  const times = Object.entries(s.seconds || {});
  const words = { instruction_set: "instruction set", libtorch: "LibTorch", arithmetic: "integer arithmetic", espalier: "Espalier" };
  const seen = { ...environment, ...(s.versions || {}) };
  made.append(element("div", { class: "grid" },
    element("div", {}, element("h3", {}, "Time by stage"), table([{ title: "Stage", value: ([stage]) => stage }, { title: "Time", text: ([, t]) => duration(t), number: true,
      share: ([, t]) => t / Math.max(1e-9, ...times.map(([, x]) => x)) }], times, { foot: ["All", duration(times.reduce((all, [, t]) => all + t, 0))] })),
    element("div", {}, element("h3", {}, "Environment"), pairs([["seed", s.seed], ["data", s.data], ...Object.entries(seen).map(([key, value]) => [words[key] || key, value])]))));
  if ((s.notes || []).length) made.append(element("ul", { class: "notes" }, s.notes.map((note) => element("li", {}, note))));
}

function recipeSection(run) {
  if (!run.recipe) return;
  const made = section("recipe", "Recipe", "With every default filled in; it runs as it stands.");
  if (navigator.clipboard) made.append(element("button", { type: "button", onclick: (event) => navigator.clipboard.writeText(run.recipe).then(() => { event.target.textContent = "Copied"; }) }, "Copy"));
  made.append(element("pre", {}, run.recipe));
}
