// The loss of a detector whose cells each tell a class, the distances to a box's edges and how good the box is.
//
//   focal(classes) / P + box_weight * mean(1 - GIoU + smooth L1 / 2) + quality_weight * mean(BCE(quality, its target))
//
// P: cells that a box was given to. Classes weigh (P / (classes * P of the class)) ^ balance, in all three terms, with
// P counted over the training pictures and weights scaled so that they are 1 in the mean over cells: else a class of
// few and small boxes has almost no say, and the network learns to be never sure of it. A box is given to the cells
// whose centre lies inside it and at most `radius` cells from its centre, and always to the cell that holds its centre;
// where several boxes want a cell, the smallest gets it. Cells in boxes that are to be ignored teach nothing. Quality
// learns the overlap that the box has at the moment, or its centre-ness. Lin et al. 2017, "Focal loss",
// arXiv:1708.02002; Tian et al. 2019, "FCOS", arXiv:1904.01355 (centre-ness, centre sampling); Rezatofighi et al. 2019,
// "Generalized IoU", arXiv:1902.09630.
#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "schema/readers.h"
#include "schema/registry.h"
#include "tasks/object_detection.h"
#include "training/loss.h"

namespace espalier::training::box_loss {

using at::Tensor;

struct Options {
  double alpha = 0.25, gamma = 2, radius = 1.5, balance = 0.5, box_weight = 2, quality_weight = 1;
  std::string quality = "overlap";
  static void describe(schema::Describe<Options>& d) {
    d.about("focal loss of classes, generalised overlap of boxes, and their quality",
            "Tian et al. 2019, arXiv:1904.01355");
    d.key("alpha", &Options::alpha, "weight of what is there against what is not").range(0, 1);
    d.key("gamma", &Options::gamma, "how much less the easy cells count").range(0, 10);
    d.key("radius", &Options::radius, "cells around a box's centre that learn it").range(0.5, 100).in("cells");
    d.key("balance", &Options::balance,
          "of classes; 0: each weighs as many cells as it has, 1: all weigh the same, 0.5: between")
        .range(0, 1);
    d.key("box_weight", &Options::box_weight, "of the boxes' edges").range(0, 1000);
    d.key("quality_weight", &Options::quality_weight, "of the boxes' quality").range(0, 1000);
    d.key("quality", &Options::quality,
          "what a box's quality is: its overlap with the truth, or how central its cell is")
        .one_of({"overlap", "centre_ness"});
  }
};

/// What the cells of a batch should say.
struct Lesson {
  Tensor classes;    ///< [N, cells] int64; -1: nothing is there, -2: teaches nothing
  Tensor positives;  ///< [P] int64, into N * cells
  Tensor distances;  ///< [P, 4] float32: left, top, right, bottom in units
};

class Assignment {
 public:
  Assignment(const tasks::BoxGrid& grid, double radius) : grid_(grid), radius_(radius) {}

  Lesson of(const std::vector<datasets::Target>& targets) {
    const auto cells = grid_.rows * grid_.columns;
    for (const auto& target : targets) {
      classes_.resize(classes_.size() + static_cast<std::size_t>(cells), -1);
      owner_.assign(static_cast<std::size_t>(cells), nullptr);
      for (const auto& box : target.boxes) box.ignored ? ignore(box) : give(box);
      collect();
    }
    Lesson lesson;
    const auto count = static_cast<std::int64_t>(positives_.size());
    lesson.classes = at::tensor(classes_, at::kLong).view({static_cast<std::int64_t>(targets.size()), cells});
    lesson.positives = at::tensor(positives_, at::kLong);
    lesson.distances = at::tensor(distances_, at::kFloat).view({count, 4});
    return lesson;
  }

