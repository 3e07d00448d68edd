// Finding things in pictures: the boxes' grid and how they are judged. The training loss reads it, too.
#pragma once
#include <string>

#include "tasks/box_decoding.h"
#include "tasks/task.h"

namespace espalier::tasks {

/// Outputs {classes + 5, rows, columns}; see device_runtime/box_decoder.h for what they mean.
class ObjectDetection : public Task {
 public:
  /// `metric`: "mAP50", "mAP" (COCO, 0.5 to 0.95) or "voc_mAP50". `unit`: pixels of a distance of 1; 0: the stride.
  ObjectDetection(std::string metric, double unit, SuppressionOptions options)
      : metric_(std::move(metric)), unit_(unit), options_(options) {}

  Metric metric() const override { return {metric_, true}; }
  std::string default_loss() const override { return "boxes"; }
  std::string objection(const graph::Shape& output, const datasets::Dataset& data) const override;
  std::int64_t outputs(const datasets::Dataset& data) const override {
    return static_cast<std::int64_t>(data.classes().size()) + 5;
  }
  Score score(const Answers& answers, const datasets::Dataset& data) const override;
  Json report(const Answers& answers, const datasets::Dataset& data) const override;
  /// A line for each picture and class: how many boxes count ("boxes"), and each network's detections by falling score,
  /// with a + where COCO takes them for right at an overlap of 0.5 and a - where it does not: "+0.912003 -0.104996".
  Lines of_samples(const Said& said, const datasets::Dataset& data, datasets::Split split) const override;
  std::vector<std::string> labels(const datasets::Dataset& data) const override { return data.classes(); }
  Json decoding(const datasets::Dataset& data, const graph::Shape& output) const override;

  /// Of outputs that objection() has nothing against.
  BoxGrid grid(const graph::Shape& output, const datasets::Dataset& data) const;

 private:
  /// By the device's decoder where the answers are its codes.
  std::vector<FoundInPicture> found(const Answers& answers, const datasets::Dataset& data) const;
  Precisions judged(const Answers& answers, const datasets::Dataset& data) const;

  std::string metric_;
  double unit_;
  SuppressionOptions options_;  ///< of the device; scoring keeps boxes of any score that could matter
};

}  // namespace espalier::tasks
