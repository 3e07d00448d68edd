#include "pipeline/profile.h"

#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "deployment/judges.h"
#include "exporting/onnx/writer.h"
#include "exporting/tflite/reader.h"
#include "exporting/tflite/writer.h"
#include "integer/lowering.h"
#include "pipeline/fit.h"
#include "pipeline/fit_remedy.h"
#include "pipeline/run.h"
#include "reporting/text_table.h"
#include "targets/planned.h"

namespace espalier::pipeline {
namespace {

/// What is profiled, and the recipe behind it.
struct Subject {
  integer::Program program;
  graph::Network network;  ///< no nodes: only a program is known
  std::string note;
  std::shared_ptr<const targets::Device> target;
  std::string runtime;                  ///< that the recipe's exports choose on its target
  std::optional<std::int64_t> c_arena;  ///< with the front end, which a file alone does not tell
};

Plan plan_of(const std::string& file, const std::vector<std::string>& overrides, const schema::Registry& registry) {
  std::vector<Problem> problems;
  auto recipe = read_recipe(file, overrides, problems);
  auto plan = make_plan(std::move(recipe), registry, problems);
  refuse(problems);
  return plan;
}

Subject of_plan(Plan plan) {
  refuse(integer::unsupported(plan.student));
  Subject subject;
  subject.program = targets::planned_program(plan.student);
  subject.program.labels = plan.task->labels(*plan.data);
  subject.note = plan.quantizes ? "before training, unpruned, as the int8 model that it becomes"
                                : "before training, as int8 (the recipe does not quantize)";
  subject.c_arena = c_arena_bytes(subject.program, plan);
  subject.network = std::move(plan.student);
  if (plan.target) subject.runtime = runtime_of(plan);
  subject.target = std::move(plan.target);
  return subject;
}

Subject of_run(const std::string& run, const schema::Registry& registry) {
  const RunFolder folder{run};
  const auto plan = plan_of(folder.recipe().string(), {}, registry);
  auto student = load_student(folder, plan);
  Subject subject;
  subject.program = student.program ? *student.program : targets::planned_program(student.network);
  subject.note = student.program ? "trained" : "trained, as if int8 (the run does not quantize)";
  subject.c_arena = c_arena_bytes(subject.program, plan);
  subject.network = std::move(student.network);
  if (plan.target) subject.runtime = runtime_of(plan);
  subject.target = plan.target;
  return subject;
}

Subject subject_of(const ProfileRequest& request, const schema::Registry& registry) {
  if (request.run.empty() == request.config.empty())
    mistake("profile", "takes a run's folder, a .tflite file or --config RECIPE, one of them");
  if (!request.config.empty()) return of_plan(plan_of(request.config, request.overrides, registry));
  if (!request.overrides.empty()) mistake("--set", "overrides a recipe's keys: give --config");
  if (std::filesystem::is_regular_file(request.run)) {
    Subject subject;
    subject.program = exporting::tflite::read(read_bytes(request.run), request.run).program;
    if (subject.program.name.empty() || subject.program.name == "main")  // what converters call every graph
      subject.program.name = std::filesystem::path(request.run).stem().string();
    return subject;
  }
  if (!std::filesystem::exists(RunFolder{request.run}.recipe()))
    mistake(request.run, "is neither a run folder (it has no recipe.yaml) nor a .tflite file");
  return of_run(request.run, registry);
}

/// A folder that is gone afterwards.
class ScratchFolder {
 public:
  ScratchFolder() : path_(std::filesystem::temp_directory_path() / concat("espalier_profile_", ::getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Milliseconds on this machine; what could not run says why.
Json time_on_host(const Subject& subject) {
  const auto home = deployment::find_judges();
  if (home.scripts.empty()) return Json::map().set("not_run", "scripts/judges was not found");
  const ScratchFolder scratch;
  std::vector<std::string> command = {home.python, (home.scripts / "host_latency.py").string()};
  const auto tflite = scratch.path() / "model.tflite", onnx = scratch.path() / "model.onnx";
  write_atomically(tflite, exporting::tflite::write(subject.program));
  command.push_back(tflite.string());
  if (!subject.network.nodes.empty()) {
    write_atomically(onnx, exporting::onnx::write(subject.network, {}));
    command.push_back(onnx.string());
  }
  const auto result = run_process(command);
  if (!result.started || (result.exit_code != 0 && result.output.empty()))
    return Json::map().set("not_run", "its Python packages are not installed (scripts/setup.sh --judges)");
  return Json::parse(result.output, "host_latency.py");
}

/// What the compiler of the target's network processor says; by subprocess, as a judge.
Json ask_compiler(const integer::Program& program) {
  const auto home = deployment::find_judges();
  if (home.scripts.empty()) return Json::map().set("not_run", "scripts/judges was not found");
  const ScratchFolder scratch;
  const auto tflite = scratch.path() / "model.tflite";
  write_atomically(tflite, exporting::tflite::write(program));
  const auto result = run_process({home.python, (home.scripts / "vela.py").string(), tflite.string()});
  if (!result.started || result.output.empty())
    return Json::map().set("not_run", "ethos-u-vela is not installed (scripts/setup.sh --judges)");
  return Json::parse(result.output, "vela.py");
}

/// How far the estimate can be trusted.
std::string remark(const reporting::TargetFit& fit) {
  if (!fit.milliseconds) return "";
  if (!fit.latency_verified) return "estimated on unverified figures";
  if (!fit.millijoules || fit.energy_verified) return "estimated";
  return "estimated, energy on unverified figures";
}

}  // namespace

Profiled profile(const ProfileRequest& request, const schema::Registry& registry) {
  auto subject = subject_of(request, registry);
  if (!request.target.empty()) {
    std::vector<Problem> problems;
    const auto file = targets::find_device(request.target, "--target", problems);
    refuse(problems);
    subject.target = std::make_shared<const targets::Device>(targets::load_device(file, problems));
    refuse(problems);
    subject.runtime.clear();
  }
  if (!subject.target && !request.runtime.empty()) mistake("--runtime", "is of a target: give --target");
  const auto& runtime = request.runtime.empty() ? subject.runtime : request.runtime;
  Profiled made;
  made.profile = targets::profile_of(subject.program, subject.note, subject.target, runtime, "--runtime");
  if (made.profile.runtime == "c" && subject.c_arena) made.profile.estimate.arena_bytes = *subject.c_arena;
  if (!request.measured.empty())
    made.profile.measured = targets::read_measured(read_text(request.measured), request.measured);
  if (request.host) made.profile.host = time_on_host(subject);
  if (made.profile.runtime == "ethos_u") made.profile.npu = ask_compiler(subject.program);
  made.everywhere = fits_everywhere(subject.program);
  return made;
}

std::string text_of(const Profiled& profiled) {
  auto text = targets::text_of(profiled.profile);
  if (profiled.profile.device || profiled.everywhere.empty()) return text;
  using enum reporting::TextTable::Align;
  reporting::TextTable table(
      {{"target"}, {"by"}, {"flash", right}, {"RAM", right}, {"time", right}, {"energy", right}, {""}});
  for (const auto& fit : profiled.everywhere) {
    const auto share = [](std::int64_t part, std::int64_t all) {
      return concat(fixed_text(100 * static_cast<double>(part) / static_cast<double>(all), 1), " %");
    };
    table.row({fit.target, fit.runtime, share(fit.flash_bytes, fit.flash_limit), share(fit.ram_bytes, fit.ram_limit),
               fit.milliseconds ? targets::quantity_text(*fit.milliseconds / 1e3, "s") : "?",
               fit.millijoules ? targets::quantity_text(*fit.millijoules / 1e3, "J") : "?",
               !fit.fits() ? "does not fit" : remark(fit)});
  }
  return text + "\nOn every known target (--target NAME shows one):\n" + table.text(120);
}

Json to_json(const Profiled& profiled) {
  auto json = targets::to_json(profiled.profile), everywhere = Json::list();
  for (const auto& fit : profiled.everywhere) everywhere.push(reporting::to_json(fit));
  return json.set("targets", std::move(everywhere));
}

}  // namespace espalier::pipeline
