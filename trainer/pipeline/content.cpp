#include "pipeline/content.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "graph/model_file.h"
#include "schema/document.h"

namespace espalier::pipeline {
namespace {

std::string text_of(const datasets::Target& target) {
  std::string text = concat(target.label);
  for (const auto& box : target.boxes)
    text +=
        concat(" [", box.left, " ", box.top, " ", box.right, " ", box.bottom, " ", box.label, box.ignored ? "?]" : "]");
  for (const auto* numbers : {&target.shares, &target.values})
    for (const float number : *numbers) text += concat(" ", number);
  return text;
}

/// What the samples are, for content hashes: names and targets of every split, the features' specification.
std::string fingerprint(const datasets::Dataset& data) {
  std::string all = data.front_end().dump() + concat(data.views());
  for (const auto split : {datasets::Split::train, datasets::Split::validation, datasets::Split::test})
    for (std::int64_t i = 0; i < data.size(split); ++i)
      all += concat("\n", data.id(split, i), " ", text_of(data.target(split, i)));
  return sha256(all);
}

/// The data's keys but for where they lie, which does not change a result.
std::string data_settings(const Plan& plan) {
  auto data = plan.resolved.find("data") ? *plan.resolved.find("data") : schema::Value();
  data.erase("root");
  return data.dump();
}

std::string content_of(const Plan& plan, const graph::Network& network, const training::TrainingOptions& options,
                       std::uint64_t seed, const std::string& more) {
  auto settings = schema::resolved_options(options);
  settings.erase("workers");
  settings.erase("checkpoint_every");
  std::string weights;
  for (const auto& [name, tensor] : network.weights) weights += name + sha256(tensor.bytes);
  const auto* task = plan.resolved.find("task");
  return sha256(join({"espalier 1", graph::model_value(network).dump(), sha256(weights), settings.dump(), concat(seed),
                      task ? task->dump() : "", data_settings(plan), fingerprint(*plan.data), more},
                     "\n"));
}

/// Paths replaced by what the files hold: of YAML as it reads with its includes, of others the bytes.
schema::Value with_contents(schema::Value value, const std::string& key = "") {
  for (auto& item : value.items()) item = with_contents(std::move(item), key);
  for (auto& [name, entry] : value.entries()) entry = with_contents(std::move(entry), name);
  if (!value.is_scalar() || !names_file(key) || !std::filesystem::is_regular_file(value.text())) return value;
  const std::filesystem::path file = value.text();
  const bool is_yaml = file.extension() == ".yaml" || file.extension() == ".yml";
  return schema::Value::scalar(is_yaml ? sha256(schema::load(file).dump()) : sha256(read_bytes(file)), value.origin(),
                               true);
}

}  // namespace

bool names_file(const std::string& key) {
  constexpr std::array keys = {"student", "model", "scheme", "checkpoint", "torchscript", "weights", "import", "file"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::string teacher_content(const Plan& plan, const TeacherPlan& teacher) {
  for (const auto* file : {&teacher.options.torchscript, &teacher.options.import, &teacher.options.checkpoint})
    if (!file->text.empty()) return sha256(concat(sha256(read_bytes(file->text)), teacher.options.input.value.dump()));
  return content_of(plan, teacher.network, teacher.training, teacher.seed, "teacher");
}

std::string baseline_content(const Plan& plan) {
  return content_of(plan, plan.student, plan.recipe.training, plan.seed(), "baseline");
}

std::string student_content(const Plan& plan) {
  std::string more;
  for (const char* key : {"compression", "calibrate"}) more += with_contents(*plan.resolved.find(key)).dump();
  for (const auto& teacher : plan.teachers) more += "\n" + teacher_content(plan, teacher);
  return content_of(plan, plan.student, plan.recipe.training, plan.seed(), more);
}

}  // namespace espalier::pipeline
