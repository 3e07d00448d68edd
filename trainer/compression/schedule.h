// How a value moves over a window.
#pragma once
#include <string>
#include <vector>

namespace espalier::compression {

/// `constant`: the end value throughout; `linear`; `cubic`: 1-(1-t)^3 from start to end, fast first and slow last (Zhu
/// & Gupta 2017, "To prune, or not to prune", arXiv:1710.01878, eq. 1); `cosine`.
enum class Ramp { constant, linear, cubic, cosine };

/// The words of the recipe, in the order of the enumeration.
const std::vector<std::string>& ramp_names();
/// Throws Error(failed) on another word (the recipe's check came first).
Ramp ramp_of(const std::string& name);
/// The value at `t` in [0, 1].
double value_at(Ramp ramp, double start, double end, double t);

}  // namespace espalier::compression
