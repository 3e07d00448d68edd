// Where things are in pictures, without their extents. The training loss reads the grid, too.
#pragma once
#include <string>
#include <vector>

#include "device_runtime/centroid_decoder.h"
#include "tasks/task.h"

namespace espalier::tasks {

/// Where outputs {1 + classes, rows, columns} lie in the picture.
struct CentroidGrid {
  std::int64_t classes = 0, rows = 0, columns = 0;
  std::int64_t stride = 1;  ///< pixels from cell to cell
};

struct Centroid {
  double x = 0, y = 0;  ///< the cell's centre, in pixels of the network's input
  std::int64_t label = 0;
  double score = 0;  ///< probability of the class against nothing
};

/// See device_runtime/centroid_decoder.h for what the outputs mean.
class CentroidDetection : public Task {
 public:
  explicit CentroidDetection(double score_threshold) : threshold_(score_threshold) {}

  /// F1 over all things: a centroid is right where it lies in a box of its class, at most half a cell outside of it,
  /// that no other centroid has taken.
  Metric metric() const override { return {"F1", true}; }
  std::string default_loss() const override { return "centroids"; }
  std::string objection(const graph::Shape& output, const datasets::Dataset& data) const override;
  std::int64_t outputs(const datasets::Dataset& data) const override {
    return static_cast<std::int64_t>(data.classes().size()) + 1;
  }
  Score score(const Answers& answers, const datasets::Dataset& data) const override;
  Json report(const Answers& answers, const datasets::Dataset& data) const override;
  Json decoding(const datasets::Dataset& data, const graph::Shape& output) const override;

  CentroidGrid grid(const graph::Shape& output, const datasets::Dataset& data) const;

 private:
  struct Count {
    std::int64_t right = 0, found = 0, there = 0;
    double precision() const { return found ? static_cast<double>(right) / static_cast<double>(found) : 0; }
    double recall() const { return there ? static_cast<double>(right) / static_cast<double>(there) : 0; }
    double f1() const;
  };
  /// Of each class.
  std::vector<Count> counted(const Answers& answers, const datasets::Dataset& data) const;
  static Count sum_of(const std::vector<Count>& counts);

  double threshold_;
};

/// The device's decoder for logits of which a step is worth `scale`.
espalier_centroid_decoder device_decoder(const CentroidGrid& grid, double score_threshold, float scale);

/// The device's decoder over an output's codes [rows][columns][1 + classes]; `scale`: what a step of the logits is
/// worth.
std::vector<Centroid> decode_centroids(const CentroidGrid& grid, double score_threshold,
                                       std::span<const std::int8_t> outputs, float scale);
/// The same of float logits [1 + classes][rows][columns].
std::vector<Centroid> decode_centroids(const CentroidGrid& grid, double score_threshold,
                                       std::span<const float> outputs);

/// What decoding() gave, back. Throws Error(mistake) with `origin`.
CentroidGrid centroid_grid_of(const Json& json, const std::string& origin, double& score_threshold);

}  // namespace espalier::tasks
