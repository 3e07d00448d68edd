#include "pipeline/fit_remedy.h"

#include <algorithm>

#include "base/text.h"
#include "pruning/channel_plan.h"
#include "targets/planned.h"

namespace espalier::pipeline {
namespace {

using targets::Estimate;
constexpr int steps = 20;  // of sparsity

bool keeps(const std::vector<Bound>& bounds, const Estimate& estimate) {
  return std::all_of(bounds.begin(), bounds.end(), [&](const Bound& bound) {
    const auto actual = bound.of(estimate);
    return !actual || *actual <= bound.limit;
  });
}

struct Pruned {
  double sparsity = 0;
  Estimate estimate;
};

/// The same share of every layer's channels, the least in steps of 1/20 that keeps the bounds; by bisection, since less
/// is left the more goes.
std::optional<Pruned> least_pruning(const graph::Network& network, const std::vector<Bound>& bounds,
                                    const std::function<Estimate(const integer::Program&)>& estimate) {
  const auto at = [&](int step) -> Pruned {
    pruning::ChannelPlan plan(network, {});
    const double sparsity = static_cast<double>(step) / steps;
    const auto gone =
        plan.choose(std::vector<double>(plan.groups().size(), 0.0), {.sparsity = sparsity, .global = false});
    return {sparsity, estimate(targets::planned_program(pruning::without(network, plan, gone)))};
  };
  auto best = at(steps - 1);
  if (!keeps(bounds, best.estimate)) return std::nullopt;
  int low = 0, high = steps - 1;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    auto tried = at(middle);
    if (keeps(bounds, tried.estimate))
      high = middle, best = std::move(tried);
    else
      low = middle;
  }
  return best;
}

std::string pruning_text(const graph::Network& network, const std::vector<Bound>& bounds,
                         const std::function<Estimate(const integer::Program&)>& estimate) {
  if (const auto pruned = least_pruning(network, bounds, estimate))
    return concat("{type: prune, structure: channels, scope: layer, sparsity: ", fixed_text(pruned->sparsity, 2),
                  "} would do (", bytes_text(pruned->estimate.flash_bytes), " constants, ",
                  bytes_text(pruned->estimate.arena_bytes), " arena)");
  return "no pruning of its channels would do: take a smaller model or input";
}

std::string larger_targets(const Estimate& found) {
  std::vector<std::string> fitting;
  for (const auto& name : targets::shipped_names()) {
    std::vector<Problem> problems;
    const auto device = targets::load_device(targets::shipped_targets() / (name + ".yaml"), problems);
    if (problems.empty() && static_cast<double>(found.flash_total()) <= device.flash.value &&
        static_cast<double>(found.arena_bytes) <= device.ram.value)
      fitting.push_back(name);
  }
  return fitting.empty() ? "" : concat("it fits ", join(fitting, ", "));
}

}  // namespace

std::string remedy(const Bound& bound, const std::vector<Bound>& bounds, const graph::Network& network,
                   const Estimate& found, const std::function<Estimate(const integer::Program&)>& estimate) {
  std::vector<std::string> said;
  try {
    said.push_back(pruning_text(network, bounds, estimate));
  } catch (const Error&) {
    // What cannot be pruned or lowered again needs another way out.
  }
  if (bound.resource == "ram") {
    const auto& peak = found.layers[found.peak_layer];
    said.push_back(concat("the peak is at '", peak.name, "' (", peak.kind,
                          "): fewer channels, a larger stride or a "
                          "smaller input there lower it"));
  }
  if (bound.of_target) {
    if (auto larger = larger_targets(found); !larger.empty()) said.push_back(std::move(larger));
  } else if (const auto actual = bound.of(found)) {
    said.push_back(concat("or raise budget.", bound.name, " to ", reporting::amount_text(*actual, bound.unit)));
  }
  return join(said, "; ");
}

reporting::TargetFit fit_on(const targets::Device& device, const targets::Kernels& kernels, const Estimate& estimate) {
  reporting::TargetFit fit;
  fit.target = device.name, fit.runtime = kernels.runtime;
  fit.flash_bytes = estimate.flash_total(), fit.flash_limit = static_cast<std::int64_t>(device.flash.value);
  fit.ram_bytes = estimate.arena_bytes, fit.ram_limit = static_cast<std::int64_t>(device.ram.value);
  if (estimate.seconds) fit.milliseconds = *estimate.seconds * 1e3;
  if (estimate.joules) fit.millijoules = *estimate.joules * 1e3;
  fit.flash_verified = device.flash.verified && (!kernels.code || kernels.code->verified);
  fit.ram_verified = device.ram.verified;
  fit.latency_verified = estimate.verified_time, fit.energy_verified = estimate.verified_energy;
  return fit;
}

std::vector<reporting::TargetFit> fits_everywhere(const integer::Program& program) {
  std::vector<reporting::TargetFit> fits;
  for (const auto& name : targets::shipped_names()) {
    std::vector<Problem> problems;
    const auto device = targets::load_device(targets::shipped_targets() / (name + ".yaml"), problems);
    if (!problems.empty()) continue;  // a test holds the shipped files to their schema
    const auto& kernels = device.preferred();
    fits.push_back(fit_on(device, kernels, targets::estimate(program, device, kernels)));
  }
  return fits;
}

}  // namespace espalier::pipeline
