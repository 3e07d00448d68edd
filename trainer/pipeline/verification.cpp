#include "pipeline/verification.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/headeronly/version.h>

#include "base/error.h"
#include "base/text.h"
#include "deployment/judges.h"
#include "deployment/server_export.h"
#include "nn/executor.h"
#include "pipeline/imported_network.h"
#include "pipeline/verification_impl.h"

namespace espalier::pipeline {
namespace {

constexpr double float_tolerance = 1e-4;

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

void check_torchscript(const Student&, const RunFolder& folder, reporting::Artifact& artifact,
                       std::vector<Verification>& all) {
  Json report;
  all.push_back(judge_torchscript_here(folder, artifact));
  all.push_back(ask({"judge_torchscript.py", "pytorch", folder.golden_float()}, artifact, folder, report));
}

void check_torchscript_int8(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
                            std::vector<Verification>& all) {
  Json report;
  all.push_back(judge_torchscript_int8_here(student, folder, artifact));
  all.push_back(ask({"judge_torchscript_int8.py", "pytorch", folder.golden_ort()}, artifact, folder, report));
}

void check_torchscript_dynamic(const Student&, const RunFolder& folder, reporting::Artifact& artifact,
                               std::vector<Verification>& all) {
  Json report;
  all.push_back(judge_torchscript_dynamic_here(folder, artifact));
  all.push_back(ask({"judge_torchscript.py", "pytorch", folder.golden_float(), deployment::dynamic_options()}, artifact,
                    folder, report));
}

/// LibTorch executes what the importer read; the judge is asked as without it.
void check_onnx_float(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
                      std::vector<Verification>& all) {
  all.push_back(read_back_onnx(folder, artifact));
  deployment::checks().at("onnx_float")(student, folder, artifact, all);
}

void check_server(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
                  std::vector<Verification>& all) {
  if (deployment::serves_int8(folder, artifact))
    return deployment::checks().at("server")(student, folder, artifact, all);
  all.push_back(deployment::read_back_server(
      student, folder, artifact, [](const Student&, const RunFolder& run, const reporting::Artifact& model) {
        return read_back_onnx(run, model);
      }));
  all.push_back(deployment::ask_server(folder, artifact));
}

}  // namespace

std::vector<Verification> verify(const Student& student, const RunFolder& folder,
                                 std::vector<reporting::Artifact>& artifacts) {
  auto checks = deployment::checks();
  checks["torchscript"] = check_torchscript;
  checks["torchscript_int8"] = check_torchscript_int8;
  checks["torchscript_dynamic"] = check_torchscript_dynamic;
  checks["onnx_float"] = check_onnx_float;
  checks["server"] = check_server;
  return deployment::verify(student, folder, artifacts, checks);
}

}  // namespace espalier::pipeline
