#include "importing/torchscript/traced.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include <map>

#include "base/error.h"
#include "base/text.h"
#include "importing/torchscript/frozen_graph.h"
#include "importing/torchscript/reader.h"

namespace espalier::importing::torchscript {
namespace {

/// Submodules by their path, which hold the very tensors that forward() reads: so the tracer knows them. By path, so
/// that each tensor gets its whole name: TorchScript's names have no dots.
class ModuleTree {
 public:
  torch::jit::Module build(const NamedTensors& tensors) {
    Branch root;
    for (const auto& [name, tensor] : tensors) place(root, name, tensor);
    return build(root, "espalier.Traced");
  }

 private:
  struct Branch {
    std::map<std::string, at::Tensor> tensors;
    std::map<std::string, Branch> branches;
  };

  static void place(Branch& branch, const std::string& path, const at::Tensor& tensor) {
    const auto dot = path.find('.');
    if (dot == std::string::npos)
      branch.tensors[path] = tensor;
    else
      place(branch.branches[path.substr(0, dot)], path.substr(dot + 1), tensor);
  }

  torch::jit::Module build(const Branch& branch, const std::string& name) {
    torch::jit::Module module(name, units_, /*shouldMangle=*/true);
    for (const auto& [key, tensor] : branch.tensors) module.register_parameter(key, tensor, false);
    for (const auto& [key, inner] : branch.branches) module.register_module(key, build(inner, concat(name, ".", key)));
    return module;
  }

  std::shared_ptr<torch::jit::CompilationUnit> units_ = std::make_shared<torch::jit::CompilationUnit>();
};

}  // namespace

Draft read_traced(const std::function<at::Tensor(const at::Tensor&)>& forward, const NamedTensors& tensors,
                  const at::Tensor& example, const std::string& name) {
  if (example.dim() < 2 || example.size(0) != 1) mistake(name, "the example must be one sample: [1, …]");
  auto module = ModuleTree().build(tensors);
  try {
    at::NoGradGuard off;
    const auto run = [&](torch::jit::Stack inputs) -> torch::jit::Stack { return {forward(inputs[0].toTensor())}; };
    const auto unnamed = [](const at::Tensor&) { return std::string(); };
    const auto state = torch::jit::tracer::trace({example}, run, unnamed, true, false, &module).first;
    auto* function = module._ivalue()->compilation_unit()->create_function(
        c10::QualifiedName(*module.type()->name(), "forward"), state->graph);
    module.type()->addMethod(function);
  } catch (const std::exception& e) {
    mistake(name, concat("cannot be traced: ", first_line(e)));
  }
  return read(std::move(module), name, {example.sizes().begin() + 1, example.sizes().end()});
}

}  // namespace espalier::importing::torchscript
