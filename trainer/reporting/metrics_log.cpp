#include "reporting/metrics_log.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

namespace espalier::reporting {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Measurement measurement_of(const std::string& line, const std::string& origin) {
  const auto json = Json::parse(line, origin);
  if (!json.is_map() || !json.at("stage").is_text() || !json.at("step").is_number())
    mistake(origin, "is no measurement: 'stage' and 'step' are missing");
  Measurement found;
  for (const auto& [key, value] : json.entries()) {
    if (key == "stage")
      found.stage = value.text();
    else if (key == "step")
      found.step = value.integer();
    else if (key == "epoch")
      found.epoch = value.is_number() ? value.number() : nan;
    else
      found.values.emplace_back(key, value.is_number() ? value.number() : nan);
  }
  return found;
}

/// A line without its "\n", and where it starts in the file.
struct Line {
  std::int64_t start;
  std::string text;
};

/// Whole lines only.
std::vector<Line> lines_of(const std::string& text) {
  std::vector<Line> lines;
  std::size_t start = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
    lines.push_back({static_cast<std::int64_t>(start), text.substr(start, end - start)});
    start = end + 1;
  }
  return lines;
}

std::string origin_of(const std::filesystem::path& path, std::size_t line) {
  return concat(path.string(), ":", line + 1);
}

}  // namespace

double Measurement::value(std::string_view name) const {
  for (const auto& [key, number] : values)
    if (key == name) return number;
  return nan;
}

MetricsLog::MetricsLog(std::filesystem::path path) : file_(std::move(path)) {
  const auto text = read_text(file_.path());
  const auto whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (whole != text.size()) file_.cut(static_cast<std::int64_t>(whole));
}

void MetricsLog::write(const Measurement& measurement) {
  auto line = Json::map();
  line.set("stage", measurement.stage).set("step", measurement.step).set("epoch", measurement.epoch);
  for (const auto& [name, value] : measurement.values) line.set(name, value);
  file_.append(line.dump() + "\n");
}

void MetricsLog::truncate_after(std::string_view stage, std::int64_t step) {
  const auto lines = lines_of(read_text(file_.path()));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto found = measurement_of(lines[i].text, origin_of(file_.path(), i));
    if (found.stage == stage && found.step > step) return file_.cut(lines[i].start);
  }
}

std::vector<Measurement> read_metrics(const std::filesystem::path& path) {
  std::vector<Measurement> all;
  if (!std::filesystem::exists(path)) return all;
  const auto lines = lines_of(read_text(path));
  for (std::size_t i = 0; i < lines.size(); ++i) all.push_back(measurement_of(lines[i].text, origin_of(path, i)));
  return all;
}

}  // namespace espalier::reporting
