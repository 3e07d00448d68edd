#include "pipeline/plan.h"

#include <algorithm>

#include "base/text.h"
#include "integer/lowering.h"
#include "pipeline/content.h"
#include "pipeline/fit.h"
#include "pipeline/network_source.h"
#include "pipeline/teacher_planner.h"
#include "schema/document.h"

namespace espalier::pipeline {
namespace {

using schema::Value;

class Planner {
 public:
  Planner(Recipe recipe, const schema::Registry& registry, std::vector<Problem>& problems)
      : registry_(registry), problems_(problems) {
    plan_.recipe = std::move(recipe);
  }

  Plan make() {
    auto& recipe = plan_.recipe;
    plan_.task = make_task(recipe.options.task, registry_, problems_);
    if (plan_.task) make_parts(recipe.training, recipe.options.training.value, *plan_.task, registry_, problems_);
    make_data();
    ends_ = ends_of_data();
    if (plan_.data)
      plan_.student = networks_for(ends_, plan_.task, plan_.data, plan_.notes, problems_)
                          .student(recipe.options.student.value, plan_.seed());
    check_loss(plan_, registry_, problems_);
    return finish();
  }

  Plan make(Given given) {
    const auto& recipe = plan_.recipe;
    plan_.task = make_task(recipe.options.task, registry_, problems_);
    if (plan_.task) make_parts(recipe.training, recipe.options.training.value, *plan_.task, registry_, problems_);
    plan_.data = std::move(given.data);
    plan_.student = std::move(given.student);
    ends_ = ends_of_data();
    if (plan_.student.input_shape() != ends_.input)
      problems_.push_back({plan_.student.name, concat("takes ", graph::text_of(plan_.student.input_shape()),
                                                      ", the data gives ", graph::text_of(ends_.input))});
    if (plan_.task)
      if (auto objection = plan_.task->objection(plan_.student.output_shape(), *plan_.data); !objection.empty())
        problems_.push_back({plan_.student.name, std::move(objection)});
    check_loss(plan_, registry_, problems_);
    if (!given.teacher.nodes.empty()) teachers_.give(std::move(given.teacher));
    return finish();
  }

 private:
  Plan finish() {
    make_timeline();
    make_calibration();
    check_together();
    if (plan_.data) plan_.disturbances = disturbances_of(plan_.recipe, *plan_.data, registry_, problems_);
    plan_.target = read_target(plan_.recipe, problems_);
    check_target(plan_, problems_);
    bound_fit(plan_);
    resolve();
    return std::move(plan_);
  }

  graph::Ends ends_of_data() const {
    const auto& data = plan_.data;
    if (!data || !plan_.task) return {};
    return {data->shape(), static_cast<std::int64_t>(data->classes().size()), plan_.task->outputs(*data)};
  }

  void problem(const Value& at, std::string text) { problems_.push_back({at.origin().text(), std::move(text)}); }

  void make_data() {
    Value data = plan_.recipe.options.data.value;
    if (data.is_null()) return;  // said already
    if (data.is_map() && !data.find("seed"))
      data.set("seed", Value::scalar(std::to_string(plan_.recipe.options.seed), data.origin()));
    plan_.data = registry_.make<datasets::Dataset>("dataset", data, problems_);
    if (plan_.data && plan_.recipe.training.epochs > 0 &&
        plan_.data->size(datasets::Split::train) < plan_.recipe.training.batch_size)
      problem(data, concat("the training split has ", plan_.data->size(datasets::Split::train),
                           " samples, fewer than one batch of ", plan_.recipe.training.batch_size,
                           "; lower training.batch_size"));
  }

  void make_timeline() {
    const Value& list = plan_.recipe.options.compression.value;
    if (list.is_null()) return;
    if (!list.is_list()) return problem(list, "compression must be a list of modifiers");
    std::vector<std::string> origins, names;
    for (const auto& item : list.items()) {
      if (!item.is_map()) {
        problem(item, "a modifier must be a map with `type:`");
        continue;
      }
      add_modifier(item, origins, names);
    }
    training::check_windows(plan_.timeline, plan_.recipe.training.epochs, origins, problems_);
  }

