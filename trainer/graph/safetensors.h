// safetensors: named tensors and text in one file (https://huggingface.co/docs/safetensors, format of 2022): 8 bytes of
// header length, little endian; a JSON header of type, shape and place of each tensor; their bytes, one after the
// other.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "graph/tensor.h"

namespace espalier::graph {

struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
  bool operator==(const TensorFile&) const = default;
};

/// The same content gives the same bytes. Tensors lie by element size, largest first, then by name, so that each is
/// aligned to its elements. Throws Error(failed) for a tensor named __metadata__ or one whose bytes do not fit its
/// shape.
std::vector<std::uint8_t> encode_safetensors(const TensorFile& file);

/// `origin` names the file in errors. Throws Error(mistake) for anything but a well-formed file whose tensors (F32, I8,
/// U8, I32, I64) cover its data exactly; never allocates more than a small multiple of `bytes`.
TensorFile decode_safetensors(std::span<const std::uint8_t> bytes, const std::string& origin);

/// Atomic: the old file stays when writing fails.
void save_safetensors(const std::filesystem::path& path, const TensorFile& file);
TensorFile load_safetensors(const std::filesystem::path& path);

}  // namespace espalier::graph
