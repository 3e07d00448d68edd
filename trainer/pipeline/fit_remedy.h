// What would make a student fit, found by trying.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/network.h"
#include "reporting/summary.h"
#include "targets/estimate.h"

namespace espalier::pipeline {

/// One limit of a budget or a target.
struct Bound {
  std::string name, resource;  ///< "STM32F746 ram", "ram"
  reporting::Budget::Unit unit = reporting::Budget::Unit::bytes;
  double limit = 0;
  std::string origin;                                                 ///< where it was written
  bool of_target = false;                                             ///< otherwise the recipe's budget
  std::function<std::optional<double>(const targets::Estimate&)> of;  ///< what is held to it
};

/// In words: the least channel pruning of `network` that keeps every bound, where the arena's peak lies when RAM is
/// what lacks, larger targets or the budget that would do. `found`: what exceeds the bound.
std::string remedy(const Bound& bound, const std::vector<Bound>& bounds, const graph::Network& network,
                   const targets::Estimate& found,
                   const std::function<targets::Estimate(const integer::Program&)>& estimate);

reporting::TargetFit fit_on(const targets::Device& device, const targets::Kernels& kernels,
                            const targets::Estimate& estimate);
/// On every shipped target, by its preferred runtime.
std::vector<reporting::TargetFit> fits_everywhere(const integer::Program& program);

}  // namespace espalier::pipeline
