// The student learns from a teacher's logits beside the labels:
//
//   minimised = (1 - weight) * task + weight * loss(student, teacher)
//
// Losses that compare scores of classes are for classification; mse_logits takes the outputs of any task.
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

/// Of one sample: "8x12x16".
std::string shape_of(const at::Tensor& outputs) {
  std::string text;
  for (std::int64_t axis = 1; axis < outputs.dim(); ++axis) text += concat(axis > 1 ? "x" : "", outputs.size(axis));
  return text;
}

class Distill : public compression::Modifier {
 public:
  Distill(double weight, std::shared_ptr<LogitLoss> loss) : weight_(weight), loss_(std::move(loss)) {}
  Needs needs() const override { return {.teacher = true, .class_scores = loss_->compares_classes()}; }

  void loss(Model&, Step& step) override {
    const auto student = step.activation(""), teacher = step.teacher("");
    if (student.dim() == 2 && student.size(1) != teacher.size(1))
      fail(concat("the student has ", student.size(1), " classes, its teacher ", teacher.size(1),
                  "; both must be trained on the same classes"));
    if (student.sizes() != teacher.sizes())
      fail(concat("the student's output is ", shape_of(student), ", its teacher's ", shape_of(teacher),
                  "; a `hint` between layers can compare maps of different sizes"));
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
