#include "datasets/cifar10_records.h"

#include <fmt/core.h>

#include "base/error.h"

namespace espalier::datasets {

CifarRecords parse_cifar10(std::span<const std::uint8_t> bytes, const std::string& origin) {
  constexpr std::size_t plane = cifar_pixels, channels = cifar_channels, record = 1 + channels * plane;
  if (bytes.empty()) mistake(origin, "is empty (0 bytes)");
  if (bytes.size() >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B && bytes.size() % record != 0)
    mistake(origin, "is compressed with gzip; unpack it first (tar xzf)");
  if (bytes.size() % record != 0)
    mistake(origin, fmt::format("has {} bytes, no whole number of records of {}: cut off, or not the binary version",
                                bytes.size(), record));
  CifarRecords found;
  const auto records = bytes.size() / record;
  found.labels.reserve(records);
  found.pixels.resize(records * channels * plane);
  for (std::size_t i = 0; i < records; ++i) {
    const auto* from = bytes.data() + i * record;
    auto* to = found.pixels.data() + i * channels * plane;
    found.labels.push_back(from[0]);
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t p = 0; p < plane; ++p) to[p * channels + c] = from[1 + c * plane + p];
  }
  return found;
}

}  // namespace espalier::datasets
