// Soft targets: the student learns the teacher's distribution over classes, softened by a temperature T.
//
//   value = T^2 * KL(softmax(t / T) || softmax(s / T)), mean over the batch
//
// The gradient of the divergence with respect to the logits shrinks as 1 / T^2; the factor T^2 keeps it comparable with
// that of the hard labels, so that `weight` means the same at every temperature. It is part of the value that the log
// shows. At a high temperature the whole of it can overwhelm a low-bit student: distil gently (T near 1) while
// quantizing. Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network", arXiv:1503.02531.
#include <ATen/ATen.h>

#include "distillation/loss.h"
#include "schema/registry.h"

namespace espalier::distillation::kl {

struct Options {
  double temperature = 4;
  static void describe(schema::Describe<Options>& d) {
    d.about("soft targets: T^2 KL(teacher || student)", "Hinton et al. 2015, arXiv:1503.02531");
    d.key("temperature", &Options::temperature, "softens both distributions; the value is scaled by its square")
        .range(0.1, 100);
  }
};

class KullbackLeibler : public LogitLoss {
 public:
  explicit KullbackLeibler(Options options) : options_(options) {}
  at::Tensor value(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor&) const override {
    const double t = options_.temperature;
    const auto log_student = at::log_softmax(student / t, 1), log_teacher = at::log_softmax(teacher / t, 1);
    return (log_teacher.exp() * (log_teacher - log_student)).sum() * (t * t / static_cast<double>(student.size(0)));
  }

 private:
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<LogitLoss, Options>("distillation_loss", "kl",
                                   [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                     return std::make_unique<KullbackLeibler>(options);
                                   });
}

}  // namespace espalier::distillation::kl