 private:
  double centre(std::int64_t index) const {
    return (static_cast<double>(index) + 0.5) * static_cast<double>(grid_.stride);
  }
  std::int64_t cell_of(double pixel, std::int64_t cells) const {
    return std::clamp(static_cast<std::int64_t>(std::floor(pixel / static_cast<double>(grid_.stride))), std::int64_t{0},
                      cells - 1);
  }
  static double area(const datasets::Box& box) {
    return (static_cast<double>(box.right) - box.left) * (static_cast<double>(box.bottom) - box.top);
  }
  template <class Do>
  void each_cell(const Do& act) {
    for (std::int64_t row = 0; row < grid_.rows; ++row)
      for (std::int64_t column = 0; column < grid_.columns; ++column)
        act(static_cast<std::size_t>(row * grid_.columns + column), centre(column), centre(row));
  }
  static bool inside(const datasets::Box& box, double x, double y) {
    return x > box.left && x < box.right && y > box.top && y < box.bottom;
  }

  void ignore(const datasets::Box& box) {
    const auto base = classes_.size() - owner_.size();
    each_cell([&](std::size_t cell, double x, double y) {
      if (inside(box, x, y)) classes_[base + cell] = -2;
    });
  }

  void give(const datasets::Box& box) {
    const double middle_x = (static_cast<double>(box.left) + box.right) / 2,
                 middle_y = (static_cast<double>(box.top) + box.bottom) / 2,
                 reach = radius_ * static_cast<double>(grid_.stride);
    const auto home =
        static_cast<std::size_t>(cell_of(middle_y, grid_.rows) * grid_.columns + cell_of(middle_x, grid_.columns));
    each_cell([&](std::size_t cell, double x, double y) {
      const bool near = inside(box, x, y) && std::abs(x - middle_x) < reach && std::abs(y - middle_y) < reach;
      if ((near || cell == home) && (!owner_[cell] || area(box) < area(*owner_[cell]))) owner_[cell] = &box;
    });
  }

  void collect() {
    const auto base = classes_.size() - owner_.size();
    each_cell([&](std::size_t cell, double x, double y) {
      const auto* box = owner_[cell];
      if (!box) return;
      classes_[base + cell] = box->label;
      positives_.push_back(static_cast<std::int64_t>(base + cell));
      for (const double distance : {x - box->left, y - box->top, box->right - x, box->bottom - y})
        distances_.push_back(static_cast<float>(distance / grid_.unit));
    });
  }

  tasks::BoxGrid grid_;
  double radius_;
  std::vector<const datasets::Box*> owner_;
  std::vector<std::int64_t> classes_, positives_;
  std::vector<float> distances_;
};

/// [classes] of float64, 1 in the mean over the cells that boxes have in the training pictures, as they are without
/// augmentation. Classes without a cell weigh 1.
Tensor class_weights(const tasks::BoxGrid& grid, const datasets::Dataset& data, double radius, double balance) {
  auto cells = at::zeros({grid.classes}, at::kDouble);
  const auto pictures = balance > 0 ? data.size(datasets::Split::train) : 0;
  for (std::int64_t i = 0; i < pictures; ++i) {
    const auto classes = Assignment(grid, radius).of({data.target(datasets::Split::train, i)}).classes.flatten();
    cells += at::bincount(classes.masked_select(classes.ge(0)), {}, grid.classes);
  }
  const auto found = cells.gt(0);
  const auto weights = at::where(found, cells.clamp_min(1).pow(-balance), at::ones_like(cells));
  const double all = cells.sum().item<double>();
  return all > 0 ? at::where(found, weights * (all / (weights * cells).sum()), weights) : weights;
}

/// Sum over classes and cells. logits: [N, classes, cells], classes: [N, cells] of Lesson, weights: [classes].
Tensor focal(const Tensor& logits, const Tensor& classes, const Tensor& weights, double alpha, double gamma) {
  const auto indices = at::arange(logits.size(1), classes.options()).view({1, -1, 1});
  const auto there = classes.unsqueeze(1).eq(indices).to(logits.scalar_type());
  const auto counts = classes.unsqueeze(1).ne(-2).to(logits.scalar_type());
  const auto sure = at::sigmoid(logits);
  const auto cost = at::softplus(logits) - logits * there;  // binary cross entropy
  const auto miss = there * (1 - sure) + (1 - there) * sure, weight = there * alpha + (1 - there) * (1 - alpha);
  return (counts * weight * weights.view({1, -1, 1}) * miss.pow(gamma) * cost).sum();
}

/// Of boxes told by distances from one point, [P, 4]. `enclosing`: generalised, in [-1, 1], else plain, in [0, 1].
Tensor overlap(const Tensor& a, const Tensor& b, bool enclosing) {
  const auto extent = [](const Tensor& d, int axis) {
    return (d.select(1, axis) + d.select(1, axis + 2)).clamp_min(0);
  };
  const auto both = at::minimum(a, b), hull = at::maximum(a, b);
  const auto common = extent(both, 0) * extent(both, 1);
  const auto all = extent(a, 0) * extent(a, 1) + extent(b, 0) * extent(b, 1) - common;
  const auto plain = common / all.clamp_min(1e-7);
  if (!enclosing) return plain;
  const auto around = (extent(hull, 0) * extent(hull, 1)).clamp_min(1e-7);
  return plain - (around - all) / around;
}

/// sqrt(min(l, r) / max(l, r) * min(t, b) / max(t, b)) of [P, 4]; 0 where the cell's centre lies outside.
Tensor centre_ness(const Tensor& distances) {
  const auto share = [&](int axis) {
    const auto a = distances.select(1, axis), b = distances.select(1, axis + 2);
    return at::minimum(a, b).clamp_min(0) / at::maximum(a, b).clamp_min(1e-7);
  };
  return (share(0) * share(1)).sqrt();
}

class BoxLoss : public Loss {
 public:
  explicit BoxLoss(Options options) : options_(std::move(options)) {}

