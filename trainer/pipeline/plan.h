// What a recipe will do, made and checked before anything is trained.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "graph/network.h"
#include "pipeline/recipe.h"
#include "pipeline/robustness.h"
#include "schema/registry.h"
#include "targets/device.h"
#include "targets/estimate.h"
#include "tasks/task.h"
#include "training/loss.h"
#include "training/optimizer.h"
#include "training/timeline.h"

namespace espalier::pipeline {

struct TeacherPlan {
  TeacherOptions options;
  training::TrainingOptions training;
  std::uint64_t seed = 1;
  graph::Network network;           ///< untrained when options.model names one; with its weights when imported or given
  std::string title;                ///< "ds_cnn_l"
  std::string opaque;               ///< a TorchScript file that runs as it is
  std::vector<std::int64_t> input;  ///< what the opaque one takes, batch first; empty: what the data give
  std::shared_ptr<const datasets::Dataset> own_data;  ///< with its own front end; null: the student's
  bool is_trained_here() const { return !options.model.text.empty(); }
};

struct Plan {
  Recipe recipe;
  std::shared_ptr<const tasks::Task> task;
  std::shared_ptr<const datasets::Dataset> data;
  graph::Network student;  ///< with its initial weights
  std::vector<training::Scheduled> timeline;
  std::vector<TeacherPlan> teachers;
  std::vector<std::shared_ptr<compression::Modifier>> calibrate;  ///< after the training, in this order
  std::vector<NamedDisturbance> disturbances;                     ///< of `robustness:`, or those that could be
  std::vector<std::string> notes;                 ///< what a user should know of imported networks and of the fit
  std::shared_ptr<const targets::Device> target;  ///< null without `target:`
  /// Before training: the student as it is, as pruning evenly leaves it, and no larger than pruning can; absent where
  /// the recipe does not quantize or the student cannot be lowered.
  std::optional<targets::Estimate> whole, likely, least;
  std::vector<Problem> unfit;  ///< why not even the least fits target and budget, and what would
  bool quantizes = false;      ///< the result has encodings: integer exports are possible

  std::uint64_t seed() const { return static_cast<std::uint64_t>(recipe.options.seed); }
  /// Every key with its default, paths absolute: what recipe.yaml of a run holds.
  schema::Value resolved;
};

/// Makes everything that the recipe names: data, networks, modifiers. Adds Problems with their places, as many as can
/// be found.
Plan make_plan(Recipe recipe, const schema::Registry& registry, std::vector<Problem>& problems);

/// What a program has in memory already.
struct Given {
  std::shared_ptr<const datasets::Dataset> data;
  graph::Network student;  ///< with weights
  graph::Network teacher;  ///< what `teacher: given` means; no nodes: there is none
};
/// The same for data and networks that are given; the recipe's `data` and `student` are not read.
Plan make_plan(Recipe recipe, Given given, const schema::Registry& registry, std::vector<Problem>& problems);

/// Throws Error(unmet), exit code 3, when the plan cannot fit its target or budget.
void require_fit(const Plan& plan);

/// For people: stages, networks with cost, the timeline, exports.
std::string describe(const Plan& plan);

/// The recipe's task; null, with Problems added, where there is no such.
std::shared_ptr<const tasks::Task> make_task(const schema::Part& task, const schema::Registry& registry,
                                             std::vector<Problem>& problems);

/// Optimizer, schedule, loss and early stopping of a training.
struct TrainingParts {
  std::shared_ptr<training::Optimizer> optimizer;
  std::shared_ptr<training::LearningRateSchedule> schedule;
  std::shared_ptr<training::Loss> loss;  ///< still to be prepared
  training::EarlyStop early_stop;
};
/// `written`: the map that `options` were read from, for the places of problems; may be null.
TrainingParts make_parts(const training::TrainingOptions& options, const schema::Value& written,
                         const tasks::Task& task, const schema::Registry& registry, std::vector<Problem>& problems);
/// A loss that does not suit task, data or network says so before anything is trained.
void check_loss(const Plan& plan, const schema::Registry& registry, std::vector<Problem>& problems);

}  // namespace espalier::pipeline
