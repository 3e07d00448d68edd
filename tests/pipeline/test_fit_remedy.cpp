#include "pipeline/fit_remedy.h"

#include "catch.h"
#include "graph/random_networks.h"
#include "targets/planned.h"

using namespace espalier;
using namespace espalier::pipeline;

namespace {

graph::Network network(const std::string& layers) {
  auto made = naive::network_of(layers);
  graph::initialize(made, 1);
  return made;
}

Bound ram(double limit) {
  return {"ram", "ram", reporting::Budget::Unit::bytes, limit, "r.yaml:1:1", false, [](const targets::Estimate& e) {
            return std::optional<double>(static_cast<double>(e.arena_bytes));
          }};
}

std::string asked(const graph::Network& student, const Bound& bound) {
  const auto estimate = [](const integer::Program& program) {
    return targets::estimate(program, targets::Layout::file);
  };
  return remedy(bound, {bound}, student, targets::estimate(targets::planned_program(student), targets::Layout::file),
                estimate);
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the least pruning that fits is found, and more memory asks for less of it") {
  const auto student = network(
      "layers:\n  - {type: conv2d, name: a, out: 32, kernel: 3, padding: same}\n  - relu\n"
      "  - {type: conv2d, name: b, out: 32, kernel: 3, padding: same}\n  - relu\n"
      "  - {type: global_average_pool, name: p}\n  - {type: linear, name: head, out: classes}\n");
  const auto whole = targets::estimate(targets::planned_program(student), targets::Layout::file).arena_bytes;
  CHECK(whole == 2 * 63 * 32);
  const auto half = asked(student, ram(static_cast<double>(whole) / 2 + 64)),
             little = asked(student, ram(static_cast<double>(whole) * 0.9));
  INFO(half << "\n" << little);
  CHECK(says(half, "sparsity: 0.50}"));
  CHECK(says(little, "sparsity: 0.15}"));  // 28 of 32 channels: multiples of four
  CHECK(says(half, "raise budget.ram to 3.9 KiB"));
  CHECK(says(half, "the peak is at 'b.relu'"));
}

TEST_CASE("where no pruning helps, that is said") {
  const auto student = network("layers:\n  - {type: flatten, name: f}\n  - {type: linear, name: head, out: classes}\n");
  const auto said = asked(student, ram(16));
  INFO(said);
  CHECK(says(said, "no pruning of its channels would do"));
}

TEST_CASE("the fit on a device carries what is verified") {
  targets::Device device;
  device.name = "Chip";
  device.flash = {1000, "s", true}, device.ram = {100, "s", false}, device.clock = {1e6, "s", true};
  targets::Kernels kernels;
  kernels.runtime = "tflm";
  targets::Estimate estimate;
  estimate.flash_bytes = 900, estimate.code_bytes = 200, estimate.arena_bytes = 50;
  estimate.seconds = 0.5;
  const auto fit = fit_on(device, kernels, estimate);
  CHECK(fit.flash_bytes == 1100);
  CHECK_FALSE(fit.fits());
  CHECK(fit.flash_verified);
  CHECK_FALSE(fit.ram_verified);
  CHECK(fit.milliseconds == 500);
  CHECK_FALSE(fit.millijoules.has_value());
}

TEST_CASE("a program is told what it takes of every shipped target") {
  const auto student = network("layers:\n  - {type: flatten, name: f}\n  - {type: linear, name: head, out: classes}\n");
  const auto fits = fits_everywhere(targets::planned_program(student));
  REQUIRE(fits.size() == targets::shipped_names().size());
  for (const auto& fit : fits) CHECK(fit.fits());
}
