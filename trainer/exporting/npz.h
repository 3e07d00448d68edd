// NumPy archives (.npz): what the judges read and `verify` reads back. Members are stored, not compressed.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace espalier::exporting {

/// One member. `shape` is {} for a single value; values run in C order and are as many as the shape says. Texts are
/// UTF-8 here and NumPy's fixed-width unicode in the file.
struct Array {
  using Values = std::variant<std::vector<std::int8_t>, std::vector<std::int32_t>, std::vector<std::int64_t>,
                              std::vector<float>, std::vector<std::string>>;
  std::string name;
  std::vector<std::int64_t> shape;
  Values values;
};

/// The archive's bytes: a function of the arrays alone (no dates), at most 4 GiB. Throws Error(failed) where a shape
/// and its values disagree.
std::vector<std::uint8_t> pack_npz(const std::vector<Array>& arrays);
/// Reads archives as pack_npz and numpy.savez write them (format version 1, little endian, C order, the types above).
/// Throws Error(mistake) with `origin` and the reason for anything else, checksums included.
std::vector<Array> unpack_npz(std::span<const std::uint8_t> bytes, const std::string& origin);

void write_npz(const std::filesystem::path& path, const std::vector<Array>& arrays);
std::vector<Array> read_npz(const std::filesystem::path& path);

}  // namespace espalier::exporting
