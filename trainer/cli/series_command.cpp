#include "cli/series_command.h"

#include <cstdio>
#include <iostream>
#include <map>
#include <optional>

#include "base/interrupt.h"
#include "base/json.h"
#include "base/text.h"
#include "deployment/series_predictor.h"

namespace espalier::cli {
namespace {

void print(const std::string& file, const deployment::SeriesPrediction& found, std::optional<double> threshold,
           bool json) {
  const auto& said = found.said;
  const double number = said.score ? *said.score : said.probabilities[said.best];
  if (json) {
    auto line = Json::map();
    if (!file.empty()) line.set("file", file);
    line.set("seconds", found.seconds).set("label", said.label).set(said.score ? "score" : "probability", number);
    if (threshold) line.set("threshold", *threshold);
    std::printf("%s\n", line.dump().c_str());
  } else {
    std::printf("%9s s  %-16s %s\n", fixed_text(found.seconds, 2).c_str(), said.label.c_str(),
                said.score ? concat("score ", fixed_text(number, 3), ", threshold ", fixed_text(*threshold, 3)).c_str()
                           : concat(fixed_text(100 * number, 1), " %").c_str());
  }
  std::fflush(stdout);
}

void print_counts(const std::string& file, const std::map<std::string, std::int64_t>& counts) {
  std::int64_t all = 0;
  std::vector<std::string> parts;
  for (const auto& [label, count] : counts) all += count;
  for (const auto& [label, count] : counts)
    parts.push_back(concat(label, " ", grouped_text(count), " (",
                           fixed_text(100 * static_cast<double>(count) / static_cast<double>(all), 0), " %)"));
  std::printf("%s: %s\n", file.c_str(), parts.empty() ? "shorter than one window" : join(parts, ", ").c_str());
}

}  // namespace

int predict_series(const deployment::ExportedModel& model, const std::vector<std::string>& files,
                   const SeriesArguments& arguments) {
  const deployment::SeriesPredictor predictor(model);
  for (const auto& file : files) {
    std::map<std::string, std::int64_t> counts;
    predictor.predict_file(file, arguments.annotator, [&](const deployment::SeriesPrediction& found) {
      ++counts[found.said.label];
      print(file, found, predictor.threshold(), arguments.json);
    });
    if (!arguments.json) print_counts(file, counts);
  }
  return 0;
}

int stream_series(const deployment::ExportedModel& model, const SeriesArguments& arguments) {
  const deployment::SeriesPredictor predictor(model);
  predictor.predict_lines(
      [](std::string& line) { return !interrupted() && std::getline(std::cin, line); },
      [&](const deployment::SeriesPrediction& found) { print("", found, predictor.threshold(), arguments.json); });
  return 0;
}

}  // namespace espalier::cli
