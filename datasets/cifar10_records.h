// The binary version of CIFAR-10: records of a label byte and 32 x 32 pixels, plane by plane.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace espalier::datasets {

constexpr std::int64_t cifar_side = 32, cifar_channels = 3, cifar_pixels = cifar_side * cifar_side;

struct CifarRecords {
  std::vector<std::uint8_t> labels;
  std::vector<std::uint8_t> pixels;  ///< [records][height][width][channels]: beside each other, not in planes
};

/// Throws Error(mistake) with `origin` where the file is empty, compressed, or no whole number of records.
CifarRecords parse_cifar10(std::span<const std::uint8_t> bytes, const std::string& origin);

}  // namespace espalier::datasets
