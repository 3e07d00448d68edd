// Recordings of two machines, two windows each, and errors that tell them apart to a degree.
#pragma once
#include "tasks/anomaly_detection.h"

namespace espalier::tasks {

struct Machines final : datasets::Dataset {
  std::vector<std::int64_t> shape_ = {1, 2, 3};
  std::vector<std::string> classes_ = {"normal", "anomalous"}, sources_ = {"id_01", "id_02"};
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<std::string>& sources() const override { return sources_; }
  std::int64_t size(datasets::Split) const override { return 1; }
  std::int64_t label(datasets::Split, std::int64_t) const override { return 0; }
  void features(datasets::Split, std::int64_t, datasets::View, std::span<float>) const override {}
};

struct OfRecording {
  std::int64_t source = 0;
  bool anomalous = false;
  float first = 0, second = 0;  ///< errors of its windows
};

inline Answers errors_of(const std::vector<OfRecording>& recordings) {
  Answers all;
  all.width = 1;
  all.shape = {1};
  for (std::size_t i = 0; i < recordings.size(); ++i)
    for (const float error : {recordings[i].first, recordings[i].second}) {
      datasets::Target target;
      target.label = recordings[i].anomalous;
      target.group = static_cast<std::int64_t>(i);
      target.source = recordings[i].source;
      all.targets.push_back(target);
      all.values.push_back(error);
    }
  return all;
}

}  // namespace espalier::tasks
