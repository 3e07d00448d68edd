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
  const made = section("accuracy", "Accuracy", accuracyWords(s));
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
  const words = [`On ${grouped(s.test_samples)} test samples.`];
  if (s.interval) words.push(`With 95 % confidence the integer model's lies between ${percent(s.interval[0])} and ${percent(s.interval[1])}.`);
  if (isNumber(s.agreement)) words.push(`It agrees with the fake-quantized model on ${percent(s.agreement, 2)} of the samples.`);
  return words.join(" ");
}

function fitSection(run) {
  const fit = run.analysis && run.analysis.fit;
  if (!fit || !fit.length) return;
  const made = section("targets", "Targets", "The exported model on every device that is described in configs/targets: what it takes of flash and RAM, and how long one inference is estimated to last.");
  const share = (used, there) => (isNumber(used) && there > 0 ? used / there : null);
  made.append(table([
    { title: "Device", value: (t) => t.title || t.target },
    { title: "Fits", value: (t) => t.fits, text: (t) => (t.fits === true ? pill("fits", "good") : t.fits === false ? pill("does not fit", "bad") : absent) },
    { title: "Flash", value: (t) => share(t.flash_bytes, t.flash_capacity), text: (t) => `${bytes(t.flash_bytes)} of ${bytes(t.flash_capacity)}`, number: true, share: (t) => share(t.flash_bytes, t.flash_capacity) },
    { title: "RAM", value: (t) => share(t.ram_bytes, t.ram_capacity), text: (t) => `${bytes(t.ram_bytes)} of ${bytes(t.ram_capacity)}`, number: true, share: (t) => share(t.ram_bytes, t.ram_capacity) },
    { title: "Latency", value: (t) => t.latency_ms, text: (t) => milliseconds(t.latency_ms), number: true, hint: "estimated" },
    { title: "Energy", value: (t) => t.energy_mj, text: (t) => millijoules(t.energy_mj), number: true, hint: "estimated" },
    { title: "Remark", value: (t) => t.reason, wrap: true },
  ], fit, { sortable: true }));
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
    { title: "Flash", text: (x) => cost(x, "flash") },
    { title: "Arena", text: (x) => cost(x, "arena") },
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
    { title: "Judge", value: (v) => [v.judge, v.version].filter(Boolean).join(" ") },
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
    : unit === "milliseconds" ? milliseconds(value) : grouped(value));
  const met = (b) => isNumber(b.actual) && b.actual <= b.limit;
  section("budget", "Budget").append(table([
    { title: "What", value: (b) => b.name.replaceAll("_", " ") }, { title: "Result", text: (b) => (met(b) ? pill("met", "good") : pill("not met", "bad")) },
    { title: "Actual", text: (b) => amount(b.actual, b.unit), number: true }, { title: "At most", text: (b) => amount(b.limit, b.unit), number: true },
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
