// Cross-entropy of the student under the teacher's softened distribution:
//
//   value = T^2 * sum over classes of -softmax(t / T) log softmax(s / T), mean over the batch
//
// Its gradient is that of `kl`; its value differs by the teacher's entropy, so that it does not reach 0 but can be read
// beside the cross-entropy of the labels. Hinton et al. 2015, arXiv:1503.02531, section 2.
#include <ATen/ATen.h>

#include "distillation/loss.h"
#include "schema/registry.h"

namespace espalier::distillation::soft_cross_entropy {

struct Options {
  double temperature = 1;
  static void describe(schema::Describe<Options>& d) {
    d.about("cross-entropy under the teacher's distribution, times T^2", "Hinton et al. 2015, arXiv:1503.02531");
    d.key("temperature", &Options::temperature, "softens both distributions; the value is scaled by its square")
        .range(0.1, 100);
  }
};

class SoftCrossEntropy : public LogitLoss {
 public:
  explicit SoftCrossEntropy(Options options) : options_(options) {}
  at::Tensor value(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor&) const override {
    const double t = options_.temperature;
    const auto each = at::softmax(teacher / t, 1) * at::log_softmax(student / t, 1);
    return each.sum() * (-t * t / static_cast<double>(student.size(0)));
  }
  bool vanishes_at_teacher() const override { return false; }

 private:
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<LogitLoss, Options>("distillation_loss", "soft_cross_entropy",
                                   [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                     return std::make_unique<SoftCrossEntropy>(options);
                                   });
}

}  // namespace espalier::distillation::soft_cross_entropy
