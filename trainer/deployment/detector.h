// Things in pictures, by the integer model as a device runs it: front end, program, decoding.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "datasets/image_file.h"
#include "deployment/exported_model.h"
#include "tasks/average_precision.h"
#include "tasks/drawing.h"

namespace espalier::deployment {

/// What was found in a picture, the surest first, in the picture's own pixels.
struct Found {
  std::vector<tasks::FoundBox> boxes;
  double milliseconds = 0;  ///< front end, network and decoding together
};

class Detector {
 public:
  /// `threshold`: of scores, in (0, 1]; 0: what the model was exported with. Throws Error(mistake) for a model that
  /// carries no decoding of boxes or points.
  Detector(const ExportedModel& model, double threshold);
  ~Detector();
  /// Does the model say how its outputs become boxes or points?
  static bool is_one(const ExportedModel& model);

  Found find(const datasets::Image& image) const;
  const std::vector<std::string>& labels() const;
  /// What find() found, drawn into the picture; a caption keeps its corner from picture to picture.
  void draw(datasets::Image& image, const Found& found, tasks::Caption* caption = nullptr) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace espalier::deployment
