#include "pipeline/stages.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "graph/saved_network.h"
#include "nn/executor.h"
#include "pipeline/artifacts.h"
#include "pipeline/content.h"
#include "pipeline/fit.h"
#include "pipeline/integer_model.h"
#include "pipeline/torchscript_teacher.h"
#include "training/checkpoint.h"
#include "training/evaluation.h"

namespace espalier::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

at::Device device_of(const std::string& name) { return name == "cuda" ? at::Device(at::kCUDA) : at::Device(at::kCPU); }

std::string percent(double fraction) { return fixed_text(100 * fraction, 2) + " %"; }

/// Tells progress, metrics and TensorBoard of one training.
class Reporter {
 public:
  Reporter(Context& context, std::string stage, const training::TrainingOptions& options)
      : context_(context), stage_(std::move(stage)), epochs_(options.epochs) {
    steps_per_epoch_ = context.plan.data->size(datasets::Split::train) / options.batch_size;
    // Stopped before its first checkpoint, the stage begins anew: what it logged then goes.
    if (context.options.resume && !std::filesystem::exists(context.folder.checkpoint(stage_.c_str()))) forget_after(0);
  }

  training::Listeners listeners() {
    training::Listeners all;
    all.step = [this](std::int64_t step, double epoch, double loss) { on_step(step, epoch, loss); };
    all.epoch = [this](std::int64_t step, std::int64_t epoch, const training::Measured& measured) {
      on_epoch(step, epoch, measured);
    };
    all.resumed = [this](std::int64_t step) {
      forget_after(step);
      context_.progress.note(concat("stage ", stage_, " goes on after step ", step));
    };
    all.note = [this](const std::string& text) { context_.progress.note(text); };
    return all;
  }

 private:
  void forget_after(std::int64_t step) {
    context_.metrics.truncate_after(stage_, step);
    first_step_ = step;
  }

  reporting::EventFile& events() {
    if (!events_)
      events_.emplace(context_.folder.tensorboard() / stage_,
                      first_step_ ? std::optional(*first_step_ + 1) : std::nullopt);
    return *events_;
  }

  void on_step(std::int64_t step, double epoch, double loss) {
    reporting::Update update;
    update.step = step;
    update.steps = steps_per_epoch_ * epochs_;
    update.epoch = epoch;
    update.epochs = static_cast<double>(epochs_);
    update.loss = loss;
    context_.progress.update(update);
  }

  void on_epoch(std::int64_t step, std::int64_t epoch, const training::Measured& measured) {
    reporting::Measurement line{stage_, step, static_cast<double>(epoch + 1), {}};
    reporting::Update update;
    update.step = step;
    update.steps = steps_per_epoch_ * epochs_;
    update.epoch = static_cast<double>(epoch + 1);
    update.epochs = static_cast<double>(epochs_);
    update.epoch_end = true;
    update.metric = context_.plan.task->guide().name;
    update.is_share = context_.plan.task->guide().is_share;
    for (const auto& [name, value] : measured) {
      line.values.emplace_back(name, value);
      events().scalar(name, value, step);
      if (name == "loss") update.loss = value;
      if (name == "validation." + update.metric) update.accuracy = value;
      if (name == "validation.integer" || name == "sparsity") update.more.emplace_back(name, value);
    }
    context_.metrics.write(line);
    context_.progress.update(update);
  }

  Context& context_;
  std::string stage_;
  std::int64_t epochs_ = 0, steps_per_epoch_ = 1;
  std::optional<std::int64_t> first_step_;
  std::optional<reporting::EventFile> events_;
};

