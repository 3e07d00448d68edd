// Modules of the user's own C++ program, recorded while they run on an example.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "importing/draft.h"

namespace espalier::importing::torchscript {

/// "layer1.conv.weight" -> tensor: parameters and buffers of a module.
using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// What `forward` computes from `example`, [1, …] float32 on the CPU, with the parameters that it reads under their
/// names. `forward` must be in evaluation mode; branches on values are recorded as they went. Throws Error(mistake)
/// with everything that cannot be imported.
Draft read_traced(const std::function<at::Tensor(const at::Tensor&)>& forward, const NamedTensors& tensors,
                  const at::Tensor& example, const std::string& name);

}  // namespace espalier::importing::torchscript
