// Reads the data and draws one run, or several compared.
const report = JSON.parse(document.getElementById("report").textContent);

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  drawCharts(true);
}

function startTheme() {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  document.documentElement.dataset.theme = system.matches ? "dark" : "light";
  setDefaults();
  let chosen = false;
  system.addEventListener("change", () => { if (!chosen) setTheme(system.matches ? "dark" : "light"); });
  window.addEventListener("beforeprint", () => setTheme("light"));
  return element("button", { type: "button", title: "light or dark", onclick: () => {
    chosen = true;
    setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  } }, "Light / dark");
}

function head(title, lead, pills, themeButton) {
  document.title = title + " · Espalier";
  document.getElementById("head").append(
    element("div", { class: "line" }, element("span", { class: "brand" }, "Espalier"), element("span", { class: "spacer" }), themeButton),
    element("div", { class: "line" }, element("h1", {}, title), pills), element("p", { class: "lead" }, lead));
  document.getElementById("contents").append(element("div", { class: "inner" }));
}

/** What the run was trained on, without the counts of every class. */
const dataWords = (s) => (s.data || "").replace(/ *\([^)]*\)/g, "");

function statusPills(s) {
  const checks = s.verification || [], count = (status) => checks.filter((c) => c.status === status).length;
  const pills = [];
  if (count("failed")) pills.push(pill(`${count("failed")} of ${checks.length} checks failed`, "bad"));
  else if (count("passed")) pills.push(pill(`verified: ${count("passed")} of ${checks.length} checks passed`, "good"));
  if (count("not_run")) pills.push(pill(`${count("not_run")} not run`, "warn"));
  const missed = (s.budget || []).filter((b) => !(isNumber(b.actual) && b.actual <= b.limit)).length;
  if (missed) pills.push(pill(`${missed} of ${s.budget.length} budgets not met`, "bad"));
  return pills;
}

const difference = (value, other) => (Math.abs(value) < 5e-4 ? "equal to " + other : points(value) + " against " + other);

function tiles(s) {
  const a = s.accuracy || {}, integer = isNumber(a.integer);
  const accuracy = integer ? a.integer : a.float;
  const against = isNumber(s.baseline && s.baseline.accuracy) ? difference(accuracy - s.baseline.accuracy, "the baseline")
    : isNumber(s.teacher && s.teacher.accuracy) ? difference(accuracy - s.teacher.accuracy, "the teacher") : "";
  const less = (now, before) => (isNumber(before) && before > 0 && before !== now ? `${percent(now / before, 0)} of ${compact(before)}` : "");
  const amount = (value) => { const [n, unit] = bytes(value).split(" "); return [n, unit]; };
  const size = (value, unit) => (isNumber(value) ? amount(value) : [absent, unit]);
  const [macs, macUnit] = compact(s.macs).split(" "), [count, countUnit] = compact(s.parameters).split(" ");
  return element("div", { class: "tiles" },
    tile(metricTitle(s.metric) + (integer ? " on the device" : " in float"), fixed(100 * accuracy, 1), "%", against),
    ...(integer ? [tile("Flash, constants", ...size(s.flash_bytes), s.target || ""), tile("RAM, arena", ...size(s.arena_bytes), s.target || "")] : []),
    tile("Multiply-accumulates", macs, macUnit, less(s.macs, s.baseline && s.baseline.macs)),
    tile("Parameters", count, countUnit, less(s.parameters, s.baseline && s.baseline.parameters)),
    tile("Zero weights", fixed(100 * s.sparsity, 1), "%", "of those that are left"));
}

function oneRun(run, themeButton) {
  const s = run.summary;
  head(s.name || run.folder, [s.baseline && s.baseline.name, dataWords(s), "seed " + s.seed].filter(Boolean).join(" · "), statusPills(s), themeButton);
  document.getElementById("head").append(tiles(s));
  for (const draw of [accuracySection, curvesSection, layersSection, confusionSection, anomalySection, streamingSection, robustnessSection, serverSection, memorySection, fitSection, budgetSection, artifactsSection, verificationSection, environmentSection, recipeSection])
    draw(run);
  if (!run.analysis) section("missing", "Layers, confusion, memory").append(element("p", { class: "lead" },
    `This run has no analysis.json, which they are drawn from. "trainer verify ${run.folder}" writes it.`));
}

function followScrolling() {
  const links = [...document.querySelectorAll("nav a")];
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting)
      links.forEach((link) => link.classList.toggle("here", link.hash === "#" + entry.target.id));
  }, { rootMargin: "-80px 0px -70% 0px" });
  document.querySelectorAll("main section").forEach((each) => observer.observe(each));
}

const themeButton = startTheme();
if (report.runs.length === 1) {
  oneRun(report.runs[0], themeButton);
} else {
  head("Comparison of " + report.runs.length + " runs", [...new Set(report.runs.map((run) => dataWords(run.summary)).filter(Boolean))].slice(0, 2).join(" · "), [], themeButton);
  comparison(report.runs);
}
drawCharts();
followScrolling();
document.documentElement.dataset.drawn = "yes";
