// Decoupled soft targets: the divergence of Hinton's loss splits into how sure both are of the true class, and how they
// divide the rest among the others; the second part is what a sure teacher's plain divergence suppresses.
//
//   value = T^2 * (target_weight * KL(b_t || b_s) + other_weight * KL(p_t || p_s)), mean over the batch
//
// b: the pair (true class, all others) of the softened distribution; p: the others alone, normalised without the true
// class. T^2 as in kl. Zhao et al. 2022, "Decoupled knowledge distillation", arXiv:2203.08679, eq. 7.
#include <ATen/ATen.h>

#include "distillation/loss.h"
#include "schema/registry.h"

namespace espalier::distillation::decoupled {

struct Options {
  double temperature = 4, target_weight = 1, other_weight = 4;
  static void describe(schema::Describe<Options>& d) {
    d.about("soft targets, true class and others apart", "Zhao et al. 2022, arXiv:2203.08679");
    d.key("temperature", &Options::temperature, "softens both distributions; the value is scaled by its square")
        .range(0.1, 100);
    d.key("target_weight", &Options::target_weight, "of the true class against all others").range(0, 1000);
    d.key("other_weight", &Options::other_weight, "of the distribution among the others").range(0, 1000);
  }
};

class Decoupled : public LogitLoss {
 public:
  explicit Decoupled(Options options) : options_(options) {}

  at::Tensor value(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& labels) const override {
    const double t = options_.temperature;
    const auto truth = at::one_hot(labels, student.size(1)).to(at::kBool);
    const auto total = options_.target_weight * divergence(pair(teacher / t, truth), pair(student / t, truth)) +
                       options_.other_weight * divergence(others(teacher / t, truth), others(student / t, truth));
    return total * (t * t / static_cast<double>(student.size(0)));
  }

 private:
  /// log (true class, all others): [N, 2].
  static at::Tensor pair(const at::Tensor& logits, const at::Tensor& truth) {
    const auto all = at::logsumexp(logits, {1}, true);
    const auto rest = at::logsumexp(logits.masked_fill(truth, lowest), {1}, true);
    return at::cat({logits.masked_select(truth).view({-1, 1}) - all, rest - all}, 1);
  }
  /// log of the others, normalised among themselves; the true class gets a probability of zero.
  static at::Tensor others(const at::Tensor& logits, const at::Tensor& truth) {
    return at::log_softmax(logits.masked_fill(truth, lowest), 1);
  }
  static at::Tensor divergence(const at::Tensor& log_teacher, const at::Tensor& log_student) {
    return (log_teacher.exp() * (log_teacher - log_student)).sum();
  }

  // Far below any logit, yet finite, so that 0 * (difference of two of them) is 0 and not NaN.
  static constexpr double lowest = -1e6;
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<LogitLoss, Options>("distillation_loss", "decoupled",
                                   [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                     return std::make_unique<Decoupled>(options);
                                   });
}

}  // namespace espalier::distillation::decoupled
