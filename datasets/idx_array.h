// IDX, the format of MNIST: a magic number, big-endian extents, then the numbers (Y. LeCun's page of the data set).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace espalier::datasets {

struct IdxArray {
  std::vector<std::int64_t> extents;
  std::vector<std::uint8_t> values;
};

/// Of unsigned bytes, 1 to 4 dimensions. Throws Error(mistake) with `origin`: wrong magic number, other types of
/// number, gzip, extents that do not multiply to what the file holds. Allocates no more than the file's size.
IdxArray parse_idx(std::span<const std::uint8_t> bytes, const std::string& origin);

}  // namespace espalier::datasets