/// Validation: the network as it trains (fake-quantized where it is), and the integer program once it can be made.
training::Measured validate(const Plan& plan, training::TrainedModel& model) {
  const int workers = static_cast<int>(plan.recipe.training.workers);
  training::Measured measured;
  const auto& task = *plan.task;
  const auto score = [&](const tasks::Answers& answers) { return task.guided_by(answers, *plan.data); };
  measured["validation." + task.guide().name] =
      score(training::evaluate(model.live(), *plan.data, datasets::Split::validation, true, workers, model.evaluated(),
                               task.is_reconstruction()));
  const auto captured = model.captured();
  const auto cost = graph::cost_of(captured);
  measured["sparsity"] = 1 - static_cast<double>(cost.nonzero_parameters) /
                                 static_cast<double>(std::max<std::int64_t>(cost.parameters, 1));
  measured["macs"] = static_cast<double>(cost.macs);
  if (is_quantized(captured)) {
    const auto program = program_of(model, task.labels(*plan.data));
    const integer::Twin twin(program, device_arithmetic(plan, program), at::get_num_threads());
    measured["validation.integer"] =
        score(evaluate(twin, *plan.data, datasets::Split::validation, workers, task.is_reconstruction()).answers);
  }
  return measured;
}

training::Job job_for(Context& context, const std::string& stage, const training::TrainingOptions& options,
                      const graph::Network& network, std::uint64_t seed, const std::string& content) {
  std::vector<Problem> problems;
  const auto& plan = context.plan;
  auto parts = make_parts(options, {}, *plan.task, context.registry, problems);
  refuse(problems);
  parts.loss->prepare(*plan.task, *plan.data, network.output_shape());
  training::Job job;
  job.stage = stage;
  job.data = plan.data.get();
  job.loss = parts.loss;
  job.metric = plan.task->guide();
  job.options = options;
  job.early_stop = parts.early_stop;
  job.optimizer = parts.optimizer;
  job.schedule = parts.schedule;
  job.seed = seed;
  job.device = device_of(context.options.device);
  job.checkpoint = context.folder.checkpoint(stage.c_str());
  job.content = content;
  job.resume = context.options.resume;
  job.allow_different_bits = context.options.allow_different_bits;
  job.validate = [&plan](training::TrainedModel& model, std::int64_t) { return validate(plan, model); };
  return job;
}

/// A stage's result on disk, when it was made from the same things.
std::optional<graph::Network> stored(const std::filesystem::path& file, const std::string& content) {
  if (!std::filesystem::exists(file)) return {};
  Json extra;
  auto network = graph::load_network(file, &extra);
  if (!extra.at("content").is_text() || extra.at("content").text() != content) return {};
  return network;
}

class Timer {
 public:
  Timer(Context& context, std::string stage) : context_(context), stage_(std::move(stage)) {}
  ~Timer() { context_.seconds.emplace_back(stage_, std::chrono::duration<double>(Clock::now() - start_).count()); }

 private:
  Context& context_;
  std::string stage_;
  Clock::time_point start_ = Clock::now();
};

std::filesystem::path shared_file(const RunFolder& folder, const std::string& stage, const std::string& content) {
  return folder.shared_stages() / concat(stage, "-", content.substr(0, 16), ".safetensors");
}

std::string teacher_stage(std::size_t index) { return index == 0 ? "teacher" : concat("teacher_", index + 1); }

/// A float training whose result is shared between runs of one parent folder: a teacher or a baseline.
graph::Network train_shared(Context& context, const std::string& stage, const std::string& title,
                            const graph::Network& network, const training::TrainingOptions& options, std::uint64_t seed,
                            const std::string& content) {
  const auto file = shared_file(context.folder, stage, content);
  FileLock lock(file.string() + ".lock");
  if (!lock.try_lock()) {
    context.progress.note(concat(title, ": another run is training it; waiting"));
    if (!lock.wait(interrupted)) throw training::Interrupted{};
  }
  if (auto found = stored(file, content)) {
    context.progress.note(concat(title, ": reused from ", file.string()));
    return *found;
  }
  const Timer timer(context, stage);
  context.progress.begin_stage(stage, concat("training ", title));
  auto job = job_for(context, stage, options, network, seed, content);
  Reporter reporter(context, stage, options);
  job.listeners = reporter.listeners();
  const auto trained = training::train(job, network)->captured();
  graph::save_network(file, trained, Json::map().set("content", content));
  context.progress.end_stage(concat(percent(float_accuracy(trained, context.plan)), " on the test split"));
  return trained;
}

}  // namespace

