// The student learns from a teacher's logits beside the labels:
//
//   minimised = (1 - weight) * task + weight * loss(student, teacher)
//
// Several of these in overlapping windows each take their share of the task's weight.
// Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network", arXiv:1503.02531.
#include <ATen/ATen.h>

#include "base/text.h"
#include "compression/modifier.h"
#include "distillation/loss.h"
#include "schema/readers.h"
#include "schema/registry.h"

namespace espalier::distillation::distill {

using compression::Model, compression::Needs, compression::Step;

struct Options {
  schema::Part teacher, loss;
  double weight = 0.7;
  static void describe(schema::Describe<Options>& d) {
    d.about("learns from a teacher's logits", "Hinton et al. 2015, arXiv:1503.02531");
    d.key("teacher", &Options::teacher, "the network to learn from: a map that says how it is made, or `same`").must();
    d.key("loss", &Options::loss, "how the logits are compared (kind distillation_loss); by default {type: kl}");
    d.key("weight", &Options::weight, "of the distillation; the task keeps the rest").range(0, 1);
  }
};

class Distill : public compression::Modifier {
 public:
  Distill(double weight, std::shared_ptr<LogitLoss> loss) : weight_(weight), loss_(std::move(loss)) {}
  Needs needs() const override { return {.teacher = true, .class_scores = true}; }

  void loss(Model&, Step& step) override {
    const auto student = step.activation(""), teacher = step.teacher("");
    if (student.sizes() != teacher.sizes())
      fail(concat("the student has ", student.size(1), " classes, its teacher ", teacher.size(1),
                  "; both must be trained on the same classes"));
    if (!step.losses.empty()) step.losses[0].weight *= 1 - weight_;
    step.losses.push_back({"distill", loss_->value(student, teacher, step.labels()), weight_});
  }

 private:
  double weight_;
  std::shared_ptr<LogitLoss> loss_;
};

std::unique_ptr<Distill> build(const Options& options, const schema::Registry& registry,
                               std::vector<Problem>& problems) {
  const auto& given = options.loss.value;
  auto loss = registry.make<LogitLoss>("distillation_loss",
                                       given.is_null() ? schema::Value::scalar("kl", given.origin()) : given, problems);
  return loss ? std::make_unique<Distill>(options.weight, std::move(loss)) : nullptr;
}

void enlist(schema::Registry& registry) { registry.add<compression::Modifier, Options>("modifier", "distill", build); }

}  // namespace espalier::distillation::distill