  void prepare(const tasks::Task& task, const datasets::Dataset& data, const graph::Shape& output) override {
    const auto* detection = dynamic_cast<const tasks::ObjectDetection*>(&task);
    if (!detection) mistake("training.loss", "boxes is for `task: object_detection`");
    if (!detection->objection(output, data).empty()) return;
    grid_ = detection->grid(output, data);
    weights_ = class_weights(grid_, data, options_.radius, options_.balance);
  }

  Lost value(const Tensor& outputs, const Goal& goal) const override {
    const auto lesson = Assignment(grid_, options_.radius).of(goal.targets);
    const auto device = outputs.device();
    const auto flat = outputs.flatten(2);  // [N, classes + 5, cells]
    const auto positives = lesson.positives.to(device), wanted = lesson.distances.to(device, outputs.scalar_type());
    const double count = std::max<double>(1, static_cast<double>(positives.size(0)));
    const auto of_positives = [&](std::int64_t first, std::int64_t channels) {
      return flat.narrow(1, first, channels).permute({0, 2, 1}).reshape({-1, channels}).index_select(0, positives);
    };
    const auto distances = of_positives(grid_.classes, 4);
    const auto quality = of_positives(grid_.classes + 4, 1).squeeze(1);
    const auto of_class = weights_.to(device, outputs.scalar_type());
    const auto weights = of_class.index_select(0, lesson.classes.flatten().to(device).index_select(0, positives));
    const auto classes =
        focal(flat.narrow(1, 0, grid_.classes), lesson.classes.to(device), of_class, options_.alpha, options_.gamma) /
        count;
    const auto edges = at::smooth_l1_loss(distances, wanted, at::Reduction::None, 0.5).mean(1);
    const auto boxes = (weights * (1 - overlap(distances, wanted, true) + 0.5 * edges)).sum() / count;
    const auto goodness =
        options_.quality == "overlap" ? overlap(distances.detach(), wanted, false) : centre_ness(wanted);
    const auto told = at::binary_cross_entropy_with_logits(quality, goodness, weights, {}, at::Reduction::Sum) / count;
    Lost lost;
    lost.value = classes + options_.box_weight * boxes + options_.quality_weight * told;
    lost.measured = {{"loss.classes", classes.item<double>()},
                     {"loss.boxes", boxes.item<double>()},
                     {"loss.quality", told.item<double>()}};
    return lost;
  }

 private:
  Options options_;
  tasks::BoxGrid grid_;
  Tensor weights_;  ///< [classes]
};

void enlist(schema::Registry& registry) {
  registry.add<Loss, Options>("loss", "boxes",
                              [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                return std::make_unique<BoxLoss>(options);
                              });
}

}  // namespace espalier::training::box_loss