  void add_modifier(const Value& item, std::vector<std::string>& origins, std::vector<std::string>& names) {
    training::Scheduled entry;
    Value rest = item;
    if (const auto* epochs = item.find("epochs")) {
      schema::Epochs window;
      if (auto wrong = schema::Reader<schema::Epochs>::read(*epochs, &window); !wrong.empty())
        problem(*epochs, concat("epochs ", wrong));
      else
        entry.start = window.start, entry.end = window.end;
      rest.erase("epochs");
    }
    const Value* type = item.find("type");
    entry.name = item.find("name") ? item.find("name")->text() : type && type->is_scalar() ? type->text() : "modifier";
    if (std::find(names.begin(), names.end(), entry.name) != names.end())
      problem(item, concat("two modifiers are called '", entry.name, "'; give one a `name:`"));
    names.push_back(entry.name);
    // Also where the modifier cannot be made, so that nothing else complains of its absence.
    if (type && type->is_scalar() && type->text() == "quantize") plan_.quantizes = true;
    entry.modifier = registry_.make<compression::Modifier>("modifier", rest, problems_);
    if (!entry.modifier) return;
    entry.teacher = teachers_.teacher_for(item, *entry.modifier);
    if (entry.modifier->needs().class_scores && plan_.task && !plan_.task->is_classification())
      problem(item, concat(entry.name,
                           " compares scores of classes, which this task does not have; `loss: mse_logits` and a "
                           "`hint` between layers teach any task"));
    const double whole = static_cast<double>(plan_.recipe.training.epochs);
    if (!plan_.student.nodes.empty()) {
      teachers_.check_taps(item, entry);
      entry.modifier->check(plan_.student, item, entry.start, entry.end < 0 ? whole : entry.end, whole, problems_);
    }
    if (entry.modifier->writes() == compression::Writes::encodings) plan_.quantizes = true;
    origins.push_back(item.origin().text());
    plan_.timeline.push_back(std::move(entry));
  }

  /// A map is the quantize modifier's; a list holds modifiers of any kind.
  void make_calibration() {
    const Value& calibrate = plan_.recipe.options.calibrate.value;
    if (calibrate.is_null()) return;
    if (calibrate.is_list()) {
      for (const auto& item : calibrate.items()) add_calibration(item);
    } else if (calibrate.is_map()) {
      Value quantize = calibrate;
      quantize.set("type", Value::scalar("quantize", calibrate.origin()));
      add_calibration(quantize);
    } else {
      problem(calibrate, "calibrate must be a map with the quantize modifier's keys, or a list of modifiers");
    }
  }

  void add_calibration(const Value& item) {
    const Value* type = item.find("type");
    const bool quantizes = type && type->is_scalar() && type->text() == "quantize";
    if (quantizes && plan_.quantizes)
      problem(item, "the recipe quantizes in training already; calibrate is for a training without quantize");
    plan_.quantizes |= quantizes;
    auto modifier = registry_.make<compression::Modifier>("modifier", item, problems_);
    if (!modifier) return;
    const auto needs = modifier->needs();
    if (needs.teacher || !needs.activations.empty())
      problem(item, "learns while the network trains; after the training it has nothing to do");
    const double whole = static_cast<double>(plan_.recipe.training.epochs);
    if (!plan_.student.nodes.empty()) modifier->check(plan_.student, item, 0, whole, whole, problems_);
    plan_.calibrate.push_back(std::move(modifier));
  }

