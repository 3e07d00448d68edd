// The arena while one inference runs: each buffer as a block from its first to its last instruction.
function memorySection(run) {
  const arena = run.analysis && run.analysis.arena;
  if (!arena || !arena.buffers.length) return;
  const steps = arena.instructions.length, layers = run.analysis.layers || [];
  // A buffer is named after the layer that writes it; the first holds the input.
  const layerOf = new Map(arena.instructions.map((name, i) => [name, layers.length === steps ? layers[i].name : name]));
  const names = arena.instructions.map((name) => layerOf.get(name));
  const buffers = arena.buffers.map((buffer) => ({ ...buffer, name: layerOf.get(buffer.name) || buffer.name }));
  const peak = names[arena.peak_instruction];
  const tick = byteStep(arena.bytes, 7);
  const made = section("memory", "Memory", `The arena takes ${bytes(arena.bytes)} (${grouped(arena.bytes)} bytes). The most is alive during ${peak}: ` +
    `${bytes(arena.peak_bytes)}, below which no plan can go` + (arena.peak_bytes === arena.bytes ? "; this plan reaches it." : "."));
  const drawing = chart(360, "the arena over one inference", () => ({
    type: "bar",
    data: { labels: names, datasets: buffers.map((buffer, i) => ({
      label: buffer.name, grouped: false, barPercentage: 1, categoryPercentage: 1, borderWidth: 0, borderSkipped: false, inflateAmount: 0.6,
      backgroundColor: mixed(series(i), 0.6),
      data: Array.from({ length: steps }, (_, step) => (step >= buffer.first && step <= buffer.last ? [buffer.offset, buffer.offset + buffer.bytes] : null)) })) },
    options: {
      scales: { x: axis("instruction", { grid: quiet, ticks: { maxRotation: 55, autoSkip: steps > 40 } }),
        y: axis("address in the arena", { min: 0, max: tick * Math.ceil(arena.bytes / tick), ticks: { stepSize: tick, callback: (v) => bytes(v) } }) },
      plugins: { legend: quiet, tooltip: { filter: (item) => item.raw !== null, callbacks: {
        label: (item) => `${item.dataset.label}: ${grouped(item.raw[1] - item.raw[0])} bytes at ${grouped(item.raw[0])}` } } },
    },
    plugins: [bufferNames(buffers, arena.bytes)],
  }));
  made.append(drawing.box);
  const unused = arena.bytes - arena.peak_bytes;
  if (unused > 0) made.append(element("p", { class: "lead" }, `${bytes(unused)} more than is ever alive at once: the price of blocks that may not move.`));
}

/** Outlines each buffer, and names it where the name fits. */
const bufferNames = (buffers, size) => ({
  id: "bufferNames",
  afterDatasetsDraw({ ctx, chartArea, scales: { x, y } }) {
    const half = x.getLabels().length > 1 ? (x.getPixelForValue(1) - x.getPixelForValue(0)) / 2 : x.width / 2;
    ctx.save();
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.font = "12px " + Chart.defaults.font.family;
    for (const buffer of buffers) {
      const left = x.getPixelForValue(buffer.first) - half, right = x.getPixelForValue(buffer.last) + half;
      const top = y.getPixelForValue(buffer.offset + buffer.bytes), bottom = y.getPixelForValue(buffer.offset);
      ctx.strokeStyle = color("card");
      ctx.lineWidth = 2;
      ctx.strokeRect(left, top, right - left, bottom - top);
      const lines = [buffer.name, bytes(buffer.bytes)].filter((_, i) => bottom - top > (i ? 34 : 16));
      if (Math.max(...lines.map((line) => ctx.measureText(line).width), 0) > right - left - 10) continue;
      ctx.fillStyle = color("ink");
      lines.forEach((line, i) => ctx.fillText(line, (left + right) / 2, (top + bottom) / 2 + (i - (lines.length - 1) / 2) * 16));
    }
    ctx.strokeStyle = color("soft");
    ctx.lineWidth = 1;
    ctx.setLineDash([5, 4]);
    ctx.beginPath();
    ctx.moveTo(chartArea.left, y.getPixelForValue(size));
    ctx.lineTo(chartArea.right, y.getPixelForValue(size));
    ctx.stroke();
    ctx.restore();
  },
});
