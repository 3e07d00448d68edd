// The loss of a network whose cells tell what lies on them: cross entropy over cells, in which a cell with a thing
// weighs as much as many without, since most are. A box is told by the cell that holds its centre; the cells around it
// that lie in the box teach nothing, so that either answer is right there, as is what boxes to be ignored cover. Moreau
// & Kelcey 2022, "Faster objects, more objects" (FOMO), weighted cross entropy.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "schema/readers.h"
#include "schema/registry.h"
#include "tasks/centroid_detection.h"
#include "training/loss.h"

namespace espalier::training::centroid_loss {

struct Options {
  double thing_weight = 20;
  static void describe(schema::Describe<Options>& d) {
    d.about("cross entropy of cells, those with a thing weighing more");
    d.key("thing_weight", &Options::thing_weight, "of a cell with a thing; one without weighs 1").range(0.1, 10000);
  }
};

constexpr std::int64_t teaches_nothing = -100;

class CentroidLoss : public Loss {
 public:
  explicit CentroidLoss(Options options) : options_(options) {}

  void prepare(const tasks::Task& task, const datasets::Dataset& data, const graph::Shape& output) override {
    const auto* detection = dynamic_cast<const tasks::CentroidDetection*>(&task);
    if (!detection) mistake("training.loss", "centroids is for `task: centroid_detection`");
    if (detection->objection(output, data).empty()) grid_ = detection->grid(output, data);
  }

  Lost value(const at::Tensor& outputs, const Goal& goal) const override {
    const auto cells = static_cast<std::size_t>(grid_.rows * grid_.columns);
    std::vector<std::int64_t> wanted;
    for (const auto& target : goal.targets) {
      const auto begin = wanted.size();
      wanted.resize(begin + cells);
      teach(target, std::span(wanted).subspan(begin));
    }
    const auto classes =
        at::tensor(wanted, at::kLong).view({outputs.size(0), grid_.rows, grid_.columns}).to(outputs.device());
    auto weights = at::full({outputs.size(1)}, options_.thing_weight, outputs.options().requires_grad(false));
    weights[0] = 1;
    // The mean over what teaches; a batch in which nothing does (a crowd everywhere) has a loss of 0, not 0 / 0.
    const auto teaching =
        weights.index_select(0, classes.clamp_min(0).flatten()) * classes.flatten().ne(teaches_nothing);
    Lost lost;
    lost.value = at::cross_entropy_loss(outputs, classes, weights, at::Reduction::Sum, teaches_nothing) /
                 teaching.sum().clamp_min(1e-6);
    return lost;
  }

 private:
  void teach(const datasets::Target& target, std::span<std::int64_t> wanted) const {
    for (const auto& box : target.boxes)
      for (std::int64_t row = 0; row < grid_.rows; ++row)
        for (std::int64_t column = 0; column < grid_.columns; ++column) {
          const double x = middle(column), y = middle(row);
          if (x > box.left && x < box.right && y > box.top && y < box.bottom)
            wanted[static_cast<std::size_t>(row * grid_.columns + column)] = teaches_nothing;
        }
    for (const auto& box : target.boxes)
      if (!box.ignored)
        wanted[static_cast<std::size_t>(
            cell((static_cast<double>(box.top) + box.bottom) / 2, grid_.rows) * grid_.columns +
            cell((static_cast<double>(box.left) + box.right) / 2, grid_.columns))] = box.label + 1;
  }
  double middle(std::int64_t index) const {
    return (static_cast<double>(index) + 0.5) * static_cast<double>(grid_.stride);
  }
  std::int64_t cell(double pixel, std::int64_t cells) const {
    return std::clamp(static_cast<std::int64_t>(std::floor(pixel / static_cast<double>(grid_.stride))), std::int64_t{0},
                      cells - 1);
  }

  Options options_;
  tasks::CentroidGrid grid_;
};

void enlist(schema::Registry& registry) {
  registry.add<Loss, Options>("loss", "centroids",
                              [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                return std::make_unique<CentroidLoss>(options);
                              });
}

}  // namespace espalier::training::centroid_loss
