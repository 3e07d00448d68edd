#include "pipeline/teacher_planner.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "pipeline/imported_network.h"
#include "pipeline/torchscript_teacher.h"

namespace espalier::pipeline {

using schema::Value;

/// Values that differ win; the rest stays.
static Value overlaid(Value under, const Value& over) {
  for (const auto& [key, value] : over.entries()) under.set(key, value);
  return under;
}

void TeacherPlanner::give(graph::Network network) {
  TeacherPlan teacher;
  teacher.title = network.name;
  teacher.network = std::move(network);
  plan_.teachers.push_back(std::move(teacher));
  is_given_ = true;
}

void TeacherPlanner::check_taps(const Value& item, const training::Scheduled& entry) {
  const auto look = [&](const graph::Network& network, const std::vector<std::string>& taps, const char* whose) {
    std::vector<std::string> known;
    for (const auto& node : network.nodes) known.push_back(node.name);
    for (const auto& tap : taps)
      if (!tap.empty() && !network.find(tap))
        problem(item, concat("the ", whose, " has no layer '", tap, "'", did_you_mean(tap, known)));
  };
  look(plan_.student, entry.modifier->needs().activations, "student");
  if (entry.teacher < 0) return;
  const auto& teacher = plan_.teachers[static_cast<std::size_t>(entry.teacher)];
  const auto taps = entry.modifier->needs().teacher_activations;
  if (!teacher.opaque.empty() && std::any_of(taps.begin(), taps.end(), [](const auto& t) { return !t.empty(); }))
    problem(
        item,
        "a TorchScript teacher gives its outputs only; hints need a teacher whose layers are known: a model file, a "
        "checkpoint or one that can be imported");
  if (!teacher.network.nodes.empty()) look(teacher.network, taps, "teacher");
}

int TeacherPlanner::teacher_for(const Value& item, const compression::Modifier& modifier) {
  const Value* teacher = item.find("teacher");
  if (!modifier.needs().teacher) {
    if (teacher) problem(*teacher, "this modifier uses no teacher");
    return -1;
  }
  if (!teacher) {
    problem(item, "needs `teacher:`, a map with model, checkpoint, import or torchscript, or the word same");
    return -1;
  }
  if (teacher->is_scalar() && teacher->text() == "same") {
    if (plan_.teachers.empty()) problem(*teacher, "no modifier before this one has a teacher");
    return static_cast<int>(plan_.teachers.size()) - 1;
  }
  if (is_given_ && teacher->is_scalar() && teacher->text() == "given") return 0;
  const auto before = problems_.size();
  TeacherPlan made;
  made.options = schema::read_options<TeacherOptions>(*teacher, "teacher", problems_);
  const auto& o = made.options;
  if (problems_.size() == before &&
      !o.model.text.empty() + !o.checkpoint.text.empty() + !o.import.text.empty() + !o.torchscript.text.empty() != 1)
    problem(*teacher, "a teacher needs exactly one of model, checkpoint, import, torchscript");
  if (problems_.size() == before && plan_.data) make_teacher(*teacher, made);
  plan_.teachers.push_back(std::move(made));
  return static_cast<int>(plan_.teachers.size()) - 1;
}

void TeacherPlanner::make_teacher(const Value& at, TeacherPlan& made) {
  const auto& o = made.options;
  made.seed = o.seed >= 0 ? static_cast<std::uint64_t>(o.seed) : plan_.seed();
  made.title = std::filesystem::path(o.checkpoint.text + o.import.text + o.torchscript.text).filename().string();
  for (const auto* path : {&o.checkpoint, &o.import, &o.torchscript})
    if (!path->text.empty() && !std::filesystem::exists(path->text))
      return problem(at, concat("file '", path->text, "' does not exist"));
  if (!o.input.value.is_null()) make_input(o.input.value, made);
  if (made.is_trained_here())
    make_trained(at, made);
  else if (!o.import.text.empty())
    make_imported(at, made);
  made.opaque += o.torchscript.text;
  if (!made.opaque.empty()) try_opaque(at, made);
}

/// A list is the extents that the file takes, a map a front end of its own.
void TeacherPlanner::make_input(const Value& input, TeacherPlan& made) {
  if (made.options.import.text.empty() && made.options.torchscript.text.empty())
    return problem(input, "input is for a teacher made elsewhere (import, torchscript)");
  if (input.is_list()) {
    if (auto wrong = schema::Reader<std::vector<std::int64_t>>::read(input, &made.input); !wrong.empty())
      problem(input, concat("input ", wrong));
    return;
  }
  if (!input.is_map())
    return problem(input, "input must be a list of extents or a map of data's keys: {features: {…}}");
  auto data = plan_.recipe.options.data.value;
  if (!data.find("seed")) data.set("seed", Value::scalar(std::to_string(plan_.recipe.options.seed), data.origin()));
  made.own_data = registry_.make<datasets::Dataset>("dataset", overlaid(data, input), problems_);
  if (!made.own_data) return;
  for (const auto split : {datasets::Split::train, datasets::Split::validation, datasets::Split::test})
    if (made.own_data->size(split) != plan_.data->size(split))
      return problem(input,
                     "a teacher's own input must have the student's samples; only what is computed of them may differ");
}

void TeacherPlanner::make_trained(const Value& at, TeacherPlan& made) {
  const auto& o = made.options;
  Value settings = plan_.recipe.options.training.value;
  if (!settings.is_map()) settings = Value::map({});
  if (!o.training.value.is_null()) settings = overlaid(settings, o.training.value);
  if (o.epochs > 0) settings.set("epochs", Value::scalar(std::to_string(o.epochs), at.origin()));
  made.training = schema::read_options<training::TrainingOptions>(settings, "the teacher's training", problems_);
  if (plan_.task) make_parts(made.training, settings, *plan_.task, registry_, problems_);
  made.network = networks_for(ends_, plan_.task, plan_.data, plan_.notes, problems_).from_model(o.model.text, at);
  if (!made.network.nodes.empty()) graph::initialize(made.network, made.seed ^ 0x7eac4e7ull);
  made.title = made.network.name;
}

/// What cannot be imported teaches all the same, by its outputs, where LibTorch can run it.
void TeacherPlanner::make_imported(const Value& at, TeacherPlan& made) {
  std::vector<Problem> unreadable;
  const auto& file = made.options.import;
  made.network = networks_for(ends_of(made), plan_.task, plan_.data, plan_.notes, problems_)
                     .from_import(file, made.input, at, unreadable);
  if (unreadable.empty()) return;
  if (!is_torchscript_name(file.text)) {
    problems_.insert(problems_.end(), unreadable.begin(), unreadable.end());
    return;
  }
  made.opaque = file.text;
  const auto more = unreadable.size() > 1 ? concat(" (and ", unreadable.size() - 1, " more)") : "";
  plan_.notes.push_back(concat(
      "teacher ", made.title,
      " runs as it is and gives its outputs only, since it cannot be imported: ", unreadable.front().text, more));
}

void TeacherPlanner::try_opaque(const Value& at, const TeacherPlan& made) {
  try {
    torchscript_teacher(made.opaque, ends_of(made).input, made.input, ends_.classes, at::kCPU);
  } catch (const Error& e) {
    for (const auto& found : e.problems()) problem(at, concat(found.origin, ": ", found.text));
  }
}

graph::Ends TeacherPlanner::ends_of(const TeacherPlan& teacher) const {
  return {teacher.own_data ? teacher.own_data->shape() : ends_.input, ends_.classes, ends_.outputs};
}

}  // namespace espalier::pipeline
