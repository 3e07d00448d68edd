// Which few codes stand best for many.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace espalier::weight_sharing {

/// Codes are int8 without -128: [-127, 127], element code + 127.
constexpr int largest_code = 127;
using Histogram = std::array<double, 2 * largest_code + 1>;

/// At most `count` (>= 1) whole codes, ascending, 0 among them, so that the sum over `weights` (>= 0, one for each
/// code) of weight * (code - nearest of the result)^2 is the least that is possible. Fewer where fewer occur. 0 stays a
/// code so that what is masked stays zero.
///
/// k-means in one dimension has an exact solution by dynamic programming over intervals: Wang and Song 2011,
/// "Ckmeans.1d.dp", The R Journal 3(2). Here the interval around 0 has the fixed centre 0.
std::vector<std::int32_t> codebook_of(const Histogram& weights, int count);

/// The nearest of ascending `codes`; of two as near, the lower.
std::int32_t nearest(const std::vector<std::int32_t>& codes, std::int32_t code);

}  // namespace espalier::weight_sharing
