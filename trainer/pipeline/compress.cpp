#include "pipeline/compress.h"

#include <ATen/core/Tensor.h>

#include "pipeline/components.h"
#include "pipeline/plan.h"
#include "schema/document.h"
#include "training/evaluation.h"

namespace espalier::pipeline {
namespace {

/// The keys of RecipeOptions that do not name files.
struct Settings {
  std::int64_t seed = 1;
  schema::Part task, training, compression, calibrate;
  static void describe(schema::Describe<Settings>& d) {
    d.about("a training in memory");
    d.key("seed", &Settings::seed, "of everything that is random").range(0, 9e15);
    d.key("task", &Settings::task, "what the model is for; default classification");
    d.key("training", &Settings::training, "epochs, optimizer, …");
    d.key("compression", &Settings::compression, "list of modifiers");
    d.key("calibrate", &Settings::calibrate, "post-training quantization after the training");
  }
};

Recipe recipe_of(const std::string& text, std::vector<Problem>& problems) {
  Recipe recipe;
  recipe.file = "recipe";
  recipe.value = schema::parse(text, recipe.file);
  if (recipe.value.is_null()) recipe.value = schema::Value::map({});
  const auto settings = schema::read_options<Settings>(recipe.value, "the recipe", problems);
  recipe.options.seed = settings.seed;
  recipe.options.task = settings.task;
  recipe.options.training = settings.training;
  recipe.options.compression = settings.compression;
  recipe.options.calibrate = settings.calibrate;
  recipe.options.exports = {};
  recipe.training = schema::read_options<training::TrainingOptions>(settings.training.value, "training", problems);
  return recipe;
}

void require_given_teacher(const Plan& plan, const CompressOptions& options, std::vector<Problem>& problems) {
  for (std::size_t i = options.teacher ? 1 : 0; i < plan.teachers.size(); ++i)
    problems.push_back({plan.recipe.file, "a network in memory is taught by `teacher: given` or by nobody"});
}

std::vector<std::shared_ptr<training::Teacher>> teachers_of(const Plan& plan) {
  std::set<std::string> taps;
  for (const auto& entry : plan.timeline)
    for (const auto& tap : entry.modifier->needs().teacher_activations)
      if (!tap.empty()) taps.insert(tap);
  std::vector<std::shared_ptr<training::Teacher>> all;
  for (const auto& teacher : plan.teachers)
    all.push_back(training::network_teacher(teacher.network, taps, at::Device(at::DeviceType::CPU)));
  return all;
}

}  // namespace

Student compress(const graph::Network& network, const datasets::Dataset& data, const std::string& recipe,
                 const CompressOptions& options) {
  const auto registry = all_components();
  std::vector<Problem> problems;
  Given given;
  given.data = std::shared_ptr<const datasets::Dataset>(std::shared_ptr<void>(), &data);  // owned by the caller
  given.student = network;
  if (options.teacher) given.teacher = *options.teacher;
  const auto plan = make_plan(recipe_of(recipe, problems), std::move(given), registry, problems);
  require_given_teacher(plan, options, problems);
  refuse(problems);
  const auto& task = *plan.task;
  auto parts = make_parts(plan.recipe.training, {}, task, registry, problems);
  parts.loss->prepare(task, data, plan.student.output_shape());

  training::Job job;
  job.data = &data;
  job.loss = parts.loss;
  job.metric = task.guide();
  job.options = plan.recipe.training;
  job.early_stop = parts.early_stop;
  job.optimizer = parts.optimizer;
  job.schedule = parts.schedule;
  job.seed = plan.seed();
  job.timeline = plan.timeline;
  job.teachers = teachers_of(plan);
  job.listeners = options.listeners;
  job.validate = [&](training::TrainedModel& model, std::int64_t) {
    const auto answers =
        training::evaluate(model.live(), data, datasets::Split::validation, true, static_cast<int>(job.options.workers),
                           model.evaluated(), task.is_reconstruction());
    return training::Measured{{"validation." + task.guide().name, task.guided_by(answers, data)}};
  };
  auto model = training::train(job, plan.student);
  if (!plan.calibrate.empty()) model = training::apply(job, model->captured(), plan.calibrate);
  return student_of(model->captured(), task.labels(data));
}

}  // namespace espalier::pipeline
