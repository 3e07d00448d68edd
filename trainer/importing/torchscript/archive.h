// The zip archives in which PyTorch writes modules and state_dicts.
#pragma once
#include <string>

namespace caffe2::serialize {
class PyTorchStreamReader;
}

namespace espalier::importing::torchscript {

/// PyTorch stores tensors as they are and compresses code. Throws Error(mistake) where the records unpack to more than
/// twice the file's size and 64 MiB, so that a small file takes little memory.
void refuse_inflated(caffe2::serialize::PyTorchStreamReader& archive, const std::string& path);

}  // namespace espalier::importing::torchscript
