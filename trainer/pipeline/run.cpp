#include "pipeline/run.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "graph/saved_network.h"
#include "integer/arithmetic.h"
#include "integer/storage.h"
#include "nn/live_network.h"
#include "pipeline/analysis.h"
#include "pipeline/fit.h"
#include "pipeline/streaming.h"
#include "pipeline/verification.h"
#include "reporting/report.h"

namespace espalier::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Every number of the task in each arithmetic.
Json scores_of(const Accuracies& measured, const Plan& plan) {
  auto all = Json::map();
  const auto add = [&](const char* name, const tasks::Answers& answers) {
    auto scores = Json::map();
    for (const auto& [what, value] : plan.task->score(answers, *plan.data).more) scores.set(what, value);
    if (!scores.entries().empty()) all.set(name, std::move(scores));
  };
  add("float", measured.floating);
  if (measured.fake_quant) add("fake_quant", *measured.fake_quant);
  if (measured.integer) add("integer", measured.integer->answers);
  return all;
}

/// By what the device computes, where that is known.
Json chosen_of(const Student& student, const Plan& plan, const Accuracies& test) {
  if (!plan.task->chooses()) return Json::map();
  const auto validation = measure(student, plan, datasets::Split::validation);
  const auto& known = validation.integer ? validation.integer->answers : validation.floating;
  return plan.task->chosen(known, test.integer ? test.integer->answers : test.floating, *plan.data);
}

void fill_accuracy(reporting::Summary& summary, const Accuracies& measured, const Plan& plan) {
  const auto score = [&](const tasks::Answers& answers) { return plan.task->score(answers, *plan.data); };
  summary.metric = plan.task->metric().name;
  summary.scores = scores_of(measured, plan);
  summary.accuracy.floating = score(measured.floating).value;
  summary.test_samples = measured.floating.samples();
  summary.test_recordings = plan.task->recordings(measured.floating);
  const auto& judged = measured.integer ? measured.integer->answers : measured.floating;
  summary.classes = plan.task->report(judged, *plan.data).at("classes");
  if (!measured.integer) return;
  summary.accuracy.fake_quant = score(*measured.fake_quant).value;
  for (const auto arithmetic : {integer::Arithmetic::tflm, integer::Arithmetic::ort_f32_even})
    if (const auto& answers = measured.of(arithmetic))
      summary.accuracy.arithmetics.emplace_back(name_of(arithmetic), score(answers->answers).value);
  summary.arithmetic = name_of(measured.arithmetic);
  const auto integer = score(measured.integer->answers);
  summary.accuracy.integer = integer.value;
  summary.agreement = plan.task->agreement(measured.integer->answers, *measured.fake_quant);
  if (integer.interval) summary.interval = {integer.interval->low, integer.interval->high};
}

void fill_size(reporting::Summary& summary, const Student& student) {
  const auto cost = graph::cost_of(student.network);
  summary.parameters = cost.parameters;
  summary.nonzero_parameters = cost.nonzero_parameters;
  summary.sparsity =
      cost.parameters ? 1 - static_cast<double>(cost.nonzero_parameters) / static_cast<double>(cost.parameters) : 0;
  summary.macs = cost.macs;
  if (!student.program) return;
  const auto storage = integer::storage_of(*student.program);
  summary.flash_bytes = storage.flash_bytes;
  summary.arena_bytes = storage.arena_bytes;
}

void fill_budget(reporting::Summary& summary, const Plan& plan) {
  const auto& budget = plan.recipe.budget;
  if (budget.accuracy_drop < 0) return;
  const double sign = plan.task->metric().higher_is_better ? 1 : -1;
  std::optional<double> drop;
  if (summary.accuracy.integer && summary.baseline.accuracy)
    drop = 100 * sign * (*summary.baseline.accuracy - *summary.accuracy.integer);
  summary.budget.push_back({"accuracy_drop", reporting::Budget::Unit::points, budget.accuracy_drop, drop, ""});
}

