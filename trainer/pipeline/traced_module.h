// Networks that the user's own program holds as torch::nn modules.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "importing/torchscript/traced.h"
#include "pipeline/imported_network.h"

namespace espalier::pipeline {

/// See importing/torchscript/traced.h.
ImportedNetwork import_traced(const std::function<at::Tensor(const at::Tensor&)>& forward,
                              const importing::torchscript::NamedTensors& tensors, const at::Tensor& example,
                              const std::string& name);

/// A torch::nn module (what its holder points to), weights included. It is put into evaluation mode and runs once on
/// `example`, one sample: [1, …].
template <class Module>
ImportedNetwork import_module(Module& module, const at::Tensor& example, const std::string& name = "module") {
  module.eval();
  importing::torchscript::NamedTensors tensors;
  for (const auto& parameter : module.named_parameters()) tensors.emplace_back(parameter.key(), parameter.value());
  for (const auto& buffer : module.named_buffers()) tensors.emplace_back(buffer.key(), buffer.value());
  return import_traced([&](const at::Tensor& x) { return module.forward(x); }, tensors, example, name);
}

}  // namespace espalier::pipeline
