#include "pipeline/verification.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/headeronly/version.h>

#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "exporting/golden.h"
#include "exporting/manifest.h"
#include "exporting/npz.h"
#include "exporting/readback.h"
#include "exporting/tflite/reader.h"
#include "integer/twin.h"
#include "nn/executor.h"
#include "pipeline/c_export.h"
#include "pipeline/imported_network.h"

namespace espalier::pipeline {
namespace {

using reporting::Level;
using reporting::Status;
using reporting::Verification;

constexpr double float_tolerance = 1e-4;

Verification finding(const reporting::Artifact& artifact, Level level, std::string judge, std::string version) {
  Verification v;
  v.artifact = artifact.path;
  v.level = level;
  v.judge = std::move(judge);
  v.version = std::move(version);
  return v;
}

Verification failed(Verification v, std::string reason) {
  v.status = Status::failed;
  v.reason = std::move(reason);
  return v;
}

/// Parsed by a reader that shares nothing with the writer, compared with the program, run by the twin on the golden
/// samples.
Verification read_back_tflite(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact) {
  auto v = finding(artifact, Level::readback, "espalier reader and twin", "0.1.0");
  try {
    const auto model = exporting::tflite::read(read_bytes(folder.path / artifact.path), artifact.path);
    if (student.program) {
      const auto differences = exporting::compare(*student.program, model.program);
      if (!differences.empty())
        return failed(v, concat("the file is not the program: ", differences.front(),
                                differences.size() > 1 ? concat(" (and ", differences.size() - 1, " more)") : ""));
    }
    const auto golden = exporting::read_golden(folder.golden());
    std::vector<std::int8_t> y(golden.y.size());
    integer::Twin(model.program).run(golden.x, golden.samples, y);
    int largest = 0;
    for (std::size_t i = 0; i < y.size(); ++i) largest = std::max(largest, std::abs(y[i] - golden.y[i]));
    v.samples = golden.samples;
    v.max_lsb = largest;
    if (largest > 0) return failed(v, concat("the file computes other bytes than golden.npz, by up to ", largest));
    v.status = Status::passed;
    return v;
  } catch (const Error& e) {
    return failed(v, e.what());
  }
}

at::Tensor float_array(const std::vector<exporting::Array>& arrays, const char* name) {
  for (const auto& array : arrays)
    if (array.name == name) {
      const auto& values = std::get<std::vector<float>>(array.values);
      auto made = at::empty(array.shape, at::kFloat);
      std::memcpy(made.mutable_data_ptr(), values.data(), values.size() * sizeof(float));
      return made;
    }
  mistake("golden_float.npz", concat("has no member ", name));
}

/// What `run` makes of the golden inputs against the golden outputs.
template <class Run>
Verification compare_floats(Verification v, const RunFolder& folder, const Run& run) {
  try {
    const auto arrays = exporting::read_npz(folder.golden_float());
    const auto x = float_array(arrays, "x"), y = float_array(arrays, "y");
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
                   const std::filesystem::path& golden, const RunFolder& folder, Json& report) {
  auto v = finding(artifact, Level::judge, name, "");
  if (home.scripts.empty()) {
    v.reason = "the judges' scripts were not found";
    return v;
  }
  const auto result = run_process({home.python, (home.scripts / script).string(),
                                   (folder.path / artifact.path).string(), golden.string(), "--json"});
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
    }
    if (artifact.format == "torchscript") {
      all.push_back(judge_torchscript_here(folder, artifact));
      all.push_back(judge(artifact, home, "judge_torchscript.py", "pytorch", folder.golden_float(), folder, report));
    }
    if (artifact.format == "c") all.push_back(read_back_c(student, folder, artifact));
    if (artifact.format == "onnx") {
      all.push_back(read_back_onnx(folder, artifact));
      all.push_back(judge(artifact, home, "judge_onnx.py", "onnxruntime", folder.golden_float(), folder, report));
    }
  }
  return all;
}

}  // namespace espalier::pipeline
