// Any TorchScript module as a teacher: outputs only.
#pragma once
#include <c10/core/Device.h>

#include <memory>
#include <string>

#include "training/teacher.h"

namespace espalier::pipeline {

/// shape: of the data's samples. input: what the module takes, batch first, if samples must be reshaped for it; else
/// empty. Throws Error(mistake) naming the file when it cannot be loaded, or when it does not map one sample to [1,
/// classes].
std::shared_ptr<training::Teacher> torchscript_teacher(const std::string& path, const std::vector<std::int64_t>& shape,
                                                       const std::vector<std::int64_t>& input, std::int64_t classes,
                                                       at::Device device);

}  // namespace espalier::pipeline
