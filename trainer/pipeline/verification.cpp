#include "pipeline/verification.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/headeronly/version.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "exporting/manifest.h"
#include "exporting/tflite/reader.h"
#include "nn/executor.h"
#include "pipeline/c_export.h"
#include "pipeline/imported_network.h"
#include "pipeline/verification_impl.h"

namespace espalier::pipeline {
namespace {

constexpr double float_tolerance = 1e-4;

/// Parsed by a reader that shares nothing with the writer.
Verification read_back_tflite(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact) {
  return read_back(student, folder, artifact, integer::Arithmetic::tflm, folder.golden(),
                   [](const auto& bytes, const auto& path) { return exporting::tflite::read(bytes, path).program; });
}

/// What `run` makes of the golden inputs against the golden outputs.
template <class Run>
Verification compare_floats(Verification v, const RunFolder& folder, const Run& run) {
  try {
    const auto [x, y] = golden_floats(folder);
    const double gap = (run(x) - y).abs().max().template item<double>();
    v.samples = x.size(0);
    v.max_difference = gap;
    if (!(gap <= float_tolerance)) return failed(v, concat("outputs differ by up to ", gap));
    v.status = Status::passed;
    return v;
  } catch (const Error& e) {
    return failed(v, e.what());
  } catch (const std::exception& e) {
    const std::string text = e.what();
    return failed(v, text.substr(0, text.find('\n')));
  }
}

/// LibTorch is TorchScript's runtime and its judge.
Verification judge_torchscript_here(const RunFolder& folder, const reporting::Artifact& artifact) {
  return compare_floats(finding(artifact, Level::judge, "libtorch", TORCH_VERSION), folder, [&](const at::Tensor& x) {
    auto module = torch::jit::load((folder.path / artifact.path).string());
    module.eval();
    return module.forward({x}).toTensor();
  });
}

/// Read by the importer, which shares nothing with the writer, and executed.
Verification read_back_onnx(const RunFolder& folder, const reporting::Artifact& artifact) {
  const auto v = finding(artifact, Level::readback, "espalier importer", "0.1.0");
  return compare_floats(v, folder, [&](const at::Tensor& x) {
    const auto file = (folder.path / artifact.path).string();
    const auto imported = import_network(file, {}, graph::standard_operators());
    return nn::forward(nn::for_inference(imported.network), x, {}).logits;
  });
}

Verification judge(const reporting::Artifact& artifact, const JudgeHome& home, const char* script, const char* name,
                   const std::filesystem::path& golden, const RunFolder& folder, Json& report,
                   const std::vector<std::string>& options = {}) {
  auto v = finding(artifact, Level::judge, name, "");
  if (home.scripts.empty()) {
    v.reason = "the judges' scripts were not found";
    return v;
  }
  std::vector<std::string> command = {home.python, (home.scripts / script).string(),
                                      (folder.path / artifact.path).string(), golden.string(), "--json"};
  command.insert(command.end(), options.begin(), options.end());
  const auto result = run_process(command);
  if (!result.started || result.exit_code == 77) {
    v.reason = concat("its Python packages are not installed (scripts/setup.sh --judges)");
    return v;
  }
  if (result.exit_code != 0 && result.exit_code != 3)
    return failed(v, concat("the judge ended with exit code ", result.exit_code));
  report = Json::parse(result.output, script);
  v.version = report.at("version").is_text() ? report.at("version").text() : "";
  v.samples = report.at("samples").is_number() ? report.at("samples").integer() : 0;
  if (report.at("max_lsb").is_number()) v.max_lsb = report.at("max_lsb").number();
  if (report.at("max_difference").is_number()) v.max_difference = report.at("max_difference").number();
  if (report.at("reason").is_text()) v.reason = report.at("reason").text();
  if (result.exit_code == 3 && !v.reason.empty()) return failed(v, v.reason);
  if (result.exit_code == 3)
    return failed(v, concat(report.at("differing").dump(), " outputs differ, by up to ",
                            v.max_lsb.value_or(v.max_difference.value_or(0))));
  v.status = Status::passed;
  return v;
}

void take_costs(const Json& report, reporting::Artifact& artifact) {
  reporting::RuntimeCost cost;
  cost.runtime = "tflm (x86-64)";
  for (auto [key, member] :
       {std::pair{"arena_head_bytes", &cost.plan}, std::pair{"arena_tail_bytes", &cost.persistent}})
    if (report.at(key).is_number()) *member = report.at(key).integer();
  if (cost.plan) artifact.runtimes.push_back(std::move(cost));
}

/// Runtimes that compute otherwise than the twin by design: reported, never failing.
void add_others(const Json& report, const reporting::Artifact& artifact, std::vector<Verification>& all) {
  if (!report.at("also").is_list()) return;
  for (const auto& other : report.at("also").items()) {
    auto v = finding(artifact, Level::judge, other.at("judge").text(),
                     other.at("version").is_text() ? other.at("version").text() : "");
    if (other.at("not_run").is_text()) {
      v.reason = other.at("not_run").text();
    } else {
      v.status = Status::passed;
      v.samples = other.at("samples").integer();
      v.max_lsb = other.at("max_lsb").number();
      v.reason = concat("informative: the twin's class in ", fixed_text(100 * other.at("agreement").number(), 1),
                        " % of the samples");
    }
    all.push_back(std::move(v));
  }
}

}  // namespace

JudgeHome find_judges() {
  JudgeHome home;
  const std::filesystem::path program = executable_path();
  // build/<preset>/trainer of a checkout, or <prefix>/bin/trainer of an installation.
  const std::filesystem::path roots[] = {program.parent_path().parent_path().parent_path(),
                                         program.parent_path().parent_path() / "share" / "espalier"};
  for (const auto& root : roots)
    if (home.scripts.empty() && std::filesystem::exists(root / "scripts" / "judges" / "judge_tflite.py")) {
      home.scripts = root / "scripts" / "judges";
      if (std::filesystem::exists(root / ".venv" / "bin" / "python"))
        home.python = (root / ".venv" / "bin" / "python").string();
    }
  if (const char* given = std::getenv("ESPALIER_PYTHON")) home.python = given;
  if (home.python.empty()) home.python = "python3";
  return home;
}

std::vector<Verification> verify(const Student& student, const RunFolder& folder,
                                 std::vector<reporting::Artifact>& artifacts) {
  std::vector<Verification> all;
  const auto home = find_judges();
  const auto manifest = exporting::read_manifest(folder.manifest());
  const auto changed = exporting::changes(manifest, folder.exports());
  for (auto& artifact : artifacts) {
    const auto name = std::filesystem::path(artifact.path).filename().string();
    for (const auto& change : changed)
      if (starts_with(change, name + ":") || starts_with(change, name + "/"))
        all.push_back(failed(finding(artifact, Level::readback, "manifest", ""), change));
    Json report;
    if (artifact.format == "tflite") {
      all.push_back(read_back_tflite(student, folder, artifact));
      all.push_back(judge(artifact, home, "judge_tflite.py", "tflite-micro", folder.golden(), folder, report));
      if (!report.is_null()) take_costs(report, artifact);
      if (!report.is_null()) add_others(report, artifact, all);
    }
    if (artifact.format == "torchscript") {
      all.push_back(judge_torchscript_here(folder, artifact));
      all.push_back(judge(artifact, home, "judge_torchscript.py", "pytorch", folder.golden_float(), folder, report));
    }
    if (artifact.format == "c") all.push_back(read_back_c(student, folder, artifact));
    if (artifact.format == "torchscript_int8") {
      all.push_back(judge_torchscript_int8_here(student, folder, artifact));
      all.push_back(judge(artifact, home, "judge_torchscript_int8.py", "pytorch", folder.golden_ort(), folder, report));
    }
    if (artifact.format == "torchscript_dynamic") {
      all.push_back(judge_torchscript_dynamic_here(folder, artifact));
      all.push_back(judge(artifact, home, "judge_torchscript.py", "pytorch", folder.golden_float(), folder, report,
                          dynamic_options()));
    }
    if (artifact.format == "onnx") {
      all.push_back(read_back_onnx_int8(student, folder, artifact));
      all.push_back(judge(artifact, home, "judge_onnx_int8.py", "onnxruntime", folder.golden_ort(), folder, report));
    }
    if (artifact.format == "onnx_float") {
      all.push_back(read_back_onnx(folder, artifact));
      all.push_back(judge(artifact, home, "judge_onnx.py", "onnxruntime", folder.golden_float(), folder, report));
    }
    if (artifact.format == "onnx_dynamic") {
      all.push_back(read_back_onnx_dynamic(student, folder, artifact));
      all.push_back(judge(artifact, home, "judge_onnx.py", "onnxruntime", folder.golden_float(), folder, report,
                          dynamic_options()));
    }
  }
  return all;
}

}  // namespace espalier::pipeline
