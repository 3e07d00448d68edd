// The same test samples after something went wrong with them, level by level.
function robustnessSection(run) {
  const robust = run.summary.robustness;
  if (!robust || !robust.rows || !robust.rows.length) return;
  const rows = robust.rows, metric = run.summary.metric || "accuracy", quantized = rows.some((row) => isNumber(row.integer));
  const made = section("robustness", "Robustness", `${metric[0].toUpperCase() + metric.slice(1)} on ${testedText(robust.samples, robust.recordings)} that ` +
    `were disturbed before the front end, the same in every row${robust.arithmetic ? "; integer by " + robust.arithmetic : ""}.`);
  const name = (row) => (row.disturbance === "none" ? "as they are" : row.disturbance + " " + row.level);
  const bars = (label, key, tone) => ({ label, data: rows.map((row) => (isNumber(row[key]) ? 100 * row[key] : null)),
    backgroundColor: color(tone), borderWidth: 0, categoryPercentage: 0.7, barPercentage: 0.9 });
  const drawing = chart(60 + 34 * rows.length, metric + " by disturbance", () => ({
    type: "bar",
    data: { labels: rows.map(name), datasets: [...(quantized ? [bars("integer, as on the device", "integer", "c1")] : []), bars("float", "float", "c2")] },
    options: {
      indexAxis: "y",
      scales: { x: axis(metric + ", %", { min: 0, max: 100 }), y: axis("", { grid: quiet, ticks: { autoSkip: false } }) },
      plugins: { legend: { labels: { ...Chart.defaults.plugins.legend.labels, pointStyle: "rect" } }, tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${fixed(item.raw, 2)} %` } } },
    },
  }));
  made.append(drawing.box);
}
