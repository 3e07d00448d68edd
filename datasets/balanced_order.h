// The order of an epoch in which rare classes come more often than they occur.
#pragma once
#include <cstdint>
#include <vector>

#include "datasets/dataset.h"

namespace espalier::datasets {

/// As many indices as the split has samples. Class c, of n_c samples, gets a share in proportion to n_c^(1 - balance):
/// 0 is what the data are, 1 every class as often as any other. Samples of a class that comes less often than it occurs
/// are drawn without repetition, of one that comes more often each equally often (give or take one). A function of its
/// arguments alone. balance in [0, 1].
std::vector<std::int64_t> balanced_order(const Dataset& data, Split split, double balance, std::uint64_t seed,
                                         std::uint64_t epoch);

}  // namespace espalier::datasets