double float_accuracy(const graph::Network& network, const Plan& plan) {
  return plan.task
      ->score(training::evaluate(nn::bring_to_life(network, false), *plan.data, datasets::Split::test, false,
                                 static_cast<int>(plan.recipe.training.workers), {}, plan.task->is_reconstruction()),
              *plan.data)
      .value;
}

void check_resumable(const Plan& plan, const RunFolder& folder, bool allow_different_bits) {
  const auto look = [&](const std::string& stage, const std::string& content, const std::filesystem::path& result) {
    const auto file = folder.checkpoint(stage.c_str());
    if (std::filesystem::exists(file) && !stored(result, content))
      training::load_checkpoint(file, content, allow_different_bits);
  };
  const auto look_shared = [&](const std::string& stage, const std::string& content) {
    look(stage, content, shared_file(folder, stage, content));
  };
  for (std::size_t i = 0; i < plan.teachers.size(); ++i)
    if (plan.teachers[i].is_trained_here()) look_shared(teacher_stage(i), teacher_content(plan, plan.teachers[i]));
  if (plan.recipe.options.baseline == "train") look_shared("baseline", baseline_content(plan));
  look("train", student_content(plan), folder.student());
}

void start_over(const Plan& plan, const RunFolder& folder) {
  if (!std::filesystem::exists(folder.recipe())) return;
  std::set<std::filesystem::path> stale = {
      folder.path / "summary.json", folder.analysis(), folder.report(), folder.metrics(), folder.manifest(),
      folder.server_load()};
  for (const auto& [format, file] : artifact_files(folder)) stale.insert(file);
  if (std::filesystem::is_directory(folder.checkpoints()))
    for (const auto& entry : std::filesystem::directory_iterator(folder.checkpoints()))
      if (entry.path().extension() == ".safetensors") stale.insert(entry.path());
  // A teacher may be the student that an earlier run left in this very folder.
  std::vector<std::filesystem::path> needed;
  for (const auto& teacher : plan.teachers)
    for (const auto* file : {&teacher.options.checkpoint, &teacher.options.import, &teacher.options.torchscript})
      if (!file->text.empty()) needed.push_back(std::filesystem::weakly_canonical(file->text));
  for (const auto& file : stale)
    if (std::find(needed.begin(), needed.end(), std::filesystem::weakly_canonical(file)) == needed.end())
      std::filesystem::remove_all(file);
  std::filesystem::remove_all(folder.tensorboard());
}

namespace {

graph::Network teacher_network(Context& context, std::size_t index) {
  const auto& wanted = context.plan.teachers[index];
  if (wanted.is_trained_here())
    return train_shared(context, teacher_stage(index), concat("the teacher ", wanted.title), wanted.network,
                        wanted.training, wanted.seed, teacher_content(context.plan, wanted));
  const auto& file = wanted.options.checkpoint.text;
  if (file.empty()) return wanted.network;
  auto network = graph::load_network(file);
  const auto& student = context.plan.student;
  if (network.input_shape() != student.input_shape() || network.output_shape() != student.output_shape())
    mistake(file, concat("maps ", graph::text_of(network.input_shape()), " to ", graph::text_of(network.output_shape()),
                         ", the data needs ", graph::text_of(student.input_shape()), " to ",
                         graph::text_of(student.output_shape())));
  return network;
}

/// Layers of teacher `index` whose activations modifiers ask for.
std::set<std::string> teacher_taps(const Plan& plan, std::size_t index) {
  std::set<std::string> taps;
  for (const auto& entry : plan.timeline)
    if (entry.teacher == static_cast<int>(index))
      for (const auto& tap : entry.modifier->needs().teacher_activations)
        if (!tap.empty()) taps.insert(tap);
  return taps;
}

TrainedTeacher prepare_teacher(Context& context, std::size_t index) {
  const auto& plan = context.plan;
  const auto& wanted = plan.teachers[index];
  const auto& data = wanted.own_data ? *wanted.own_data : *plan.data;
  const auto device = device_of(context.options.device);
  TrainedTeacher teacher;
  if (wanted.opaque.empty()) {
    teacher.network = teacher_network(context, index);
    teacher.teacher = training::network_teacher(teacher.network, teacher_taps(plan, index), device);
  } else {
    teacher.teacher = torchscript_teacher(wanted.opaque, data.shape(), wanted.input,
                                          static_cast<std::int64_t>(plan.data->classes().size()), device);
  }
  if (wanted.own_data) teacher.teacher = training::teacher_with_data(teacher.teacher, wanted.own_data);
  const auto run = [&](const at::Tensor& x) { return teacher.teacher->run(x, {}).at(""); };
  const auto answers = training::answers_of(data, datasets::Split::test, static_cast<int>(plan.recipe.training.workers),
                                            run, plan.task->is_reconstruction());
  teacher.accuracy = plan.task->score(answers, data).value;
  return teacher;
}

}  // namespace

