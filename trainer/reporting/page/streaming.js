// Keywords in continuous sound: what is missed against what is heard where nobody spoke, at every threshold.
function streamingSection(run) {
  const stream = run.summary.streaming;
  if (!stream || !stream.curve || !stream.curve.length) return;
  const made = section("streaming", "Continuous sound", `The integer model answers every ${fixed(stream.stride_ms, 0)} ms; answers of ` +
    `${fixed(stream.smoothing_ms, 0)} ms are averaged. At the threshold ${fixed(stream.threshold, 2)}, chosen on the validation split, it misses ` +
    `${percent(stream.false_rejects, 1)} of ${grouped(stream.keywords)} keywords and hears ${fixed(stream.false_accepts_per_hour, 1)} an hour that ` +
    `nobody said, in ${fixed(60 * stream.hours, 1)} minutes of test clips over noise.`);
  const point = (p) => ({ x: p.false_accepts_per_hour, y: 100 * p.false_rejects, threshold: p.threshold });
  const drawing = chart(300, "false rejects against false accepts an hour", () => ({
    type: "scatter",
    data: { datasets: [
      { label: "chosen threshold", data: [point(stream)], pointRadius: 6, pointStyle: "rectRot", backgroundColor: color("c2"), borderColor: color("c2") },
      { label: "other thresholds", data: stream.curve.map(point), showLine: true, pointRadius: 3, borderWidth: 2,
        backgroundColor: color("c1"), borderColor: color("c1") }] },
    options: {
      scales: { x: axis("false accepts an hour", { min: 0 }), y: axis("false rejects, %", { min: 0, max: 100 }) },
      plugins: { tooltip: { callbacks: { label: (item) => `threshold ${fixed(item.raw.threshold, 2)}: ${fixed(item.raw.y, 1)} % missed, ` +
        `${fixed(item.raw.x, 1)} false an hour` } } },
    },
  }));
  made.append(drawing.box);
}
