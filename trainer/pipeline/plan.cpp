#include "pipeline/plan.h"

#include <algorithm>

#include "base/text.h"
#include "integer/lowering.h"
#include "pipeline/fit.h"
#include "pipeline/imported_network.h"
#include "pipeline/network_source.h"
#include "pipeline/torchscript_teacher.h"
#include "schema/document.h"

namespace espalier::pipeline {
namespace {

using schema::Value;

/// Values that differ win; the rest stays.
Value overlaid(Value under, const Value& over) {
  for (const auto& [key, value] : over.entries()) under.set(key, value);
  return under;
}

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
    if (plan_.data) plan_.student = networks().student(recipe.options.student.value, plan_.seed());
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
    if (!given.teacher.nodes.empty()) {
      TeacherPlan teacher;
      teacher.title = given.teacher.name;
      teacher.network = std::move(given.teacher);
      plan_.teachers.push_back(std::move(teacher));
      teacher_is_given_ = true;
    }
    return finish();
  }

 private:
  Plan finish() {
    make_timeline();
    make_calibration();
    check_together();
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

  NetworkSource networks() { return networks(ends_); }
  NetworkSource networks(const graph::Ends& ends) {
    const auto objection = [task = plan_.task, data = plan_.data](const graph::Shape& output) {
      return task ? task->objection(output, *data) : std::string();
    };
    return {ends, objection, plan_.notes, problems_};
  }

  void problem(const Value& at, std::string text) { problems_.push_back({at.origin().text(), std::move(text)}); }

  void make_data() {
    Value data = plan_.recipe.options.data.value;
    if (data.is_null()) return;  // said already
    if (data.is_map() && !data.find("seed"))
      data.set("seed", Value::scalar(std::to_string(plan_.recipe.options.seed), data.origin()));
    plan_.data = registry_.make<datasets::Dataset>("dataset", data, problems_);
    if (plan_.data && plan_.data->size(datasets::Split::train) < plan_.recipe.training.batch_size)
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
    entry.teacher = teacher_for(item, *entry.modifier);
    if (entry.modifier->needs().class_scores && plan_.task && !plan_.task->is_classification())
      problem(item, concat(entry.name,
                           " compares scores of classes, which this task does not have; a `hint` between layers "
                           "teaches any task"));
    const double whole = static_cast<double>(plan_.recipe.training.epochs);
    if (!plan_.student.nodes.empty()) {
      check_taps(item, entry);
      entry.modifier->check(plan_.student, item, entry.start, entry.end < 0 ? whole : entry.end, whole, problems_);
    }
    if (entry.modifier->writes() == compression::Writes::encodings) plan_.quantizes = true;
    origins.push_back(item.origin().text());
    plan_.timeline.push_back(std::move(entry));
  }

  void check_taps(const Value& item, const training::Scheduled& entry) {
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

  int teacher_for(const Value& item, const compression::Modifier& modifier) {
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
    if (teacher_is_given_ && teacher->is_scalar() && teacher->text() == "given") return 0;
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

  void make_teacher(const Value& at, TeacherPlan& made) {
    const auto& o = made.options;
    made.seed = o.seed >= 0 ? static_cast<std::uint64_t>(o.seed) : plan_.seed();
    made.title = std::filesystem::path(o.checkpoint.text + o.import.text + o.torchscript.text).filename().string();
    for (const auto* path : {&o.checkpoint, &o.import, &o.torchscript})
      if (!path->text.empty() && !std::filesystem::exists(path->text))
        return problem(at, concat("file '", path->text, "' does not exist"));
    if (!o.input.value.is_null()) make_teacher_input(o.input.value, made);
    if (made.is_trained_here())
      make_trained_teacher(at, made);
    else if (!o.import.text.empty())
      make_imported_teacher(at, made);
    made.opaque += o.torchscript.text;
    if (!made.opaque.empty()) try_opaque(at, made);
  }

  /// A list is the extents that the file takes, a map a front end of its own.
  void make_teacher_input(const Value& input, TeacherPlan& made) {
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
        return problem(
            input, "a teacher's own input must have the student's samples; only what is computed of them may differ");
  }

  void make_trained_teacher(const Value& at, TeacherPlan& made) {
    const auto& o = made.options;
    Value settings = plan_.recipe.options.training.value;
    if (settings.is_null()) settings = Value::map({});
    if (!o.training.value.is_null()) settings = overlaid(settings, o.training.value);
    if (o.epochs > 0) settings.set("epochs", Value::scalar(std::to_string(o.epochs), at.origin()));
    made.training = schema::read_options<training::TrainingOptions>(settings, "the teacher's training", problems_);
    if (plan_.task) make_parts(made.training, settings, *plan_.task, registry_, problems_);
    made.network = networks().from_model(o.model.text, at);
    if (!made.network.nodes.empty()) graph::initialize(made.network, made.seed ^ 0x7eac4e7ull);
    made.title = made.network.name;
  }

  /// What cannot be imported teaches all the same, by its outputs, where LibTorch can run it.
  void make_imported_teacher(const Value& at, TeacherPlan& made) {
    std::vector<Problem> unreadable;
    const auto& file = made.options.import;
    made.network = networks(ends_of(made)).from_import(file, made.input, at, unreadable);
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

  void try_opaque(const Value& at, const TeacherPlan& made) {
    try {
      torchscript_teacher(made.opaque, ends_of(made).input, made.input, ends_.classes, at::kCPU);
    } catch (const Error& e) {
      for (const auto& found : e.problems()) problem(at, concat(found.origin, ": ", found.text));
    }
  }

  graph::Ends ends_of(const TeacherPlan& teacher) const {
    return {teacher.own_data ? teacher.own_data->shape() : ends_.input, ends_.classes, ends_.outputs};
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
    all.set("training", schema::resolved_options(recipe.training));
    all.set("budget", schema::resolved_options(recipe.budget));
    if (recipe.streams()) all.set("streaming", schema::resolved_options(recipe.streaming));
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
    const bool is_file = key == "student" || key == "model" || key == "scheme" || key == "checkpoint" ||
                         key == "torchscript" || key == "weights" || key == "import" || key == "file";
    if (value.is_scalar() && is_file && value.text() != "same")
      value = Value::scalar(std::filesystem::absolute(schema::resolve_path(value)).lexically_normal().string(),
                            value.origin(), true);
  }

  const schema::Registry& registry_;
  std::vector<Problem>& problems_;
  graph::Ends ends_;
  bool teacher_is_given_ = false;
  Plan plan_;
};

}  // namespace

Plan make_plan(Recipe recipe, const schema::Registry& registry, std::vector<Problem>& problems) {
  return Planner(std::move(recipe), registry, problems).make();
}

Plan make_plan(Recipe recipe, Given given, const schema::Registry& registry, std::vector<Problem>& problems) {
  return Planner(std::move(recipe), registry, problems).make(std::move(given));
}

}  // namespace espalier::pipeline
