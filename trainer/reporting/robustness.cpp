#include "reporting/robustness.h"

#include "base/text.h"
#include "reporting/text_table.h"

namespace espalier::reporting {

Json to_json(const Robustness& robustness) {
  auto rows = Json::list(), json = Json::map();
  for (const auto& row : robustness.rows) {
    auto one = Json::map();
    one.set("disturbance", row.disturbance).set("level", row.level).set("float", row.floating);
    rows.push(one.set("integer", row.integer ? Json(*row.integer) : Json()));
  }
  json.set("samples", robustness.samples);
  if (robustness.recordings) json.set("recordings", robustness.recordings);
  json.set("arithmetic", robustness.arithmetic.empty() ? Json() : Json(robustness.arithmetic));
  return json.set("rows", std::move(rows));
}

Robustness robustness_of(const Json& json) {
  Robustness robustness;
  robustness.samples = json.at("samples").integer();
  if (json.has("recordings")) robustness.recordings = json.at("recordings").integer();
  if (const auto& arithmetic = json.at("arithmetic"); arithmetic.is_text()) robustness.arithmetic = arithmetic.text();
  for (const auto& row : json.at("rows").items()) {
    const auto& integer = row.at("integer");
    robustness.rows.push_back({row.at("disturbance").text(), row.at("level").text(), row.at("float").number(),
                               integer.is_number() ? std::optional(integer.number()) : std::nullopt});
  }
  return robustness;
}

std::string counted_text(const std::string& which, std::int64_t samples, std::int64_t recordings) {
  if (!recordings) return concat(grouped_text(samples), " ", which, "samples");
  return concat(grouped_text(recordings), " ", which, "recordings (", grouped_text(samples), " windows)");
}

std::string table(const Robustness& robustness, const std::string& metric) {
  const auto percent = [](double fraction) { return fixed_text(100 * fraction, 2) + " %"; };
  TextTable rows({{""}, {""}, {"float", TextTable::Align::right}, {"integer", TextTable::Align::right}}, 4);
  for (const auto& row : robustness.rows)
    rows.row({row.disturbance == "none" ? "as they are" : row.disturbance, row.level, percent(row.floating),
              row.integer ? percent(*row.integer) : "not quantized"});
  return concat("  Robustness: ", metric, " on ", counted_text("test ", robustness.samples, robustness.recordings),
                robustness.arithmetic.empty() ? "" : ", integer by " + robustness.arithmetic, "\n", rows.text(80));
}

}  // namespace espalier::reporting
