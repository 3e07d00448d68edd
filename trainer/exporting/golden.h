// golden.npz: real test samples and what the integer twin answers, byte for byte. Judges and users' own firmware tests
// compare against it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "integer/program.h"

namespace espalier::exporting {

struct Golden {
  std::int64_t samples = 0;
  integer::Shape input_shape, output_shape;  ///< of one sample
  std::vector<std::int8_t> x;                ///< [samples][input_shape…]
  std::vector<std::int8_t> y;                ///< [samples][output_shape…]
  std::vector<std::int64_t> labels;          ///< true classes, [samples]; may be empty
  float input_scale = 1;                     ///< real = input_scale * (x - input_zero_point)
  std::int32_t input_zero_point = 0;
  float output_scale = 1;  ///< real = output_scale * (y - output_zero_point)
  std::int32_t output_zero_point = 0;
};

/// Shapes and input encoding from the program; x and y are still to be filled.
Golden golden_of(const integer::Program& program);

/// Members x, y (int8), labels (int64), input_scale, output_scale (float32), input_zero_point, output_zero_point
/// (int32). Throws Error(failed) where sizes disagree.
void write_golden(const std::filesystem::path& path, const Golden& golden);
/// Throws Error(mistake) naming the file when members are absent, of another type or disagree in samples.
Golden read_golden(const std::filesystem::path& path);

}  // namespace espalier::exporting
