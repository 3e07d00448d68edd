#include <fmt/core.h>

#include "base/error.h"
#include "datasets/idx_array.h"

namespace espalier::datasets {

IdxArray parse_idx(std::span<const std::uint8_t> bytes, const std::string& origin) {
  constexpr std::size_t most_dimensions = 4, word = 4;
  constexpr std::uint8_t unsigned_bytes = 8;
  if (bytes.empty()) mistake(origin, "is empty (0 bytes)");
  if (bytes.size() >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B)
    mistake(origin, "is compressed with gzip; unpack it first (gunzip)");
  if (bytes.size() < word || bytes[0] != 0 || bytes[1] != 0) mistake(origin, "is no IDX file (wrong magic number)");
  if (bytes[2] != unsigned_bytes)
    mistake(origin, fmt::format("holds numbers of IDX type 0x{:02X}; unsigned bytes (0x08) are read", bytes[2]));
  const std::size_t dimensions = bytes[3], header = word * (1 + dimensions);
  if (dimensions < 1 || dimensions > most_dimensions)
    mistake(origin, fmt::format("has {} dimensions; 1 to {} are read", dimensions, most_dimensions));
  if (bytes.size() < header) mistake(origin, "is cut off within its header");
  IdxArray array;
  const std::uint64_t held = bytes.size() - header;
  std::uint64_t promised = 1;
  for (std::size_t i = 0; i < dimensions; ++i) {
    std::uint64_t extent = 0;
    for (std::size_t k = 0; k < word; ++k) extent = extent << 8 | bytes[word * (1 + i) + k];
    array.extents.push_back(static_cast<std::int64_t>(extent));
    // Once above what the file holds the product only grows, unless an extent is 0; it must not wrap.
    promised = extent != 0 && promised > ~std::uint64_t{0} / extent ? ~std::uint64_t{0} : promised * extent;
  }
  if (promised != held) mistake(origin, fmt::format("promises {} bytes of numbers and holds {}", promised, held));
  array.values.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header), bytes.end());
  return array;
}

}  // namespace espalier::datasets
