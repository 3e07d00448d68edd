// The order of an epoch in which rare classes come more often than they occur.
#pragma once
#include <cstdint>
#include <vector>

#include "datasets/dataset.h"

namespace espalier::datasets {

/// As many indices as the split has samples. Class c, of n_c samples, gets a share in proportion to n_c^(1 - balance):
/// 0 is what the data are, 1 every class as often as any other. Samples of a class that comes less often than it occurs
/// are drawn without repetition, of one that comes more often each equally often (give or take one).
/// Where samples hold several classes or none (pictures with boxes), class c of n_c samples repeats those in proportion
/// to n_c^-balance, and a sample comes as often as its rarest class asks for, one without classes as its least rare one
/// would: at 0.5 the repeat factors of LVIS with threshold 1, brought to the split's size (Gupta et al. 2019,
/// arXiv:1908.03195, appendix B); each comes its due share of times, rounded up or down, in every epoch anew.
/// A function of its arguments alone. balance in [0, 1].
std::vector<std::int64_t> balanced_order(const Dataset& data, Split split, double balance, std::uint64_t seed,
                                         std::uint64_t epoch);

}  // namespace espalier::datasets
