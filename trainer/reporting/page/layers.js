// What each layer costs, how well its integers keep to the floats, and how its weights and outputs are distributed.
const operatorNames = { CONV_2D: "convolution", DEPTHWISE_CONV_2D: "depthwise convolution", FULLY_CONNECTED: "fully connected",
  AVERAGE_POOL_2D: "average pooling", MAX_POOL_2D: "max pooling", MEAN: "mean", RESHAPE: "reshape", ADD: "add", MUL: "multiply",
  SOFTMAX: "softmax", LOGISTIC: "sigmoid", HARD_SWISH: "hard swish", CONCATENATION: "concatenation", PAD: "padding", QUANTIZE: "requantize" };
const operatorName = (key) => operatorNames[key] || key.replaceAll("_", " ").toLowerCase();
const sparsityOf = (layer) => (layer.weight_count ? layer.zeros / layer.weight_count : null);
const sum = (rows, value) => rows.reduce((total, row) => total + (value(row) || 0), 0);

function layersSection(run) {
  const layers = run.analysis && run.analysis.layers;
  if (!layers || !layers.length) return;
  const integers = layers.some((layer) => isNumber(layer.sqnr_db));
  const made = section("layers", "Layers", "In the order of execution. Choose a row to see how its weights and outputs are distributed." +
    (integers ? " SQNR is the power of a layer's float outputs over that of the integers' deviation from them, on " +
      (run.analysis.layer_samples ? `${grouped(run.analysis.layer_samples)} test samples.` : "the same test samples.") : ""));
  layers.forEach((layer, i) => { layer.index = i + 1; });
  const macs = sum(layers, (l) => l.macs), size = sum(layers, (l) => l.bytes), weights = sum(layers, (l) => l.weight_count);
  const largest = (value) => Math.max(1, ...layers.map((l) => value(l) || 0));
  const mostMacs = largest((l) => l.macs), mostBytes = largest((l) => l.bytes);
  const columns = [
    { title: "#", value: (l) => l.index, number: true },
    { title: "Layer", value: (l) => l.name },
    { title: "Operator", value: (l) => operatorName(l.operator) },
    { title: "Output", value: (l) => l.output.reduce((a, b) => a * b, 1), text: (l) => shape(l.output), hint: "height × width × channels" },
    { title: "MACs", value: (l) => l.macs, text: (l) => (l.macs ? grouped(l.macs) : absent), number: true, share: (l) => l.macs / mostMacs },
    { title: "Flash", value: (l) => l.bytes, text: (l) => (l.bytes ? bytes(l.bytes) : absent), number: true, share: (l) => l.bytes / mostBytes, hint: "constants: weights, biases, multipliers" },
    { title: "Weights", value: (l) => l.weight_count, text: (l) => grouped(l.weight_count), number: true },
    { title: "Zeros", value: sparsityOf, text: (l) => percent(sparsityOf(l)), number: true, hint: "share of the weights that are 0" },
    { title: "Bits", value: (l) => l.bits, text: (l) => grouped(l.bits), number: true, hint: "of a weight" },
    ...(integers ? [{ title: "SQNR", value: (l) => l.sqnr_db, text: (l) => (isNumber(l.sqnr_db) ? fixed(l.sqnr_db, 1) + " dB" : absent), number: true }] : []),
  ];
  const foot = ["", "Total", "", "", grouped(macs), bytes(size), grouped(weights), percent(weights ? sum(layers, (l) => l.zeros) / weights : null), ""];
  if (integers) foot.push("");
  const detail = element("div", { class: "grid", style: { "margin-top": "18px" } });
  const first = layers.find((layer) => layer.weights) || layers[0];
  const show = (layer) => {
    detail.replaceChildren(...histogramsOf(layer));
    if (made.isConnected) drawCharts();
  };
  made.append(table(columns, layers, { sortable: true, pick: show, picked: first, foot }), detail);
  show(first);
  if (integers) made.append(sqnrChart(layers));
}

function histogramsOf(layer) {
  const shown = [];
  if (layer.weights && layer.weights.counts.length) {
    const codes = layer.bits < 32;
    shown.push(element("div", {}, element("h3", {}, "Weights of " + layer.name + (codes ? ", integer codes" : "")),
      histogramChart("weights of " + layer.name, layer.weights, { tone: "c1" }).box));
  }
  const outputs = layer.activations;
  if (outputs && outputs.counts.length) {
    const convert = outputs.scale ? (code) => outputs.scale * (code - outputs.zero_point) : undefined;
    shown.push(element("div", {}, element("h3", {}, "Outputs of " + layer.name + (convert ? ", from least to largest code" : "")),
      histogramChart("outputs of " + layer.name, outputs, { tone: "c3", convert }).box));
  }
  return shown;
}

function sqnrChart(layers) {
  const known = layers.filter((layer) => isNumber(layer.sqnr_db));
  const made = chart(230, "SQNR of each layer", () => ({
    type: "bar",
    data: { labels: known.map((l) => l.name), datasets: [{ data: known.map((l) => l.sqnr_db), maxBarThickness: 44, borderRadius: 4,
      backgroundColor: known.map((l) => faded(color(l.sqnr_db < 10 ? "c5" : l.sqnr_db < 20 ? "c2" : "c3"), 0.8)) }] },
    options: { scales: { x: axis("", { grid: quiet, ticks: { maxRotation: 40, autoSkip: known.length > 40 } }), y: axis("dB", { beginAtZero: true }) },
      plugins: { legend: quiet, tooltip: { displayColors: false, callbacks: { label: (item) => fixed(item.raw, 1) + " dB" } } } },
  }));
  return element("div", { style: { "margin-top": "18px" } }, element("h3", {}, "Signal to quantization noise, layer by layer"), made.box);
}