std::vector<TrainedTeacher> prepare_teachers(Context& context) {
  std::vector<TrainedTeacher> all;
  for (std::size_t i = 0; i < context.plan.teachers.size(); ++i) all.push_back(prepare_teacher(context, i));
  return all;
}

double train_baseline(Context& context) {
  const auto& plan = context.plan;
  return float_accuracy(train_shared(context, "baseline", "the student without compression", plan.student,
                                     plan.recipe.training, plan.seed(), baseline_content(plan)),
                        plan);
}

graph::Network train_student(Context& context, const std::vector<TrainedTeacher>& teachers) {
  const auto& plan = context.plan;
  const auto content = student_content(plan);
  if (context.options.resume)
    if (auto found = stored(context.folder.student(), content)) {
      context.progress.note("the student is trained already");
      return *found;
    }
  const Timer timer(context, "train");
  const bool trains = plan.recipe.training.epochs > 0;
  context.progress.begin_stage("train", trains ? "training the student" : "the student keeps its weights");
  auto job = job_for(context, "train", plan.recipe.training, plan.student, plan.seed(), content);
  job.timeline = plan.timeline;
  for (const auto& teacher : teachers) job.teachers.push_back(teacher.teacher);
  Reporter reporter(context, "train", plan.recipe.training);
  job.listeners = reporter.listeners();
  auto model = training::train(job, plan.student);
  if (!plan.calibrate.empty()) {
    context.progress.begin_stage("calibrate", "compressing what was trained");
    model = training::apply(job, model->captured(), plan.calibrate);
  }
  auto trained = model->captured();
  graph::save_network(context.folder.student(), trained, Json::map().set("content", content));
  context.progress.end_stage("");
  return trained;
}

std::vector<std::string> calibration_samples(const Plan& plan) {
  std::int64_t samples = 0;
  const auto read = [&](const schema::Value& value) {
    const auto* type = value.find("type");
    if (type && type->text() != "quantize") return;
    const auto* count = value.find("calibration_samples");
    samples = count ? std::stoll(count->text()) : 256;
  };
  const auto& calibrate = plan.recipe.options.calibrate.value;
  if (calibrate.is_map()) read(calibrate);
  if (calibrate.is_list())
    for (const auto& item : calibrate.items()) read(item);
  for (const auto& item : plan.recipe.options.compression.value.items()) read(item);
  if (!plan.quantizes) return {};
  datasets::LoaderOptions options;
  options.batch_size = std::max<std::int64_t>(samples, 1);  // one batch: all of them, in the order of calibration
  options.shuffle = true;
  options.seed = plan.seed();
  options.workers = 0;
  datasets::Loader loader(*plan.data, options);
  datasets::Batch batch;
  std::vector<std::string> ids;
  if (loader.next(batch))
    for (const auto sample : batch.samples) ids.push_back(plan.data->id(datasets::Split::train, sample));
  return ids;
}

}  // namespace espalier::pipeline
