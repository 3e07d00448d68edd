#include "deployment/verification.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "deployment/c_export.h"
#include "deployment/judges.h"
#include "deployment/server_export.h"
#include "exporting/golden.h"
#include "exporting/manifest.h"
#include "exporting/onnx/dynamic_reader.h"
#include "exporting/onnx/quantized_reader.h"
#include "exporting/readback.h"
#include "exporting/tflite/reader.h"
#include "graph/saved_network.h"
#include "integer/twin.h"
#include "passes/rewrite.h"

namespace espalier::deployment {
namespace {

/// Parsed by a reader that shares nothing with the writer.
Verification read_back_tflite(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact) {
  return read_back(student, folder, artifact, integer::Arithmetic::tflm, folder.golden(),
                   [](const auto& bytes, const auto& path) { return exporting::tflite::read(bytes, path).program; });
}

Verification read_back_onnx_int8(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact) {
  Student as_written = student;
  if (as_written.program) as_written.program = exporting::numbered_as_written(*student.program);
  return read_back(
      as_written, folder, artifact, integer::Arithmetic::ort_f32_even, folder.golden_ort(),
      [](const auto& bytes, const auto& path) { return exporting::onnx::read_quantized(bytes, path).program; });
}

Verification read_back_onnx_dynamic(const Student& student, const RunFolder& folder,
                                    const reporting::Artifact& artifact) {
  auto v = finding(artifact, Level::readback, "espalier reader", "0.1.0");
  if (student.network.nodes.empty()) {
    v.reason = "the network that it was made from is not here (checkpoints/student.safetensors)";
    return v;
  }
  try {
    const auto folded = passes::fold_batch_norm(passes::remove_dropout(student.network).network).network;
    const auto found = exporting::onnx::compare_dynamic(read_bytes(folder.path / artifact.path), artifact.path, folded);
    if (!found.empty()) return failed(v, concat("the file is not the network: ", found.front()));
    v.reason = "no twin: the weights' integers lie within half a step of the floats";
    v.status = Status::passed;
    return v;
  } catch (const Error& e) {
    return failed(v, e.what());
  }
}

void take_costs(const Json& report, reporting::Artifact& artifact) {
  reporting::RuntimeCost cost;
  cost.runtime = "tflm (x86-64)";
  for (auto [key, member] :
       {std::pair{"arena_head_bytes", &cost.plan}, std::pair{"arena_tail_bytes", &cost.persistent}})
    if (report.at(key).is_number()) *member = report.at(key).integer();
  if (cost.plan) artifact.runtimes.push_back(std::move(cost));
}

/// Whether each output is a class's score.
bool scores_classes(const Student& student) {
  if (!student.program) return false;
  const auto& program = *student.program;
  return integer::elements(program.activations[static_cast<std::size_t>(program.output)].shape) ==
         static_cast<std::int64_t>(program.labels.size());
}

/// Runtimes that compute otherwise than the twin by design: reported, never failing. Without `classes` the largest of
/// the outputs means nothing.
void add_others(const Json& report, const reporting::Artifact& artifact, bool classes, std::vector<Verification>& all) {
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
      v.reason = classes ? concat("informative: the twin's class in ",
                                  fixed_text(100 * other.at("agreement").number(), 1), " % of the samples")
                         : "informative";
    }
    all.push_back(std::move(v));
  }
}

void check_tflite(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
                  std::vector<Verification>& all) {
  Json report;
  all.push_back(read_back_tflite(student, folder, artifact));
  all.push_back(ask({"judge_tflite.py", "tflite-micro", folder.golden()}, artifact, folder, report));
  if (report.is_null()) return;
  take_costs(report, artifact);
  add_others(report, artifact, scores_classes(student), all);
}

void check_c(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
             std::vector<Verification>& all) {
  all.push_back(read_back_c(student, folder, artifact));
}

void check_onnx(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
                std::vector<Verification>& all) {
  Json report;
  all.push_back(read_back_onnx_int8(student, folder, artifact));
  all.push_back(ask({"judge_onnx_int8.py", "onnxruntime", folder.golden_ort()}, artifact, folder, report));
}

/// A float model is executed by LibTorch alone.
Verification not_executed(const Student&, const RunFolder&, const reporting::Artifact& artifact) {
  auto v = finding(artifact, Level::readback, "LibTorch", "");
  v.reason = "the files agree; the float model is executed by LibTorch, which this program was built without";
  return v;
}

void check_server(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
                  std::vector<Verification>& all) {
  const bool int8 = serves_int8(folder, artifact);
  all.push_back(read_back_server(student, folder, artifact, int8 ? read_back_onnx_int8 : not_executed));
  all.push_back(ask_server(folder, artifact));
}

