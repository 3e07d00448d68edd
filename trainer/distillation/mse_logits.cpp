// Logit matching: value = mean over batch and classes of (s - t)^2. Of outputs that are no scores of classes (a
// detector's maps) the mean over all of them, unless a sample's mean is to be left out. No temperature: it is what soft
// targets become as the temperature grows, up to a constant for each sample. Ba and Caruana 2014, "Do deep nets really
// need to be deep?", arXiv:1312.6184.
#include <ATen/ATen.h>

#include "distillation/loss.h"
#include "schema/registry.h"

namespace espalier::distillation::mse_logits {

struct Options {
  bool centre = false;
  static void describe(schema::Describe<Options>& d) {
    d.about("squared distance of the logits", "Ba & Caruana 2014, arXiv:1312.6184");
    d.key("centre", &Options::centre, "subtracts each sample's mean first, which the softmax does not see");
  }
};

class LogitDistance : public LogitLoss {
 public:
  explicit LogitDistance(Options options) : options_(options) {}
  bool compares_classes() const override { return options_.centre; }
  at::Tensor value(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor&) const override {
    auto difference = student - teacher;
    if (options_.centre) difference = difference - difference.mean(1, /*keepdim=*/true);
    return difference.square().mean();
  }

 private:
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<LogitLoss, Options>("distillation_loss", "mse_logits",
                                   [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                     return std::make_unique<LogitDistance>(options);
                                   });
}

}  // namespace espalier::distillation::mse_logits
