#include "pipeline/torchscript_teacher.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "base/error.h"
#include "base/text.h"

namespace espalier::pipeline {
namespace {

/// The first line of LibTorch's message: the rest is a C++ stack.
std::string first_line(const std::exception& e) {
  const std::string text = e.what();
  return text.substr(0, text.find('\n'));
}

class ScriptTeacher final : public training::Teacher {
 public:
  ScriptTeacher(torch::jit::Module module, std::vector<std::int64_t> input, at::Device device)
      : module_(std::move(module)), input_(std::move(input)), device_(device) {
    if (!input_.empty()) input_[0] = -1;
  }
  std::map<std::string, at::Tensor> run(const at::Tensor& x, const std::set<std::string>& taps) const override {
    if (!taps.empty()) fail("a TorchScript teacher gives its outputs only");
    at::NoGradGuard off;
    auto module = module_;  // forward() is not const; modules share their weights when copied
    const auto given = input_.empty() ? x : x.contiguous().reshape(input_);
    return {{"", module.forward({given.to(device_)}).toTensor().detach()}};
  }

 private:
  torch::jit::Module module_;
  std::vector<std::int64_t> input_;
  at::Device device_;
};

}  // namespace

std::shared_ptr<training::Teacher> torchscript_teacher(const std::string& path, const std::vector<std::int64_t>& shape,
                                                       const std::vector<std::int64_t>& input, std::int64_t classes,
                                                       at::Device device) {
  torch::jit::Module module;
  try {
    module = torch::jit::load(path, device);
  } catch (const std::exception& e) {
    mistake(path, concat("cannot be loaded as TorchScript: ", first_line(e)));
  }
  module.eval();
  auto teacher = std::make_shared<ScriptTeacher>(std::move(module), input, device);
  std::vector<std::int64_t> one = {1};
  one.insert(one.end(), shape.begin(), shape.end());
  try {
    const auto logits = teacher->run(at::zeros(one), {}).at("");
    if (logits.dim() != 2 || logits.size(1) != classes)
      mistake(path,
              concat("gives ", join(logits.sizes().vec(), "x"), " for one sample, the data has ", classes, " classes"));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    mistake(path, concat("does not take ", join(one, "x"), " features: ", first_line(e)));
  }
  return teacher;
}

}  // namespace espalier::pipeline
