// Numbers and units as people read them. Absent values are an en dash everywhere.
const absent = "–";
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

const integerFormat = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const grouped = (value) => (isNumber(value) ? integerFormat.format(value) : absent);
/** "500 test samples", or of samples that are joined before they are scored "32 test recordings (1,024 windows)". */
const testedText = (samples, recordings) => (isNumber(recordings) ? `${grouped(recordings)} test recordings (${grouped(samples)} windows)` : `${grouped(samples)} test samples`);
const fixed = (value, digits) => (isNumber(value) ? value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−") : absent);
const percent = (fraction, digits = 1) => (isNumber(fraction) ? fixed(100 * fraction, digits) + " %" : absent);
const points = (difference) => (isNumber(difference) ? (difference > 0 ? "+" : "") + fixed(100 * difference, 1) + " points" : absent);

/** Three significant digits: 1.27 M, 940, 0.0123. */
function compact(value, digits = significant) {
  if (!isNumber(value)) return absent;
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]])
    if (Math.abs(value) >= size) return digits(value / size) + " " + unit;
  return digits(value);
}
function significant(value, digits = 3) {
  if (!isNumber(value)) return absent;
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  return size < -4 ? value.toExponential(digits - 1).replace("-", "−") : fixed(value, Math.max(0, digits - 1 - size));
}

/** The same without zeros at its end, for axes: 2, 0.0016. */
const trimmed = (value, digits = 3) => significant(value, digits).replace(/(\.\d*?)0+(?=$|e)/, "$1").replace(/\.(?=$|e)/, "");

/** 512 B, 53.9 KiB, 1.20 MiB. */
function bytes(value) {
  if (!isNumber(value)) return absent;
  if (Math.abs(value) < 1024) return grouped(value) + " B";
  if (Math.abs(value) < 1024 * 1024) return fixed(value / 1024, 1) + " KiB";
  return value < 1024 ** 3 ? fixed(value / 1024 ** 2, 2) + " MiB" : fixed(value / 1024 ** 3, 1) + " GiB";
}

function duration(seconds) {
  if (!isNumber(seconds)) return absent;
  if (seconds < 60) return fixed(seconds, seconds < 10 ? 1 : 0) + " s";
  const whole = Math.round(seconds);
  if (whole < 3600) return Math.floor(whole / 60) + " min " + (whole % 60) + " s";
  return Math.floor(whole / 3600) + " h " + Math.floor((whole % 3600) / 60) + " min";
}

function milliseconds(value) {
  if (!isNumber(value)) return absent;
  return value >= 1000 ? significant(value / 1000) + " s" : value >= 1 ? significant(value) + " ms" : significant(1000 * value) + " µs";
}
function millijoules(value) {
  if (!isNumber(value)) return absent;
  return value >= 1000 ? significant(value / 1000) + " J" : value >= 1 ? significant(value) + " mJ" : significant(1000 * value) + " µJ";
}

const shape = (extents) => (Array.isArray(extents) && extents.length ? extents.join(" × ") : absent);

/** The name that people know a metric by, as the beginning of a line. */
function metricTitle(name) {
  const titles = { accuracy: "Accuracy", macro_f1: "Macro-F1", balanced_accuracy: "Balanced accuracy" };
  return titles[name || "accuracy"] || name;
}
