// What the quantized operators of LibTorch ask for: packed weights, and a name by which source text can call them.
#pragma once
#include <torch/csrc/jit/api/module.h>

#include <cstdint>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::exporting::torchscript {

/// Makes `quantized` a name of the source that define() compiles: LibTorch's own resolver knows `torch` only.
torch::jit::ResolverPtr quantized_resolver();

/// Calls an operator by its name ("quantized::conv2d_prepack") and returns its only result.
c10::IValue call_operator(const char* name, std::vector<c10::IValue> arguments);

/// A matrix [out, in] as int8, symmetric, one scale an output channel, with its float bias where the network has it.
c10::IValue pack_dynamic(const graph::Network& network, const std::string& weight, const std::string& bias);

/// The attributes that travel with every file.
void add_companions(torch::jit::Module& module, const std::vector<std::string>& labels, const std::string& front_end);
/// The module in evaluation mode, as a file.
std::vector<std::uint8_t> bytes_of(torch::jit::Module& module);

}  // namespace espalier::exporting::torchscript
