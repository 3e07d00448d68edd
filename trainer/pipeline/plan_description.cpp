// What `trainer check` prints.
#include "base/text.h"
#include "graph/network.h"
#include "pipeline/fit.h"
#include "pipeline/plan.h"

namespace espalier::pipeline {
namespace {

std::string cost_line(const graph::Network& network) {
  const auto cost = graph::cost_of(network);
  return concat(network.name, ": ", grouped_text(cost.macs), " MACs, ", grouped_text(cost.parameters), " parameters");
}

}  // namespace

std::string describe(const Plan& plan) {
  std::string text = concat("recipe    ", plan.recipe.options.name, " (seed ", plan.seed(), ")\n");
  text += concat("data      ", plan.data->summary(), "\n");
  text += concat("student   ", cost_line(plan.student), "\n");
  text += describe_fit(plan);
  for (const auto& note : plan.notes) text += concat("note      ", note, "\n");
  std::vector<std::string> stages;
  for (const auto& teacher : plan.teachers) {
    text += concat("teacher   ", teacher.network.nodes.empty() ? teacher.title : cost_line(teacher.network), "\n");
    if (teacher.is_trained_here()) stages.push_back(concat("teacher (", teacher.training.epochs, " epochs)"));
  }
  const auto epochs = plan.recipe.training.epochs;
  const auto trained = epochs > 0 ? concat("(", epochs, " epochs)") : std::string("(keeps its weights)");
  if (plan.recipe.options.baseline == "train") stages.push_back(concat("baseline ", trained));
  stages.push_back(concat("train ", trained));
  if (!plan.calibrate.empty()) stages.push_back("calibrate");
  stages.push_back("freeze");
  if (plan.recipe.disturbs()) stages.push_back(concat("robustness (", plan.disturbances.size(), " disturbances)"));
  for (const char* stage : {"export", "verify", "report"}) stages.push_back(stage);
  text += concat("stages    ", join(stages, " -> "), "\n");
  for (const auto& entry : plan.timeline)
    text += concat("timeline  ", entry.name, ": epochs ", entry.start, " to ",
                   entry.end < 0 ? static_cast<double>(plan.recipe.training.epochs) : entry.end, "\n");
  return text + concat("export    ", join(plan.recipe.options.exports, ", "), "\n");
}

}  // namespace espalier::pipeline
