// Cross entropy of softmax, for classification. Of samples that are of several classes (mixup, cutmix) each class
// counts by its share: Zhang et al. 2018, "mixup", arXiv:1710.09412. Label smoothing gives a part of the target to all
// classes: Szegedy et al. 2016, arXiv:1512.00567. With class weights it is the weighted mean, as PyTorch's.
#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "schema/readers.h"
#include "schema/registry.h"
#include "training/class_weights.h"
#include "training/loss.h"

namespace espalier::training::cross_entropy {

struct Options {
  schema::Part class_weights;
  static void describe(schema::Describe<Options>& d) {
    d.about("cross entropy of softmax, for classification");
    d.key("class_weights", &Options::class_weights, "balanced, or a number for each class; default: all count alike");
  }
};

class CrossEntropy : public Loss {
 public:
  explicit CrossEntropy(Options options) : options_(std::move(options)) {}

  void prepare(const tasks::Task& task, const datasets::Dataset& data, const graph::Shape&) override {
    if (!task.is_classification()) mistake("training.loss", "cross_entropy is for classification");
    if (!options_.class_weights.value.is_null()) weights_ = class_weights(options_.class_weights.value, data);
  }

  Lost value(const at::Tensor& outputs, const Goal& goal) const override {
    const bool mixed = std::any_of(goal.targets.begin(), goal.targets.end(),
                                   [](const datasets::Target& target) { return !target.shares.empty(); });
    const auto labels = labels_of(goal.targets).to(outputs.device());
    const auto wanted = mixed ? shares_of(goal.targets, outputs.size(1)).to(outputs.device()) : labels;
    Lost lost;
    if (weights_.empty() || mixed) {
      lost.value =
          at::cross_entropy_loss(outputs, wanted, weights_on(outputs), at::Reduction::Mean, -100, goal.label_smoothing);
    } else {  // the weighted mean spelt out, since that of a batch in which nothing weighs would be 0/0
      const auto weights = weights_on(outputs);
      lost.value = at::cross_entropy_loss(outputs, labels, weights, at::Reduction::Sum, -100, goal.label_smoothing) /
                   weights->index_select(0, labels).sum().clamp_min(1e-12);
    }
    lost.measured["accuracy"] = outputs.detach().argmax(1).eq(labels).to(at::kFloat).mean().item<double>();
    return lost;
  }

 private:
  std::optional<at::Tensor> weights_on(const at::Tensor& outputs) const {
    if (weights_.empty()) return {};
    return at::tensor(weights_, outputs.options().requires_grad(false));
  }

  Options options_;
  std::vector<float> weights_;  ///< [classes]; empty: all 1
};

void enlist(schema::Registry& registry) {
  registry.add<Loss, Options>("loss", "cross_entropy",
                              [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                return std::make_unique<CrossEntropy>(options);
                              });
}

}  // namespace espalier::training::cross_entropy
