// The components that a training is made of.
#include "base/text.h"
#include "pipeline/plan.h"

namespace espalier::pipeline {

std::shared_ptr<const tasks::Task> make_task(const schema::Part& task, const schema::Registry& registry,
                                             std::vector<Problem>& problems) {
  return registry.make<const tasks::Task>(
      "task", task.value.is_null() ? schema::Value::scalar("classification") : task.value, problems);
}

TrainingParts make_parts(const training::TrainingOptions& options, const schema::Value& written,
                         const tasks::Task& task, const schema::Registry& registry, std::vector<Problem>& problems) {
  TrainingParts parts;
  const auto or_else = [](const schema::Part& part, const std::string& word) {
    return part.value.is_null() ? schema::Value::scalar(word) : part.value;
  };
  parts.optimizer = registry.make<training::Optimizer>("optimizer", or_else(options.optimizer, "adam"), problems);
  parts.schedule =
      registry.make<training::LearningRateSchedule>("lr_schedule", or_else(options.lr_schedule, "constant"), problems);
  parts.loss = registry.make<training::Loss>("loss", or_else(options.loss, task.default_loss()), problems);
  parts.early_stop = schema::read_options<training::EarlyStop>(options.early_stop.value, "early_stop", problems);
  const auto problem = [&](const char* key, const char* text) {
    const auto* value = written.find(key);
    problems.push_back({(value ? value : &written)->origin().text(), text});
  };
  if (options.warmup > static_cast<double>(options.epochs)) problem("warmup", "warmup is longer than the training");
  if (options.class_balance > 0 && task.is_reconstruction())
    problem("class_balance", "class_balance is for data of classes; what is to be given back is of none");
  return parts;
}

void check_loss(const Plan& plan, const schema::Registry& registry, std::vector<Problem>& problems) {
  if (!plan.task || !plan.data || plan.student.nodes.empty()) return;
  std::vector<Problem> again;  // of the options: told already
  const auto& options = plan.recipe.training;
  const auto loss = make_parts(options, {}, *plan.task, registry, again).loss;
  if (!loss) return;
  try {
    loss->prepare(*plan.task, *plan.data, plan.student.output_shape());
  } catch (const Error& e) {
    for (const auto& found : e.problems())
      problems.push_back(
          {found.origin == "training.loss" ? options.loss.value.origin().text() : found.origin, found.text});
  }
}

}  // namespace espalier::pipeline
