// Cross entropy of softmax, for classification. Of samples that are of several classes (mixup, cutmix) each class
// counts by its share: Zhang et al. 2018, "mixup", arXiv:1710.09412. Label smoothing gives a part of the target to all
// classes: Szegedy et al. 2016, arXiv:1512.00567.
#include <ATen/ATen.h>

#include <algorithm>

#include "base/error.h"
#include "schema/readers.h"
#include "schema/registry.h"
#include "training/loss.h"

namespace espalier::training::cross_entropy {

struct Options {
  static void describe(schema::Describe<Options>& d) { d.about("cross entropy of softmax, for classification"); }
};

/// [N, classes]: a sample's shares, or one for its label.
at::Tensor shares_of(const std::vector<datasets::Target>& targets, std::int64_t classes) {
  auto all = at::zeros({static_cast<std::int64_t>(targets.size()), classes}, at::kFloat);
  auto* row = all.mutable_data_ptr<float>();
  for (const auto& target : targets) {
    if (target.shares.empty()) row[target.label] = 1;
    std::copy(target.shares.begin(), target.shares.end(), row);
    row += classes;
  }
  return all;
}

class CrossEntropy : public Loss {
 public:
  void prepare(const tasks::Task& task, const datasets::Dataset&, const graph::Shape&) override {
    if (!task.is_classification()) mistake("training.loss", "cross_entropy is for classification");
  }

  Lost value(const at::Tensor& outputs, const Goal& goal) const override {
    const bool mixed = std::any_of(goal.targets.begin(), goal.targets.end(),
                                   [](const datasets::Target& target) { return !target.shares.empty(); });
    const auto labels = labels_of(goal.targets).to(outputs.device());
    const auto wanted = mixed ? shares_of(goal.targets, outputs.size(1)).to(outputs.device()) : labels;
    Lost lost;
    lost.value = at::cross_entropy_loss(outputs, wanted, {}, at::Reduction::Mean, -100, goal.label_smoothing);
    lost.measured["accuracy"] = outputs.detach().argmax(1).eq(labels).to(at::kFloat).mean().item<double>();
    return lost;
  }
};

void enlist(schema::Registry& registry) {
  registry.add<Loss, Options>(
      "loss", "cross_entropy",
      [](const Options&, const schema::Registry&, std::vector<Problem>&) { return std::make_unique<CrossEntropy>(); });
}

}  // namespace espalier::training::cross_entropy
