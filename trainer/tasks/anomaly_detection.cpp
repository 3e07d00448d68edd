#include "tasks/anomaly_detection.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"
#include "tasks/roc.h"

namespace espalier::tasks {
namespace {

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? not_known : sum / static_cast<double>(values.size());
}

bool has_both(const std::vector<std::int64_t>& anomalous) {
  const auto bad = std::count(anomalous.begin(), anomalous.end(), 1);
  return bad > 0 && bad < static_cast<std::ptrdiff_t>(anomalous.size());
}

/// Share of the recordings of that kind that score more than the threshold.
double share_above(const Judged& all, std::int64_t anomalous, double threshold) {
  std::int64_t above = 0, count = 0;
  for (std::size_t i = 0; i < all.scores.size(); ++i) {
    if (all.anomalous[i] != anomalous) continue;
    ++count;
    above += all.scores[i] > threshold;
  }
  return count ? static_cast<double>(above) / static_cast<double>(count) : not_known;
}

}  // namespace

Judged judged(const Answers& answers) {
  Judged all;
  std::map<std::int64_t, std::size_t> place;  // of a group
  std::vector<std::int64_t> samples;
  for (std::int64_t i = 0; i < answers.samples(); ++i) {
    const auto& target = answers.targets[static_cast<std::size_t>(i)];
    const auto at = target.group < 0 ? all.scores.size() : place.emplace(target.group, all.scores.size()).first->second;
    if (at == all.scores.size()) {
      all.scores.push_back(0);
      all.anomalous.push_back(target.label != 0);
      all.sources.push_back(target.source);
      samples.push_back(0);
    }
    all.scores[at] += answers.row(i)[0];
    ++samples[at];
  }
  for (std::size_t i = 0; i < samples.size(); ++i) all.scores[i] /= static_cast<double>(samples[i]);
  return all;
}

std::vector<Areas> areas_of(const Judged& judged, std::size_t sources, double partial) {
  std::vector<Areas> all;
  for (std::size_t source = 0; source < sources; ++source) {
    std::vector<double> scores;
    std::vector<std::int64_t> anomalous;
    for (std::size_t i = 0; i < judged.scores.size(); ++i) {
      if (judged.sources[i] != static_cast<std::int64_t>(source)) continue;
      scores.push_back(judged.scores[i]);
      anomalous.push_back(judged.anomalous[i]);
    }
    all.push_back({not_known, not_known});
    if (!has_both(anomalous)) continue;
    const auto curve = roc_curve(scores, anomalous);
    all.back() = {area_under(curve), partial_area_under(curve, partial)};
  }
  return all;
}

Areas mean_of(const std::vector<Areas>& areas) {
  std::vector<double> whole, partial;
  for (const auto& one : areas)
    if (!std::isnan(one.area)) whole.push_back(one.area), partial.push_back(one.partial);
  return {mean(whole), mean(partial)};
}

double AnomalyDetection::guided_by(const Answers& validation, const datasets::Dataset&) const {
  return mean(judged(validation).scores);
}

std::int64_t AnomalyDetection::outputs(const datasets::Dataset& data) const { return graph::elements(data.shape()); }

std::string AnomalyDetection::objection(const graph::Shape& output, const datasets::Dataset& data) const {
  if (output.size() == 3 && output != data.shape())
    return fmt::format("gives {}, the data {}: a network that gives back its input must have its shape",
                       graph::text_of(output), graph::text_of(data.shape()));
  if (graph::elements(output) == outputs(data)) return {};
  return fmt::format("gives {} numbers, the data has {}: what goes in must come out ({{ type: linear, out: outputs }})",
                     graph::elements(output), outputs(data));
}

Score AnomalyDetection::score(const Answers& answers, const datasets::Dataset& data) const {
  const auto all = judged(answers);
  const auto& sources = data.sources();
  const auto areas = areas_of(all, sources.size(), partial_);
  const auto means = mean_of(areas);
  Score score;
  score.value = means.area;
  score.more = {{"AUC", means.area}, {"pAUC", means.partial}, {"error", mean(all.scores)}};
  for (std::size_t i = 0; i < areas.size() && areas.size() > 1; ++i) {
    score.more.emplace_back("AUC " + sources[i], areas[i].area);
    score.more.emplace_back("pAUC " + sources[i], areas[i].partial);
  }
  return score;
}

std::int64_t AnomalyDetection::recordings(const Answers& answers) const {
  std::set<std::int64_t> groups;
  std::int64_t alone = 0;
  for (const auto& target : answers.targets) target.group < 0 ? void(++alone) : void(groups.insert(target.group));
  return groups.empty() ? 0 : static_cast<std::int64_t>(groups.size()) + alone;
}

Json AnomalyDetection::report(const Answers& answers, const datasets::Dataset& data) const {
  const auto all = judged(answers);
  const auto areas = areas_of(all, data.sources().size(), partial_);
  const auto means = mean_of(areas);
  auto json = Json::map(), sources = Json::list();
  json.set("AUC", means.area).set("pAUC", means.partial).set("largest_false_positive_rate", partial_);
  json.set("error", mean(all.scores)).set("recordings", static_cast<std::int64_t>(all.scores.size()));
  for (std::size_t i = 0; i < areas.size(); ++i)
    sources.push(Json::map().set("source", data.sources()[i]).set("AUC", areas[i].area).set("pAUC", areas[i].partial));
  json.set("sources", std::move(sources)).set("scores", Json::list_of(all.scores));
  return json.set("anomalous", Json::list_of(all.anomalous)).set("source_of", Json::list_of(all.sources));
}

Json AnomalyDetection::decoding(const datasets::Dataset&, const graph::Shape&) const {
  return Json::map().set("type", "reconstruction_error");
}

Json AnomalyDetection::chosen(const Answers& validation, const Answers& test, const datasets::Dataset&) const {
  const auto known = judged(validation), unknown = judged(test);
  std::vector<double> normal;
  for (std::size_t i = 0; i < known.scores.size(); ++i)
    if (!known.anomalous[i]) normal.push_back(known.scores[i]);
  if (normal.empty()) return Json::map();
  const double threshold = threshold_for(normal, false_positive_rate_);
  auto on_test = Json::map(), json = Json::map();
  on_test.set("false_positives", share_above(unknown, 0, threshold));
  on_test.set("true_positives", share_above(unknown, 1, threshold));
  json.set("threshold", threshold).set("false_positive_rate", false_positive_rate_);
  return json.set("recordings", static_cast<std::int64_t>(normal.size())).set("on_test", std::move(on_test));
}

bool is_anomaly_decoding(const Json& json) {
  return json.is_map() && json.at("type").is_text() && json.at("type").text() == "reconstruction_error";
}

AnomalyDecoding anomaly_decoding_of(const Json& json, const std::string& origin) {
  const auto &threshold = json.at("threshold"), &rate = json.at("false_positive_rate");
  if (!threshold.is_number() || !(threshold.number() >= 0))
    mistake(origin, "carries no threshold, which the end of a run chooses; let the run end and export it again");
  return {threshold.number(), rate.is_number() ? rate.number() : not_known};
}

}  // namespace espalier::tasks
