#include "pipeline/analysis.h"

#include <algorithm>
#include <fstream>

#include "base/files.h"
#include "base/text.h"
#include "integer/storage.h"
#include "integer/weight_encoding.h"
#include "pipeline/run.h"
#include "reporting/report.h"
#include "training/checkpoint.h"

namespace espalier::pipeline {
namespace {

/// The modifiers' windows, in epochs of the stage "train".
Json timeline_of(const Plan& plan) {
  auto all = Json::list();
  for (const auto& scheduled : plan.timeline) {
    const double end = scheduled.end < 0 ? static_cast<double>(plan.recipe.training.epochs) : scheduled.end;
    all.push(Json::map().set("name", scheduled.name).set("start", scheduled.start).set("end", end));
  }
  return all;
}

/// The value behind `key` in a file of lines `key<separator>value`, without quotes; "" where there is none.
std::string looked_up(const char* file, std::string_view key, char separator) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const auto end = line.find(separator);
    if (end == std::string::npos || trim(line.substr(0, end)) != key) continue;
    auto value = trim(line.substr(end + 1));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

Json environment() {
  auto all = training::environment();
  all["processor"] = looked_up("/proc/cpuinfo", "model name", ':');
  all["system"] = looked_up("/etc/os-release", "PRETTY_NAME", '=');
  all["compiler"] = __VERSION__;
  return all;
}

bool is_scalar(const schema::Value& value) { return value.is_scalar() || value.is_null(); }

void add_keys(Json& all, const std::string& prefix, const schema::Value& value) {
  const auto below = [&](const std::string& key) { return prefix.empty() ? key : concat(prefix, ".", key); };
  if (value.is_map()) {
    for (const auto& [key, part] : value.entries()) add_keys(all, below(key), part);
    return;
  }
  const bool components = value.is_list() && !value.items().empty() && value.items()[0].is_map();
  if (!components) {
    all.set(prefix, is_scalar(value) ? value.text() : value.dump());
    return;
  }
  for (const auto& part : value.items()) {
    const auto* name = part.find("name") ? part.find("name") : part.find("type");
    add_keys(all, below(name ? name->text() : std::string("?")), part);
  }
}

}  // namespace

Json keys_of(const schema::Value& recipe) {
  auto all = Json::map();
  add_keys(all, "", recipe);
  return all;
}

Json arena_of(const integer::Program& program) {
  const auto plan = integer::plan_arena(program, integer::weight_encodings(program));
  const auto& lifetimes = plan.placed;
  auto instructions = Json::list(), buffers = Json::list();
  for (const auto& instruction : program.instructions)
    instructions.push(program.activations[static_cast<std::size_t>(integer::output_of(instruction))].name);
  std::vector<std::string> names(lifetimes.buffers.size());
  std::vector<std::int64_t> offsets(lifetimes.buffers.size());
  for (std::size_t i = 0; i < program.activations.size(); ++i) {
    const auto buffer = lifetimes.buffer_of[i];
    if (names[buffer].empty()) names[buffer] = program.activations[i].name;
    offsets[buffer] = plan.offsets[i];
  }
  // Behind the activations' buffers lies the scratch memory of kernels, one each.
  std::size_t scratch = names.size();
  for (std::size_t i = plan.scratch.size(); i-- > 0;) {
    const auto instruction = static_cast<std::int32_t>(i);
    if (scratch == 0 || !names[scratch - 1].empty() || lifetimes.buffers[scratch - 1].first != instruction) continue;
    const auto output = static_cast<std::size_t>(integer::output_of(program.instructions[i]));
    names[--scratch] = concat("scratch of ", program.activations[output].name);
    offsets[scratch] = plan.scratch[i];
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& buffer = lifetimes.buffers[i];
    auto item = Json::map();
    item.set("name", names[i]).set("offset", offsets[i]).set("bytes", buffer.bytes);
    buffers.push(item.set("first", buffer.first).set("last", buffer.last));
  }
  auto arena = Json::map();
  arena.set("bytes", plan.bytes).set("peak_bytes", plan.peak_bytes);
  arena.set("peak_instruction", static_cast<std::int64_t>(plan.peak_instruction));
  return arena.set("instructions", std::move(instructions)).set("buffers", std::move(buffers));
}

Json analysis_of(const Student& student, const Plan& plan, const Accuracies& test) {
  auto analysis = Json::map();
  analysis.set("format", 1).set("student", student.network.name);
  analysis.set("classes", Json::list_of(plan.data->classes()));
  analysis.set("timeline", timeline_of(plan)).set("epochs", plan.recipe.training.epochs);
  const auto samples = comparable_samples(student.network);
  analysis.set("layers", layers_of(student, *plan.data, samples));
  analysis.set("layer_samples", std::min(samples, plan.data->size(datasets::Split::test)));
  if (plan.task->is_classification())
    analysis.set("confusion", confusion_of(test, *plan.data));
  else
    analysis.set("report", plan.task->report(test.integer ? test.integer->answers : test.floating, *plan.data));
  if (student.program) analysis.set("arena", arena_of(*student.program));
  analysis.set("environment", environment());
  return analysis.set("recipe", keys_of(plan.resolved));
}

void write_analysis(const Student& student, const Plan& plan, const Accuracies& test, const RunFolder& folder) {
  write_atomically(folder.analysis(), analysis_of(student, plan, test).dump() + "\n");
}

void renew_report(const Student& student, const Plan& plan, const RunFolder& folder) {
  if (!std::filesystem::exists(folder.analysis()))
    return renew_report(student, plan, measure(student, plan, datasets::Split::test), folder);
  reporting::write_report({folder.path}, folder.report());
}

void renew_report(const Student& student, const Plan& plan, const Accuracies& test, const RunFolder& folder) {
  if (!std::filesystem::exists(folder.analysis())) write_analysis(student, plan, test, folder);
  reporting::write_report({folder.path}, folder.report());
}

}  // namespace espalier::pipeline
