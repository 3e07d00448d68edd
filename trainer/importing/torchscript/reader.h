// TorchScript files (torch.jit.save of a traced or scripted module) as drafts.
#pragma once
#include <string>

#include "importing/draft.h"

namespace torch::jit {
struct Module;
}

namespace espalier::importing::torchscript {

/// The module's forward() in evaluation mode, inlined and frozen, for one input of `input_shape` without the batch
/// axis ({channels, height, width}, {channels, time} or {features}). Throws Error(mistake) when the file cannot be
/// loaded, and with every operation that has no step, each with its line in the module's source where the file knows
/// it.
Draft read(const std::string& path, const Shape& input_shape);
/// The same for a module in memory; `origin` is named in errors.
Draft read(torch::jit::Module module, const std::string& origin, const Shape& input_shape);

}  // namespace espalier::importing::torchscript
