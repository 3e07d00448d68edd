#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/headeronly/version.h>

#include <cstring>

#include "base/text.h"
#include "exporting/golden.h"
#include "exporting/onnx/quantized_writer.h"
#include "exporting/torchscript/engine.h"
#include "pipeline/verification_impl.h"

namespace espalier::pipeline {
namespace {

/// The first line of what LibTorch says.
std::string first_line(const std::exception& e) {
  const std::string text = e.what();
  return text.substr(0, text.find('\n'));
}

/// int8 channels last -> the floats that they stand for, channels first.
at::Tensor real_inputs(const exporting::Golden& golden) {
  std::vector<std::int64_t> shape = {golden.samples};
  shape.insert(shape.end(), golden.input_shape.begin(), golden.input_shape.end());
  auto codes = at::empty(shape, at::kChar);
  std::memcpy(codes.mutable_data_ptr(), golden.x.data(), golden.x.size());
  const auto real = (codes.to(at::kFloat) - golden.input_zero_point) * golden.input_scale;
  return shape.size() == 4 ? real.permute({0, 3, 1, 2}).contiguous() : real;
}

struct Gap {
  std::int64_t differing = 0, outputs = 0;
  int largest = 0;
};

/// What the file answers under the engine that is set, against the golden bytes.
Gap gap_of(const std::string& file, const exporting::Golden& golden) {
  auto module = torch::jit::load(file);
  module.eval();
  const auto real = module.forward({real_inputs(golden)}).toTensor();
  auto codes = (real / golden.output_scale).round() + golden.output_zero_point;
  if (codes.dim() == 4) codes = codes.permute({0, 2, 3, 1});
  auto expected = at::empty({static_cast<std::int64_t>(golden.y.size())}, at::kChar);
  std::memcpy(expected.mutable_data_ptr(), golden.y.data(), golden.y.size());
  const auto difference = (codes.reshape({-1}) - expected.to(at::kFloat)).abs();
  return {difference.count_nonzero().item<std::int64_t>(), difference.numel(),
          static_cast<int>(difference.max().item<float>())};
}

/// What whoever loads the file without choosing an engine gets, here and elsewhere.
std::string default_engine(const Student& student, const std::string& file, const exporting::Golden& golden) {
  const exporting::torchscript::WithoutWarnings quiet;
  const auto name = exporting::torchscript::engine_name();
  const auto gap = gap_of(file, golden);
  auto text = concat("engine qnnpack; under ", name, ", the default here, ", gap.differing, " of ", gap.outputs,
                     " outputs differ, by up to ", gap.largest);
  if (student.program && exporting::onnx::largest_weight(*student.program) > exporting::onnx::reduced_range)
    text += "; x86, fbgemm and onednn may saturate without VNNI: choose qnnpack before loading";
  return text;
}

/// Sample by sample: what is quantized as it comes takes its range from the whole batch.
at::Tensor answers_alone(torch::jit::Module& module, const at::Tensor& x) {
  std::vector<at::Tensor> found;
  for (std::int64_t i = 0; i < x.size(0); ++i) found.push_back(module.forward({x.narrow(0, i, 1)}).toTensor());
  return at::cat(found);
}

}  // namespace

Verification judge_torchscript_int8_here(const Student& student, const RunFolder& folder,
                                         const reporting::Artifact& artifact) {
  auto v = finding(artifact, Level::judge, "libtorch, engine qnnpack", TORCH_VERSION);
  try {
    const auto golden = exporting::read_golden(folder.golden_ort());
    const auto file = (folder.path / artifact.path).string();
    v.samples = golden.samples;
    Gap gap;
    {
      const exporting::torchscript::OnQnnpack engine;
      gap = gap_of(file, golden);
    }
    v.max_lsb = gap.largest;
    if (gap.differing > 0)
      return failed(v, concat(gap.differing, " of ", gap.outputs, " outputs differ, by up to ", gap.largest));
    v.reason = default_engine(student, file, golden);
    v.status = Status::passed;
    return v;
  } catch (const std::exception& e) {
    return failed(v, first_line(e));
  }
}

Verification judge_torchscript_dynamic_here(const RunFolder& folder, const reporting::Artifact& artifact) {
  auto v = finding(artifact, Level::judge, concat("libtorch, engine ", exporting::torchscript::engine_name()),
                   TORCH_VERSION);
  try {
    const exporting::torchscript::WithoutWarnings quiet;
    const auto [x, y] = golden_floats(folder);
    auto module = torch::jit::load((folder.path / artifact.path).string());
    module.eval();
    const auto found = answers_alone(module, x);
    const auto off = found - y;
    const double gap = off.norm().item<double>() / y.norm().item<double>();
    const double agreement = at::eq(found.argmax(1), y.argmax(1)).to(at::kDouble).mean().item<double>();
    v.samples = x.size(0);
    const double off_most = off.abs().max().item<double>();
    v.max_difference = off_most;
    const double largest = off_most / y.abs().max().item<double>();
    v.reason = concat("no twin: outputs off by ", fixed_text(100 * gap, 2), " % in the mean square, allowed ",
                      fixed_text(100 * dynamic_tolerance, 0), " %, and by ", fixed_text(100 * largest, 1),
                      " % of the largest at most, allowed ", fixed_text(100 * dynamic_largest, 0),
                      " %; the float model's class in ", fixed_text(100 * agreement, 1), " % of the samples");
    if (const auto labels = golden_labels(folder)) {
      const auto accuracy = [&](const at::Tensor& logits) {
        return fixed_text(100 * at::eq(logits.argmax(1), *labels).to(at::kDouble).mean().item<double>(), 1);
      };
      v.reason += concat("; accuracy ", accuracy(found), " %, in float ", accuracy(y), " %");
    }
    if (!(gap <= dynamic_tolerance && largest <= dynamic_largest)) return failed(v, v.reason);
    v.status = Status::passed;
    return v;
  } catch (const std::exception& e) {
    return failed(v, first_line(e));
  }
}

}  // namespace espalier::pipeline
