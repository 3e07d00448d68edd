// Focal loss: samples that are classified well already count less, (1 - p)^gamma of their cross entropy, so that the
// many easy ones of a frequent class do not drown the few of a rare one. Lin et al. 2017, "Focal Loss for Dense Object
// Detection", arXiv:1708.02002. At gamma 0 it is the (weighted) cross entropy.
#include <ATen/ATen.h>

#include "base/error.h"
#include "schema/readers.h"
#include "schema/registry.h"
#include "training/class_weights.h"
#include "training/loss.h"

namespace espalier::training::focal {

struct Options {
  double gamma = 2;
  schema::Part class_weights;
  static void describe(schema::Describe<Options>& d) {
    d.about("cross entropy in which easy samples count less, for classification", "Lin et al. 2017, arXiv:1708.02002");
    d.key("gamma", &Options::gamma, "how much less: the factor is (1 - p)^gamma").range(0, 10);
    d.key("class_weights", &Options::class_weights, "balanced, or a number for each class; default: all count alike");
  }
};

class Focal : public Loss {
 public:
  explicit Focal(Options options) : options_(std::move(options)) {}

  void prepare(const tasks::Task& task, const datasets::Dataset& data, const graph::Shape&) override {
    if (!task.is_classification()) mistake("training.loss", "focal is for classification");
    weights_ = class_weights(options_.class_weights.value, data);
  }

  Lost value(const at::Tensor& outputs, const Goal& goal) const override {
    const auto classes = outputs.size(1);
    const auto labels = labels_of(goal.targets).to(outputs.device());
    const auto shares = (shares_of(goal.targets, classes) * (1 - goal.label_smoothing) +
                         goal.label_smoothing / static_cast<double>(classes))
                            .to(outputs.device());
    const auto weights = at::tensor(weights_, outputs.options().requires_grad(false));
    const auto log_p = at::log_softmax(outputs, 1);
    // Away from 0, where the power's slope is not finite below gamma 1.
    const auto hard = at::pow((1 - at::exp(log_p)).clamp_min(1e-6), options_.gamma);
    Lost lost;
    lost.value = -(shares * weights * hard * log_p).sum() / (shares * weights).sum().clamp_min(1e-12);
    lost.measured["accuracy"] = outputs.detach().argmax(1).eq(labels).to(at::kFloat).mean().item<double>();
    return lost;
  }

 private:
  Options options_;
  std::vector<float> weights_;
};

void enlist(schema::Registry& registry) {
  registry.add<Loss, Options>("loss", "focal",
                              [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                return std::make_unique<Focal>(options);
                              });
}

}  // namespace espalier::training::focal
