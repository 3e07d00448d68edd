// The zip archives in which PyTorch writes modules and state_dicts.
#pragma once
#include <cstdint>
#include <string>

namespace caffe2::serialize {
class PyTorchStreamReader;
}

namespace espalier::importing::torchscript {

/// Throws Error(mistake) for what is no file, or no zip archive by its first bytes: it "cannot be read as `what`".
/// (LibTorch would wait for a pipe, and says of others what its own insides think.)
void refuse_no_archive(const std::string& path, const std::string& what);

/// Bytes that a file's tensors and code may take: twice its own size, and 64 MiB. PyTorch stores tensors as they are
/// and compresses code.
std::uintmax_t most_unpacked(const std::string& path);
/// Throws Error(mistake): more than that.
[[noreturn]] void fail_inflated(const std::string& path);
/// Throws Error(mistake) where the records unpack to more, so that a small file takes little memory.
void refuse_inflated(caffe2::serialize::PyTorchStreamReader& archive, const std::string& path);

}  // namespace espalier::importing::torchscript