void fill_references(reporting::Summary& summary, Context& context, const std::vector<TrainedTeacher>& teachers) {
  const auto& plan = context.plan;
  const auto student = graph::cost_of(plan.student);
  summary.baseline = {plan.student.name, std::nullopt, student.parameters, student.macs};
  if (plan.recipe.options.baseline == "train") summary.baseline.accuracy = train_baseline(context);
  if (teachers.empty()) return;
  summary.teacher.name = plan.teachers.back().title;
  summary.teacher.accuracy = teachers.back().accuracy;
  if (teachers.back().network.nodes.empty()) return;
  const auto cost = graph::cost_of(teachers.back().network);
  summary.teacher.parameters = cost.parameters;
  summary.teacher.macs = cost.macs;
}

}  // namespace

Student load_student(const RunFolder& folder, const Plan& plan) {
  if (!std::filesystem::exists(folder.student()))
    mistake(folder.path.string(),
            "has no trained student (checkpoints/student.safetensors); let the run end, or resume it");
  auto student = student_of(graph::load_network(folder.student()), plan.task->labels(*plan.data));
  if (std::filesystem::exists(folder.path / "summary.json")) {
    const auto summary = reporting::read_summary(folder.path);
    student.streaming = summary.streaming;
    student.chosen = summary.chosen;
  }
  return student;
}

Accuracies measure(const Student& student, const Plan& plan, datasets::Split split) {
  return measure(student, *plan.data, split, static_cast<int>(plan.recipe.training.workers),
                 plan.task->is_reconstruction(),
                 student.program ? device_arithmetic(plan, *student.program) : integer::Arithmetic::tflm);
}

reporting::Summary run(const Plan& plan, const schema::Registry& registry, const RunOptions& options,
                       reporting::Progress& progress) {
  require_fit(plan);
  const RunFolder folder{options.output};
  if (options.resume)
    check_resumable(plan, folder, options.allow_different_bits);
  else
    start_over(plan, folder);
  write_atomically(folder.recipe(), plan.resolved.yaml());
  reporting::MetricsLog metrics(folder.metrics());
  Context context{plan, registry, options, folder, progress, metrics, {}};

  for (const auto& note : plan.notes) progress.note(note);
  reporting::Summary summary;
  summary.name = plan.recipe.options.name;
  summary.data = plan.data->summary();
  summary.directory = folder.path.string();
  summary.seed = plan.seed();
  summary.versions = versions();
  const auto teachers = prepare_teachers(context);
  fill_references(summary, context, teachers);
  auto student = student_of(train_student(context, teachers), plan.task->labels(*plan.data));

  auto start = Clock::now();
  progress.begin_stage("evaluate", "scoring the test split");
  const auto measured = measure(student, plan, datasets::Split::test);
  fill_accuracy(summary, measured, plan);
  summary.chosen = student.chosen = chosen_of(student, plan, measured);
  fill_size(summary, student);
  progress.end_stage("");
  context.seconds.emplace_back("evaluate", since(start));

  if (plan.recipe.streams()) {
    start = Clock::now();
    progress.begin_stage("stream", "listening to continuous sound");
    summary.streaming = student.streaming = measure_streaming(*student.program, plan);
    progress.end_stage("");
    context.seconds.emplace_back("stream", since(start));
  }

  if (plan.recipe.disturbs()) {
    start = Clock::now();
    progress.begin_stage("robustness", "scoring disturbed test samples");
    summary.robustness = measure_robustness(student, plan);
    progress.end_stage("");
    context.seconds.emplace_back("robustness", since(start));
  }

  start = Clock::now();
  progress.begin_stage("export", "writing the artifacts");
  write_goldens(student, plan, measured, folder);
  summary.artifacts = write_artifacts(student, plan, plan.recipe.options.exports, folder);
  write_manifest(plan, folder, calibration_samples(plan));
  progress.end_stage("");
  context.seconds.emplace_back("export", since(start));

  start = Clock::now();
  progress.begin_stage("verify", "verifying the artifacts");
  summary.verification = verify(student, folder, summary.artifacts);
  progress.end_stage("");
  context.seconds.emplace_back("verify", since(start));

  fill_fit(summary, plan, student);
  fill_budget(summary, plan);
  summary.seconds = context.seconds;
  reporting::write_summary(folder.path, summary);
  progress.begin_stage("report", "writing the report");
  write_analysis(student, plan, measured, folder);
  reporting::write_report({folder.path}, folder.report());
  progress.end_stage("");
  return summary;
}

}  // namespace espalier::pipeline
