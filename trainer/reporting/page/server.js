// The server export under load: throughput and latency against the largest batch, for different numbers of clients.
function serverSection(run) {
  const load = run.server_load;
  if (!load || !(load.points || []).length) return;
  const machine = load.machine || {}, versions = load.versions || {};
  const what = load.route === "sound" ? "sound, from which the server computes the features" : "features";
  const made = section("server", "Server under load", `export/server on mosec ${versions.mosec || ""}, ONNX Runtime ${versions.onnxruntime || ""}: clients on ` +
    `loopback send ${what}, each its next sample when it has the last answer; a batch waits up to ${load.batch_wait_ms} ms for more. Measured for ` +
    `${fixed(load.seconds, 1)} s a point on ${machine.processors} × ${machine.processor || "?"}, which the clients use as well` +
    (isNumber(machine.load_before) ? `; other work was ${fixed(machine.load_before, 1)} processes when it began.` : "."));
  const clients = [...new Set(load.points.map((p) => p.clients))], batches = [...new Set(load.points.map((p) => p.max_batch))];
  const lines = (key) => clients.map((count, i) => ({
    label: count === 1 ? "1 client" : count + " clients", borderColor: series(i), backgroundColor: series(i), borderWidth: 2, pointRadius: 3,
    data: batches.map((batch) => { const p = load.points.find((each) => each.clients === count && each.max_batch === batch); return p ? p[key] : null; }) }));
  const drawing = (title, key, text, scale) => element("div", {}, element("h3", {}, title), chart(270, title, () => ({
    type: "line",
    data: { labels: batches.map(String), datasets: lines(key) },
    options: { interaction: { mode: "index", intersect: false },
      scales: { x: axis("largest batch", { grid: quiet }), y: axis("", { ...scale, ticks: { maxTicksLimit: 7, callback: (v) => text(v) } }) },
      plugins: { tooltip: { callbacks: { title: ([item]) => "batches of up to " + item.label, label: (item) => `${item.dataset.label}: ${text(item.raw)}` } } } },
  })).box);
  made.append(element("div", { class: "grid even" },
    drawing("Answers a second", "per_second", (v) => compact(v, trimmed), { beginAtZero: true }),
    drawing("Latency, median", "p50_ms", milliseconds, { type: "logarithmic" }),
    drawing("Latency, 99 of 100", "p99_ms", milliseconds, { type: "logarithmic" }),
    drawing("Samples in a batch, mean", "mean_batch", (v) => trimmed(v), { beginAtZero: true })));
  const most = Math.max(...load.points.map((p) => p.per_second));
  made.append(table([
    { title: "Largest batch", value: (p) => p.max_batch, number: true }, { title: "Clients", value: (p) => p.clients, number: true },
    { title: "Answers a second", value: (p) => p.per_second, text: (p) => grouped(p.per_second), number: true, share: (p) => p.per_second / most },
    { title: "Median", value: (p) => p.p50_ms, text: (p) => milliseconds(p.p50_ms), number: true },
    { title: "95 of 100", value: (p) => p.p95_ms, text: (p) => milliseconds(p.p95_ms), number: true },
    { title: "99 of 100", value: (p) => p.p99_ms, text: (p) => milliseconds(p.p99_ms), number: true },
    { title: "Mean batch", value: (p) => p.mean_batch, text: (p) => fixed(p.mean_batch, 1), number: true },
    { title: "Wrong answers", value: (p) => p.errors, text: (p) => (p.errors ? pill(grouped(p.errors), "bad") : "0"), number: true },
  ], load.points, { sortable: true }));
}
