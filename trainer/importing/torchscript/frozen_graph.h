// A TorchScript file's forward() as a flat graph in which sizes, flags and weights are constants.
#pragma once
#include <memory>
#include <string>

#include "graph/tensor.h"

namespace torch::jit {
struct Graph;
struct Module;
}  // namespace torch::jit

namespace espalier::importing::torchscript {

/// Loads the file on the CPU, in evaluation mode; inlines, freezes and folds for one input of `input_shape` (with the
/// batch axis). In-place operations are functional where that is safe.
/// Throws Error(mistake) naming the file when it is no TorchScript, or takes another number of inputs than one.
std::shared_ptr<torch::jit::Graph> frozen_graph(const std::string& path, const graph::Shape& input_shape);

/// The same for a module in memory; `origin` is named in errors.
std::shared_ptr<torch::jit::Graph> frozen_graph(torch::jit::Module module, const std::string& origin,
                                                const graph::Shape& input_shape);

/// Of LibTorch's message: the rest is a C++ stack.
std::string first_line(const std::exception& e);

/// Replaces what constants and the known shapes of values decide: sizes, flags, branches, loops.
/// Throws Error(mistake) naming `origin` when its loops are too long.
void fold(std::shared_ptr<torch::jit::Graph>& graph, const std::string& origin);

}  // namespace espalier::importing::torchscript
