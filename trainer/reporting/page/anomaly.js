// How far normal and anomalous recordings of the test lie apart, and where the threshold is.
function anomalySection(run) {
  const report = run.analysis && run.analysis.report, chosen = run.summary.chosen || {};
  if (!report || !report.sources || !report.scores || !report.scores.length) return;
  const rate = isNumber(chosen.false_positive_rate) ? percent(chosen.false_positive_rate, 1) : absent;
  const test = chosen.on_test || {};
  const made = section("anomaly", "Normal and anomalous", "A recording's score is the mean squared difference of what the network was given and what " +
    `it gave back. The threshold ${isNumber(chosen.threshold) ? fixed(chosen.threshold, 3) : absent} lets at most ${rate} of the ${grouped(chosen.recordings || 0)} ` +
    `normal validation recordings be called anomalous; of the test it calls ${isNumber(test.false_positives) ? percent(test.false_positives, 1) : absent} of the normal ` +
    `ones so and ${isNumber(test.true_positives) ? percent(test.true_positives, 1) : absent} of the anomalous ones.`);
  // Bins of equal ratio: anomalies score many times what is normal.
  const bins = 40, { anomalous } = report, scores = report.scores.map((score) => Math.log10(Math.max(score, 1e-12)));
  const low = scores.reduce((a, b) => Math.min(a, b)), width = (scores.reduce((a, b) => Math.max(a, b)) - low) / bins || 1;
  const counted = (kind) => {
    const counts = new Array(bins).fill(0);
    scores.forEach((score, i) => { if (anomalous[i] === kind) ++counts[Math.min(bins - 1, Math.floor((score - low) / width))]; });
    return counts;
  };
  const bars = (label, kind, tone) => ({ label, data: counted(kind), backgroundColor: faded(color(tone), 0.75), barPercentage: 1, categoryPercentage: 1 });
  const drawing = chart(260, "scores of normal and anomalous recordings", () => ({
    type: "bar",
    data: { labels: Array.from({ length: bins }, (_, i) => (10 ** (low + (i + 0.5) * width)).toPrecision(2)),
      datasets: [bars("normal", 0, "c1"), bars("anomalous", 1, "c2")] },
    options: { scales: { x: axis("score, in steps of equal ratio", { stacked: true, grid: quiet, ticks: { maxTicksLimit: 8 } }), y: axis("recordings", { stacked: true, min: 0 }) } },
  }));
  made.append(drawing.box);
  const number = (value) => (isNumber(value) ? fixed(value, 4) : absent);
  made.append(table([
    { title: "Source", value: (row) => row.source || "all" },
    { title: "AUC", value: (row) => row.AUC, text: (row) => number(row.AUC), number: true },
    { title: "pAUC", value: (row) => row.pAUC, text: (row) => number(row.pAUC), number: true,
      hint: `up to ${percent(report.largest_false_positive_rate, 0)} false positives, rescaled so that chance is 0.5 (McClish 1989)` },
  ], report.sources, { foot: ["mean", number(report.AUC), number(report.pAUC)] }));
}
