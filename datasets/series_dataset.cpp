#include "datasets/series_dataset.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "datasets/series_calibration.h"
#include "datasets/series_front_end.h"

namespace espalier::datasets {
namespace {

constexpr std::array<Split, 3> all_splits = {Split::train, Split::validation, Split::test};

class SeriesDataset final : public Dataset {
 public:
  SeriesDataset(const SeriesOptions& options, SeriesAugment augment, SeriesCatalog catalog,
                SeriesCalibration calibration)
      : seed_(static_cast<std::uint64_t>(options.seed)),
        augment_(std::move(augment)),
        catalog_(std::move(catalog)),
        calibration_(std::move(calibration)) {}

  const std::vector<std::int64_t>& shape() const override { return calibration_.front_end.shape(); }
  const std::vector<std::string>& classes() const override { return catalog_.classes; }
  std::int64_t size(Split split) const override { return static_cast<std::int64_t>(windows(split).size()); }
  std::int64_t label(Split split, std::int64_t index) const override { return window(split, index).label; }
  std::string id(Split split, std::int64_t index) const override { return window(split, index).id; }
  std::int64_t views() const override { return augment_.views(); }
  Json front_end() const override { return calibration_.front_end.json(); }
  std::string summary() const override;

  std::optional<RawForm> raw_form() const override {
    return RawForm{Matter::series, 1, catalog_.timing.window, static_cast<std::int64_t>(catalog_.channels.size())};
  }

  RawSample raw(Split split, std::int64_t index) const override {
    RawSample sample{*raw_form(), {}};
    const auto channels = catalog_.channels.size();
    for (std::int64_t row = 0; row < catalog_.timing.window; ++row)
      for (std::size_t c = 0; c < channels; ++c)
        sample.values.push_back(static_cast<float>(series_value(catalog_, window(split, index), row, c)));
    return sample;
  }

  void features_of_raw(const RawSample& sample, std::span<float> out) const override {
    std::vector<std::int16_t> rows(sample.values.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i] = calibration_.front_end.sample(i % catalog_.channels.size(), sample.values[i]);
    calibration_.front_end.compute(rows, out);
  }

  void features(Split split, std::int64_t index, View view, std::span<float> out) const override {
    const auto& sample = window(split, index);
    thread_local std::vector<std::int16_t> rows;
    rows.resize(static_cast<std::size_t>(calibration_.front_end.elements()));
    if (view.augmented && augment_.views() != 1)
      augmented(sample, view.epoch, rows);
    else
      plain(sample, rows);
    calibration_.front_end.compute(rows, out);
  }

 private:
  const std::vector<SeriesWindow>& windows(Split split) const {
    return catalog_.splits[static_cast<std::size_t>(split)];
  }
  const SeriesWindow& window(Split split, std::int64_t index) const {
    return windows(split).at(static_cast<std::size_t>(index));
  }

  void plain(const SeriesWindow& sample, std::span<std::int16_t> rows) const {
    const auto channels = catalog_.channels.size();
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i] = calibration_.front_end.sample(
          i % channels, series_value(catalog_, sample, static_cast<std::int64_t>(i / channels), i % channels));
  }

  void augmented(const SeriesWindow& sample, std::uint64_t epoch, std::span<std::int16_t> rows) const {
    thread_local std::vector<double> values;
    values.resize(rows.size());
    const auto views = static_cast<std::uint64_t>(augment_.views());
    // By the window's name, so that a part of the data sees the same views as the whole.
    Random random(seed_, "augment", views ? epoch % views : epoch, stable_hash(sample.id));
    const SeriesAugment::Source source{
        [&](std::int64_t row, std::size_t channel) { return series_value(catalog_, sample, row, channel); },
        calibration_.mean, calibration_.deviation, catalog_.channels.size() - sample.constants.size()};
    augment_.apply(source, random, catalog_.timing.window, values);
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i] = calibration_.front_end.sample(i % catalog_.channels.size(), values[i]);
  }

  std::uint64_t seed_;
  SeriesAugment augment_;
  SeriesCatalog catalog_;
  SeriesCalibration calibration_;
};

std::string SeriesDataset::summary() const {
  std::vector<std::string> parts;
  for (const auto split : all_splits) {
    std::vector<std::int64_t> counts(classes().size());
    for (const auto& sample : windows(split)) ++counts[static_cast<std::size_t>(sample.label)];
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < counts.size(); ++i) texts.push_back(fmt::format("{} {}", classes()[i], counts[i]));
    parts.push_back(fmt::format("{} {} ({})", name_of(split), grouped_text(size(split)), join(texts, ", ")));
  }
  parts.push_back(fmt::format("windows of {} rows of {} channel{}", catalog_.timing.window, catalog_.channels.size(),
                              catalog_.channels.size() == 1 ? "" : "s"));
  for (const auto& note : catalog_.notes) parts.push_back(note);
  for (const auto& note : calibration_.notes) parts.push_back(note);
  return join(parts, "; ");
}

/// Of windows that are not normal, training and validation know nothing; how many those were is noted.
void keep_normal_alone(SeriesCatalog& catalog, const std::string& normal, std::vector<Problem>& problems) {
  const auto found = std::find(catalog.classes.begin(), catalog.classes.end(), normal);
  if (found == catalog.classes.end())
    return problems.push_back(
        {catalog.origin, fmt::format("{} has no label '{}', which is to be the normal one{}; it has {}", catalog.where,
                                     normal, did_you_mean(normal, catalog.classes), join(catalog.classes, ", "))});
  const auto label = found - catalog.classes.begin();
  for (auto& split : catalog.splits)
    for (auto& window : split) window.label = window.label != label;
  catalog.classes = {"normal", "anomalous"};
  std::size_t dropped = 0;
  for (std::size_t split = 0; split < 2; ++split)
    dropped += std::erase_if(catalog.splits[split], [](const SeriesWindow& window) { return window.label != 0; });
  if (dropped)
    catalog.notes.push_back(fmt::format("{} anomalous windows kept out of training and validation",
                                        grouped_text(static_cast<std::int64_t>(dropped))));
}

