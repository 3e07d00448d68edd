#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/torch_commands.h"
#include "cli/with_torch/opened_run.h"
#include "integer/arithmetic.h"
#include "pipeline/components.h"
#include "pipeline/run.h"
#include "reporting/class_table.h"

namespace espalier::cli {
namespace {

datasets::Split split_of(const std::string& name) {
  return name == "train"        ? datasets::Split::train
         : name == "validation" ? datasets::Split::validation
                                : datasets::Split::test;
}

void print(const std::string& name, const tasks::Answers& answers, const pipeline::Plan& plan, bool json,
           const std::string& arithmetic = "") {
  if (json) {
    auto report = plan.task->report(answers, *plan.data);
    report["on"] = name;
    if (!arithmetic.empty()) report["arithmetic"] = arithmetic;
    std::printf("%s\n", report.dump().c_str());
    return;
  }
  const auto score = plan.task->score(answers, *plan.data);
  const auto metric = plan.task->metric().name;
  std::string line = concat(reporting::metric_text(metric), " ", fixed_text(100 * score.value, 2), " %");
  if (score.interval)
    line += concat("  (95 %: ", fixed_text(100 * score.interval->low, 1), " to ",
                   fixed_text(100 * score.interval->high, 1), ")");
  for (const auto& [other, value] : score.more)
    if (other != metric) line += concat("  ", reporting::metric_text(other), " ", fixed_text(value, 3));
  const auto of = reporting::counted_text("", answers.samples(), plan.task->recordings(answers));
  std::printf("%-10s %s  of %s\n", name.c_str(), line.c_str(), of.c_str());
}

/// Each class by itself, where the task tells of them and they fit on a screen.
void print_classes(const std::string& name, const tasks::Answers& answers, const pipeline::Plan& plan) {
  constexpr std::size_t most = 20;
  const auto classes = plan.task->report(answers, *plan.data).at("classes");
  if (classes.is_list() && classes.items().size() <= most)
    std::printf("\n%s, class by class\n%s", name.c_str(), reporting::class_table(classes, 0).c_str());
}

std::string quoted(const std::string& text) {
  std::string all = "\"";
  for (const char c : text) all += c == '"' ? std::string("\"\"") : std::string(1, c);
  return all + "\"";
}

/// CSV, in the split's order; numbers and names alike in quotes, the columns' names without.
void write_samples(const std::string& file, const tasks::Lines& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (std::size_t c = 0; c < lines[i].size(); ++c)
      text += concat(i == 0 ? lines[i][c] : quoted(lines[i][c]), c + 1 < lines[i].size() ? "," : "\n");
  write_atomically(file, text);
}

int print_robustness(const pipeline::Student& student, const pipeline::Plan& plan, bool json) {
  if (plan.disturbances.empty())
    mistake(plan.recipe.file, "its data give no samples from before the front end; nothing can disturb them");
  const auto measured = pipeline::measure_robustness(student, plan);
  if (json)
    std::printf("%s\n", reporting::to_json(measured).dump().c_str());
  else
    std::printf("%s", reporting::table(measured, plan.task->metric().name).c_str());
  return 0;
}

tasks::Said said_by(const pipeline::Accuracies& measured, const std::optional<pipeline::IntegerAnswers>& integer) {
  tasks::Said said = {{"float", &measured.floating}};
  if (measured.fake_quant) said.emplace_back("fake_quant", &*measured.fake_quant);
  if (integer) said.emplace_back("integer", &integer->answers);
  return said;
}

integer::Arithmetic arithmetic_of(const std::string& name) {
  return name == "tflm" ? integer::Arithmetic::tflm : integer::Arithmetic::ort_f32_even;
}

struct Arguments {
  std::string run, on, arithmetic, split = "test", data, samples;
  bool json = false, robustness = false;
  std::int64_t at_most = -1;
  bool wants(const char* name) const { return on.empty() || on == name; }
};

void add_options(CLI::App& sub, Arguments& a) {
  sub.add_option("run", a.run, "run folder")->required();
  sub.add_option("--on", a.on, "float, fake_quant or integer; default: all that there are")
      ->check(CLI::IsMember({"float", "fake_quant", "integer"}));
  sub.add_option("--arithmetic", a.arithmetic,
                 "of --on integer: tflm (TFLite Micro, CMSIS-NN, the C export) or ort_f32_even (ONNX Runtime, "
                 "QNNPACK); default: that of the target, or of what the recipe exports")
      ->check(CLI::IsMember({"tflm", "ort_f32_even"}));
  sub.add_option("--split", a.split, "train, validation or test")
      ->check(CLI::IsMember({"train", "validation", "test"}));
  sub.add_option("--data", a.data, "another root of the same layout");
  sub.add_option("--samples", a.samples, "also write a CSV file of what each network says of each sample");
  auto* robustness =
      sub.add_flag("--robustness", a.robustness,
                   "on disturbed test samples instead: the recipe's disturbances, or all that there are");
  sub.add_option("--at-most", a.at_most, "of --robustness: test samples, 0 for all; by default as the recipe says")
      ->needs(robustness)
      ->check(CLI::NonNegativeNumber);
  sub.add_flag("--json", a.json, "one JSON object a line, with the confusion matrix");
}

void refuse_what_cannot_be_said(const Arguments& a, const pipeline::Student& student, const pipeline::Plan& plan) {
  if (!student.program && (a.on == "integer" || a.on == "fake_quant"))
    mistake(a.run, "its student is not quantized; there is only --on float");
  if (!a.arithmetic.empty() && a.on != "integer")
    mistake("--arithmetic", "says how the integer model computes; add --on integer");
  if (!a.arithmetic.empty()) integer::require_exact(*student.program, arithmetic_of(a.arithmetic));
  if (!a.samples.empty() && plan.task->of_samples({}, *plan.data, split_of(a.split)).empty())
    mistake("--samples", "the run's task tells nothing of single samples; classification and object_detection do");
}

/// Of each network that is wanted its scores, and for people the classes of the last one.
void print_scores(const Arguments& a, const pipeline::Plan& plan, const pipeline::Accuracies& measured,
                  const std::optional<pipeline::IntegerAnswers>& integer, integer::Arithmetic arithmetic) {
  const auto* last = "float";
  const auto* answers = &measured.floating;
  if (a.wants("float")) print("float", measured.floating, plan, a.json);
  if (a.wants("fake_quant") && measured.fake_quant) {
    last = "fake_quant", answers = &*measured.fake_quant;
    print(last, *answers, plan, a.json);
  }
  if (a.wants("integer") && integer) {
    last = "integer", answers = &integer->answers;
    print(last, *answers, plan, a.json, std::string(name_of(arithmetic)));
  }
  if (!a.json) print_classes(last, *answers, plan);
}

int evaluate(const Arguments& a) {
  const auto registry = pipeline::all_components();
  auto opened = open_run(a.run, registry, a.data);
  auto& plan = opened.plan;
  const auto student = pipeline::load_student(opened.folder, plan);
  if (a.robustness) {
    if (a.at_most >= 0) plan.recipe.robustness.samples = a.at_most;
    return print_robustness(student, plan, a.json);
  }
  refuse_what_cannot_be_said(a, student, plan);
  const auto split = split_of(a.split);
  const auto measured = pipeline::measure(student, plan, split);
  const auto arithmetic = a.arithmetic.empty() ? measured.arithmetic : arithmetic_of(a.arithmetic);
  const auto& integer = measured.of(arithmetic);
  if (!a.samples.empty())
    write_samples(a.samples, plan.task->of_samples(said_by(measured, integer), *plan.data, split));
  print_scores(a, plan, measured, integer, arithmetic);
  return 0;
}

}  // namespace

void add_evaluate(CLI::App& app, Chosen& chosen) {
  auto* sub = app.add_subcommand("evaluate", "accuracy and metrics of a run on its data");
  const auto a = std::make_shared<Arguments>();
  add_options(*sub, *a);
  sub->callback([a, &chosen] { chosen = [a] { return evaluate(*a); }; });
}

}  // namespace espalier::cli
