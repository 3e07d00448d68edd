// Named tensors that Python's PyTorch saved: torch.save of a state_dict, or the parameters of a TorchScript module.
#pragma once
#include <map>
#include <string>

#include "graph/tensor.h"

namespace espalier::importing::torchscript {

/// float32 whatever the file's floating type; other tensors as they are, where graph::Type has theirs, else left out.
/// Of a training checkpoint, {"state_dict": {…}, "epoch": …}, the inner map. No code of the file is run. Throws
/// Error(mistake) naming the file.
std::map<std::string, graph::Tensor> read_state_dict(const std::string& path);

}  // namespace espalier::importing::torchscript