  void check_together() {
    auto& recipe = plan_.recipe;
    const auto& exports = recipe.options.exports;
    const Value* list = recipe.value.find("export");
    const Value& at = list ? *list : recipe.value;
    const auto unlowered = integer::unsupported(plan_.student);
    for (const char* format : {"tflite", "torchscript_int8", "c"})
      if (!plan_.quantizes && std::find(exports.begin(), exports.end(), format) != exports.end())
        problem(at, concat(format, " is an integer export: ",
                           unlowered.empty() ? "the recipe needs a quantize modifier or `calibrate:`"
                                             : concat("the student's ", unlowered.front().text)));
    check_streaming();
    const Value& start = recipe.options.student.value;
    if (recipe.training.epochs == 0 && !start.find("weights") && !start.find("import") &&
        !recipe.options.data.value.is_null())
      problem(recipe.options.training.value,
              "nothing is trained, and the student has no weights; give it some (student: {model, weights})");
    const bool has_matrices =
        std::any_of(plan_.student.nodes.begin(), plan_.student.nodes.end(),
                    [](const graph::Node& node) { return node.is("linear") || node.is("lstm") || node.is("gru"); });
    for (const char* format : {"torchscript_dynamic", "onnx_dynamic"})
      if (!has_matrices && !plan_.student.nodes.empty() &&
          std::find(exports.begin(), exports.end(), format) != exports.end())
        problem(at, concat(format, " quantizes linear and recurrent layers, and the student has none"));
    if (plan_.quantizes && !plan_.student.nodes.empty())
      problems_.insert(problems_.end(), unlowered.begin(), unlowered.end());
    if (recipe.training.early_stop.value.is_map() && !plan_.timeline.empty())
      problem(recipe.training.early_stop.value,
              "early_stop and compression exclude each other: a window that is cut off leaves its technique half done");
    if (recipe.budget.accuracy_drop >= 0 && recipe.options.baseline != "train")
      problem(recipe.options.budget.value, "accuracy_drop is measured against the baseline: say `baseline: train`");
  }

  void check_streaming() {
    const auto& recipe = plan_.recipe;
    const Value& at = recipe.options.streaming.value;
    if (!recipe.streams()) return;
    if (plan_.task && !plan_.task->is_classification())
      return problem(at, "streaming listens for classes, which this task does not have");
    if (!plan_.quantizes)
      problem(at, "streaming is measured with the integer model: the recipe needs a quantize modifier or `calibrate:`");
    for (const auto split : {datasets::Split::validation, datasets::Split::test})
      if (plan_.data && (plan_.data->size(split) == 0 || plan_.data->recording(split, 0).empty()))
        return problem(at, "streaming needs data with recordings, and the data set has none");
  }

  /// The recipe with every default filled in, so that a run says what it did whatever the defaults become.
  void resolve() {
    const auto& recipe = plan_.recipe;
    Value all = schema::resolved_options(recipe.options);
    all.set("training", recipe.training.epochs > 0 ? schema::resolved_options(recipe.training) : Value::scalar("none"));
    all.set("budget", schema::resolved_options(recipe.budget));
    if (recipe.streams()) all.set("streaming", schema::resolved_options(recipe.streaming));
    if (recipe.disturbs()) all.set("robustness", schema::resolved_options(recipe.robustness));
    Value copy = recipe.value;
    absolute_paths(copy);
    for (const char* key : {"task", "data", "student", "compression", "calibrate"})
      if (const auto* value = copy.find(key)) all.set(key, *value);
    if (plan_.target && !plan_.target->file.empty())
      all.set("target", Value::scalar(std::filesystem::absolute(plan_.target->file).lexically_normal().string(),
                                      recipe.options.target.value.origin(), true));
    plan_.resolved = std::move(all);
  }

  /// Relative paths of model and scheme files count from the file that wrote them; the resolved recipe lies elsewhere.
  static void absolute_paths(Value& value, const std::string& key = "") {
    for (auto& item : value.items()) absolute_paths(item, key);
    for (auto& [name, entry] : value.entries()) absolute_paths(entry, name);
    if (value.is_scalar() && names_file(key) && value.text() != "same")
      value = Value::scalar(std::filesystem::absolute(schema::resolve_path(value)).lexically_normal().string(),
                            value.origin(), true);
  }

  const schema::Registry& registry_;
  std::vector<Problem>& problems_;
  graph::Ends ends_;
  Plan plan_;
  TeacherPlanner teachers_{plan_, ends_, registry_, problems_};
};

}  // namespace

Plan make_plan(Recipe recipe, const schema::Registry& registry, std::vector<Problem>& problems) {
  return Planner(std::move(recipe), registry, problems).make();
}

Plan make_plan(Recipe recipe, Given given, const schema::Registry& registry, std::vector<Problem>& problems) {
  return Planner(std::move(recipe), registry, problems).make(std::move(given));
}

}  // namespace espalier::pipeline