/// Both kinds are in the test, else nothing can be told.
void check_test(const SeriesCatalog& catalog, std::vector<Problem>& problems) {
  const auto& test = catalog.splits[2];
  for (const std::int64_t label : {0, 1})
    if (!test.empty() &&
        std::none_of(test.begin(), test.end(), [&](const auto& window) { return window.label == label; }))
      problems.push_back({catalog.origin, fmt::format("{} has no {} windows for test", catalog.where,
                                                      catalog.classes[static_cast<std::size_t>(label)])});
}

void check_counts(const SeriesCatalog& catalog, bool normal_alone, std::vector<Problem>& problems) {
  const auto problem = [&](std::string text) {
    problems.push_back({catalog.origin, fmt::format("{} has {}", catalog.where, text)});
  };
  if (catalog.classes.size() < 2)
    problem(fmt::format("fewer than the 2 classes that training needs ({})", catalog.classes.size()));
  for (const auto split : all_splits)
    if (catalog.splits[static_cast<std::size_t>(split)].empty())
      problem(fmt::format("no windows for {}", name_of(split)));
  if (normal_alone) return check_test(catalog, problems);
  const auto& train = catalog.splits[0];
  for (std::size_t label = 0; label < catalog.classes.size() && !train.empty(); ++label)
    if (std::none_of(train.begin(), train.end(),
                     [&](const SeriesWindow& window) { return window.label == static_cast<std::int64_t>(label); }))
      problem(fmt::format("no training windows of '{}'; leave it out by `classes:`, or split otherwise",
                          catalog.classes[label]));
}

}  // namespace

std::int64_t fill_gaps(std::vector<float>& values, std::int64_t channels) {
  const auto step = static_cast<std::size_t>(channels), rows = values.size() / std::max<std::size_t>(1, step);
  std::int64_t filled = 0;
  for (std::size_t c = 0; c < step; ++c) {
    const auto at = [&](std::size_t row) -> float& { return values[row * step + c]; };
    std::size_t known = rows;  // the last row that has a value
    for (std::size_t row = 0; row < rows; ++row) {
      if (std::isnan(at(row))) continue;
      const auto first = known == rows ? 0 : known + 1;
      for (std::size_t gap = first; gap < row; ++gap, ++filled) {
        const double part = known == rows ? 1 : static_cast<double>(gap - known) / static_cast<double>(row - known);
        at(gap) = known == rows ? at(row) : static_cast<float>(at(known) + part * (at(row) - at(known)));
      }
      known = row;
    }
    if (known == rows) return -1;
    for (std::size_t gap = known + 1; gap < rows; ++gap, ++filled) at(gap) = at(known);
  }
  return filled;
}

void add_recording(SeriesCatalog& catalog, SeriesRecording recording, schema::Bytes memory) {
  catalog.bytes += static_cast<std::int64_t>(recording.values.size() * sizeof(float));
  if (catalog.bytes > memory.count)
    mistake(catalog.where, fmt::format("holds more series than {} of memory; raise `memory:`, or use fewer files",
                                       bytes_text(memory.count)));
  catalog.recordings.push_back(std::move(recording));
}

void divide(SeriesCatalog& catalog, const SeriesOptions& options, bool stratified, std::vector<Problem>& problems) {
  const auto before = problems.size();
  auto chosen = schema::read_options<SplitOptions>(options.split.value, "split", problems);
  if (problems.size() != before) return;
  auto& train = catalog.splits[0];
  const bool has_test = !catalog.splits[2].empty(), has_validation = !catalog.splits[1].empty();
  if (has_test && has_validation) return;
  if (has_validation) chosen.validation = 0;
  std::vector<SplitUnit> units;
  for (const auto& window : train)
    units.push_back({window.group, stratified ? catalog.classes[static_cast<std::size_t>(window.label)] : ""});
  const auto splits =
      divide(units, chosen, has_test,
             options.split.value.is_null() ? catalog.origin : options.split.value.origin().text(), problems);
  auto all = std::move(train);
  train.clear();
  for (std::size_t i = 0; i < all.size(); ++i)
    catalog.splits[static_cast<std::size_t>(splits[i])].push_back(std::move(all[i]));
}

std::unique_ptr<Dataset> make_series_dataset(const SeriesOptions& options, SeriesCatalog catalog,
                                             std::vector<Problem>& problems) {
  const auto before = problems.size();
  SeriesAugment augment(options.augment.value, problems);
  const auto features = schema::read_options<SeriesFeatureOptions>(options.features.value, "features", problems);
  if (!options.normal.empty()) keep_normal_alone(catalog, options.normal, problems);
  if (problems.size() == before) check_counts(catalog, !options.normal.empty(), problems);
  if (problems.size() != before) return nullptr;
  auto calibration = calibrate(features, options.features.value.origin().text(), catalog, problems);
  if (!calibration) return nullptr;
  return std::make_unique<SeriesDataset>(options, std::move(augment), std::move(catalog), std::move(*calibration));
}

}  // namespace espalier::datasets