void check_onnx_float(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
                      std::vector<Verification>& all) {
  Json report;
  all.push_back(ask({"judge_onnx.py", "onnxruntime", folder.golden_float()}, artifact, folder, report));
}

void check_onnx_dynamic(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
                        std::vector<Verification>& all) {
  Json report;
  all.push_back(read_back_onnx_dynamic(student, folder, artifact));
  all.push_back(
      ask({"judge_onnx.py", "onnxruntime", folder.golden_float(), dynamic_options()}, artifact, folder, report));
}

}  // namespace

Verification ask_server(const RunFolder& folder, const reporting::Artifact& artifact) {
  Json report;
  const auto golden = serves_int8(folder, artifact) ? folder.golden_ort() : folder.golden_float();
  return ask({"judge_server.py", "mosec", golden}, artifact, folder, report);
}

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

Verification read_back(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact,
                       integer::Arithmetic arithmetic, const std::filesystem::path& golden_file, ProgramReader read) {
  auto v = finding(artifact, Level::readback, "espalier reader and twin", "0.1.0");
  try {
    const auto program = read(read_bytes(folder.path / artifact.path), artifact.path);
    if (student.program) {
      const auto differences = exporting::compare(*student.program, program);
      if (!differences.empty())
        return failed(v, concat("the file is not the program: ", differences.front(),
                                differences.size() > 1 ? concat(" (and ", differences.size() - 1, " more)") : ""));
    }
    const auto golden = exporting::read_golden(golden_file);
    std::vector<std::int8_t> y(golden.y.size());
    integer::Twin(program, arithmetic).run(golden.x, golden.samples, y);
    int largest = 0;
    for (std::size_t i = 0; i < y.size(); ++i) largest = std::max(largest, std::abs(y[i] - golden.y[i]));
    v.samples = golden.samples;
    v.max_lsb = largest;
    if (largest > 0)
      return failed(
          v, concat("the file computes other bytes than ", golden_file.filename().string(), ", by up to ", largest));
    v.status = Status::passed;
    return v;
  } catch (const Error& e) {
    return failed(v, e.what());
  }
}

std::vector<std::string> dynamic_options() {
  return {"--relative", number_text(dynamic_tolerance), "--relative-largest", number_text(dynamic_largest)};
}

Checks checks() {
  return {{"tflite", check_tflite},         {"c", check_c},
          {"server", check_server},         {"onnx", check_onnx},
          {"onnx_float", check_onnx_float}, {"onnx_dynamic", check_onnx_dynamic}};
}

std::vector<Verification> verify(const Student& student, const RunFolder& folder,
                                 std::vector<reporting::Artifact>& artifacts, const Checks& checks) {
  std::vector<Verification> all;
  const auto changed = exporting::changes(exporting::read_manifest(folder.manifest()), folder.exports());
  for (auto& artifact : artifacts) {
    const auto name = std::filesystem::path(artifact.path).filename().string();
    for (const auto& change : changed)
      if (starts_with(change, name + ":") || starts_with(change, name + "/"))
        all.push_back(failed(finding(artifact, Level::readback, "manifest", ""), change));
    if (const auto check = checks.find(artifact.format); check != checks.end()) {
      check->second(student, folder, artifact, all);
    } else {
      auto v = finding(artifact, Level::readback, "LibTorch", "");
      v.reason =
          concat("LibTorch runs the format ", artifact.format, "; verify the whole run by a program that has it");
      all.push_back(std::move(v));
    }
  }
  return all;
}

std::vector<reporting::Artifact> artifacts_of(const RunFolder& folder) {
  std::vector<reporting::Artifact> all;
  for (const auto& entry : exporting::read_manifest(folder.manifest()).artifacts) {
    if (entry.format == "golden" || entry.format == "note") continue;
    const auto path = concat(folder.export_name, "/", entry.path.substr(0, entry.path.find('/')));
    if (all.empty() || all.back().path != path) all.push_back({entry.format, path, 0, "", {}});
    all.back().bytes += entry.bytes;
  }
  return all;
}

std::vector<Verification> verify_exports(const std::filesystem::path& given) {
  const auto folder = find_exports(given);
  auto artifacts = artifacts_of(folder);
  if (artifacts.empty()) mistake(given.string(), "has no artifacts to verify");
  Student student;
  if (std::filesystem::exists(folder.student())) student.network = graph::load_network(folder.student());
  return verify(student, folder, artifacts, checks());
}

}  // namespace espalier::deployment
