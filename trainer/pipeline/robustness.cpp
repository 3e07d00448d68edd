#include "pipeline/robustness.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "base/text.h"
#include "datasets/disturbed.h"
#include "integer/arithmetic.h"
#include "nn/live_network.h"
#include "pipeline/fit.h"
#include "pipeline/integer_model.h"
#include "pipeline/plan.h"
#include "training/evaluation.h"

namespace espalier::pipeline {
namespace {

std::vector<NamedDisturbance> all_that_can_be(const datasets::Dataset& data, const schema::Registry& registry) {
  std::vector<NamedDisturbance> all;
  std::vector<Problem> none;
  for (const auto& key : registry.keys("disturbance")) {
    auto made = registry.make<datasets::Disturbance>("disturbance", schema::Value::scalar(key), none);
    if (made && refusal_of(*made, data).empty()) all.push_back({key, std::move(made)});
  }
  return all;
}

/// Where the data are of another matter than the disturbance is for: which ones are for it.
std::string others_than(const datasets::Disturbance& refused, const datasets::Dataset& data,
                        const schema::Registry& registry) {
  const auto matters = refused.applies_to();
  if (std::find(matters.begin(), matters.end(), data.raw_form()->matter) != matters.end()) return {};
  std::vector<std::string> names;
  for (const auto& [name, disturbance] : all_that_can_be(data, registry)) names.push_back(name);
  return concat(", to which ", join(names, ", "), " can happen");
}

std::vector<NamedDisturbance> listed(const schema::Value& list, const datasets::Dataset& data,
                                     const schema::Registry& registry, std::vector<Problem>& problems) {
  std::vector<NamedDisturbance> all;
  for (const auto& item : list.items()) {
    const auto problem = [&](std::string text) { problems.push_back({item.origin().text(), std::move(text)}); };
    auto made = registry.make<datasets::Disturbance>("disturbance", item, problems);
    if (!made) continue;
    const auto* named = item.is_map() ? item.find("name") : nullptr;
    const auto name = named ? named->text() : item.is_scalar() ? item.text() : item.find("type")->text();
    if (const auto refusal = refusal_of(*made, data); !refusal.empty())
      problem(concat(name, " ", refusal, others_than(*made, data, registry)));
    if (std::any_of(all.begin(), all.end(), [&](const auto& other) { return other.name == name; }))
      problem(concat("two disturbances are called '", name, "'; give one a `name:`, or one several levels"));
    all.push_back({name, std::move(made)});
  }
  return all;
}

/// Scores one split of the same samples after another.
class Scorer {
 public:
  Scorer(const Student& student, const Plan& plan)
      : plan_(plan),
        live_(nn::bring_to_life(student.network, false)),
        samples_(sample_of(*plan.data, datasets::Split::test, plan.recipe.robustness.samples, plan.seed())) {
    for (const auto sample : samples_) targets_.targets.push_back(plan.data->target(datasets::Split::test, sample));
    if (!student.program) return;
    arithmetic_ = device_arithmetic(plan, *student.program);
    twin_.emplace(*student.program, *arithmetic_, at::get_num_threads());
  }

  std::int64_t recordings() const { return plan_.task->recordings(targets_); }
  /// Of the integer model; empty: there is none.
  std::string arithmetic() const { return arithmetic_ ? std::string(name_of(*arithmetic_)) : ""; }

  std::int64_t samples() const { return static_cast<std::int64_t>(samples_.size()); }

  reporting::RobustnessRow row(std::string name, std::string level, datasets::Harm harm) const {
    const datasets::Disturbed data(*plan_.data, datasets::Split::test, samples_, std::move(harm), plan_.seed());
    const int workers = static_cast<int>(plan_.recipe.training.workers);
    reporting::RobustnessRow row{std::move(name), std::move(level), 0, {}};
    const bool reconstruction = plan_.task->is_reconstruction();
    const auto score = [&](const tasks::Answers& answers) { return plan_.task->score(answers, data).value; };
    row.floating = score(training::evaluate(live_, data, datasets::Split::test, false, workers, {}, reconstruction));
    if (twin_) row.integer = score(evaluate(*twin_, data, datasets::Split::test, workers, reconstruction).answers);
    return row;
  }

 private:
  const Plan& plan_;
  nn::LiveNetwork live_;
  std::vector<std::int64_t> samples_;
  tasks::Answers targets_;  // without values
  std::optional<integer::Arithmetic> arithmetic_;
  std::optional<integer::Twin> twin_;
};

}  // namespace

std::vector<NamedDisturbance> disturbances_of(const Recipe& recipe, const datasets::Dataset& data,
                                              const schema::Registry& registry, std::vector<Problem>& problems) {
  const auto& block = recipe.options.robustness.value;
  const auto& list = recipe.robustness.disturbances.value;
  if (recipe.disturbs() && !data.raw_form()) {
    problems.push_back({block.origin().text(),
                        "robustness needs samples as they were before the front end, and these data do not give them"});
    return {};
  }
  if (list.is_list()) return listed(list, data, registry, problems);
  if (!list.is_null()) problems.push_back({list.origin().text(), "disturbances must be a list"});
  return all_that_can_be(data, registry);
}

reporting::Robustness measure_robustness(const deployment::Student& student, const Plan& plan) {
  const Scorer scorer(student, plan);
  reporting::Robustness result;
  result.samples = scorer.samples();
  result.recordings = scorer.recordings();
  result.arithmetic = scorer.arithmetic();
  result.rows.push_back(scorer.row("none", "", {}));
  for (const auto& [name, disturbance] : plan.disturbances) {
    const auto levels = disturbance->levels();
    for (std::size_t level = 0; level < levels.size(); ++level)
      result.rows.push_back(scorer.row(name, levels[level], {disturbance, level}));
  }
  return result;
}

}  // namespace espalier::pipeline
