// Charts in the page's colours. Every chart is drawn anew when the colours change.
const drawn = [];
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
const series = (i) => color("c" + (1 + (i % 8)));
/** A colour of the page (#rrggbb) with an opacity. */
const faded = (hex, opacity) => hex + Math.round(255 * opacity).toString(16).padStart(2, "0");

function setDefaults() {
  const d = Chart.defaults;
  d.animation = false;
  d.responsive = true;
  d.maintainAspectRatio = false;
  d.font.family = getComputedStyle(document.body).fontFamily;
  d.font.size = 12;
  d.color = color("soft");
  d.borderColor = color("line");
  Object.assign(d.plugins.tooltip, { backgroundColor: color("ink"), titleColor: color("card"), bodyColor: color("card"),
    footerColor: color("card"), footerFont: { weight: "normal" }, padding: 10, cornerRadius: 6, boxPadding: 4, usePointStyle: true });
  Object.assign(d.plugins.legend.labels, { usePointStyle: true, pointStyle: "line", boxWidth: 22, boxHeight: 7, color: color("soft") });
  d.plugins.legend.position = "top";
  d.plugins.legend.align = "start";
}

/** `config()` is a Chart.js configuration; called again when the colours change. Returns {box, draw, chart()}. */
function chart(height, label, config) {
  const box = element("div", { class: "chart", style: { height: height + "px" } });
  let current = null;
  const draw = () => {
    if (current) current.destroy();
    const canvas = element("canvas", { role: "img", "aria-label": label });
    box.replaceChildren(canvas);
    current = new Chart(canvas, config());
  };
  const made = { box, draw, chart: () => current };
  drawn.push(made);
  return made;
}

/** Draws the charts that are on the page and not drawn yet; all of them after the colours changed. */
function drawCharts(again = false) {
  if (again) setDefaults();
  for (const each of drawn) if (each.box.isConnected && (again || !each.chart())) each.draw();
  for (const each of drawn) if (!each.box.isConnected && each.chart()) each.chart().destroy();
  drawn.splice(0, drawn.length, ...drawn.filter((each) => each.box.isConnected));
}

const axis = (title, more = {}) => ({ title: { display: Boolean(title), text: title }, grid: { color: color("line"), drawTicks: false },
  border: { display: false }, ...more, ticks: { padding: 6, maxRotation: 0, ...more.ticks } });
const quiet = { display: false };

/** `share` of a colour on the page's cards, as a colour that hides what is below. */
function mixed(hex, share) {
  const parts = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
  const [top, ground] = [parts(hex), parts(color("card"))];
  return "#" + top.map((v, i) => Math.round(share * v + (1 - share) * ground[i]).toString(16).padStart(2, "0")).join("");
}

/** Steps of an axis of bytes: a power of two. */
const byteStep = (range, count) => 2 ** Math.ceil(Math.log2(Math.max(1, range / count)));

/** 1, 2 or 5 times a power of ten, so that about `count` steps cover `range`. */
function roundStep(range, count) {
  const rough = range / count, power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}

/** Writes a text behind the end of each bar of a horizontal bar chart. */
const valueLabels = (texts) => ({
  id: "valueLabels",
  afterDatasetsDraw(drawnChart) {
    const { ctx } = drawnChart;
    ctx.save();
    ctx.font = "600 12px " + Chart.defaults.font.family;
    ctx.fillStyle = color("ink");
    ctx.textBaseline = "middle";
    drawnChart.getDatasetMeta(0).data.forEach((bar, i) => ctx.fillText(texts[i], bar.x + 8, bar.y));
    ctx.restore();
  },
});

/** A histogram with `count` equal bins from `low` to `high`, drawn over real numbers. */
function histogramChart(title, data, { tone = "c1", unit = "", convert = (x) => x } = {}) {
  const counts = data.counts, width = (data.high - data.low) / counts.length;
  const total = counts.reduce((sum, n) => sum + n, 0);
  const edge = (i) => convert(data.low + i * width);
  // A bin that holds a multiple of a round step is labelled with it.
  const step = roundStep(Math.abs(edge(counts.length) - edge(0)) || 1, 7);
  const labels = counts.map((_, i) => {
    const multiple = Math.ceil(edge(i) / step - 1e-9) * step;
    return multiple < edge(i + 1) - 1e-9 * step || counts.length === 1 ? trimmed(counts.length === 1 ? edge(0) : multiple) : "";
  });
  return chart(210, title, () => ({
    type: "bar",
    data: { labels, datasets: [{ data: counts.map((n) => n / total), backgroundColor: faded(color(tone), 0.75),
      barPercentage: 1, categoryPercentage: 1, borderWidth: 0 }] },
    options: {
      scales: {
        x: axis(unit, { grid: quiet, ticks: { autoSkip: false } }),
        y: axis("", { ticks: { maxTicksLimit: 5, callback: (share) => trimmed(100 * share) + " %" } }),
      },
      plugins: { legend: quiet, tooltip: { displayColors: false, callbacks: {
        title: ([item]) => trimmed(edge(item.dataIndex)) + " to " + trimmed(edge(item.dataIndex + 1)),
        label: (item) => grouped(counts[item.dataIndex]) + " values, " + percent(item.raw, 2) } } },
    },
  }));
}
