#include "targets/estimate.h"

#include "catch.h"
#include "graph/random_networks.h"
#include "integer/arena.h"
#include "integer/storage.h"
#include "targets/planned.h"

using namespace espalier;
using namespace espalier::targets;

namespace {

/// 1x9x7 -> conv 3x3 of 4 (same) -> depthwise 3x3 -> pool -> linear of 5: MACs 63*4*18, 63*4*9, 20 by hand.
integer::Program small() {
  auto network = naive::network_of(
      "name: small\nlayers:\n  - {type: conv2d, name: stem, out: 4, kernel: 3, padding: same}\n  - relu\n"
      "  - {type: depthwise_conv2d, name: deep, kernel: 3, padding: same}\n  - relu\n"
      "  - {type: global_average_pool, name: pool}\n  - {type: linear, name: head, out: classes}\n");
  graph::initialize(network, 1);
  return planned_program(network);
}

Figure figure(double value, bool verified = true) { return {value, "test", verified}; }

Device device() {
  Device made;
  made.name = "Chip";
  made.clock = figure(1e6), made.flash = figure(4096), made.ram = figure(1024);
  made.current = figure(0.01), made.voltage = figure(3, false);
  made.runtimes = {{"c", figure(2), figure(5), figure(3), figure(10), figure(100), figure(1000), {}}};
  return made;
}

}  // namespace

TEST_CASE("bytes and MACs of a program, layer by layer, by hand") {
  const auto program = small();
  const auto made = estimate(program);
  REQUIRE(made.layers.size() == 4);
  CHECK(made.layers[0].macs == 63 * 4 * 18);
  CHECK(made.layers[1].macs == 63 * 4 * 9);
  CHECK(made.layers[2].kind == "MEAN");
  CHECK(made.layers[3].macs == 20);
  CHECK(made.macs == 63 * 4 * 27 + 20);
  CHECK(made.parameters == 4 * 18 + 4 + 4 * 9 + 4 + 20 + 5);
  CHECK(made.layers[0].name == "stem.relu");
  CHECK(made.flash_bytes == integer::storage_of(program).flash_bytes);
  CHECK(made.arena_bytes == integer::storage_of(program).arena_bytes);
  const auto file = estimate(program, Layout::file);
  CHECK(file.layers[file.peak_layer].alive_bytes == 512);  // the maps of 63 x 4, each rounded up to 256
  CHECK(file.arena_bytes == integer::plan_arena(program, {}, integer::Sharing::elementwise).bytes);
  CHECK_FALSE(made.seconds.has_value());
}

TEST_CASE("time is MACs by kind, outputs and calls; energy is power times time") {
  const auto program = small();
  const auto chip = device();
  const auto made = estimate(program, chip, chip.runtimes[0]);
  const double stem = 63 * 4 * 18 * 2 + 252 * 10 + 100, deep = 63 * 4 * 9 * 5 + 252 * 10 + 100, pool = 4 * 10 + 100,
               head = 20 * 3 + 5 * 10 + 100;
  CHECK(*made.layers[0].cycles == stem);
  CHECK(*made.layers[1].cycles == deep);
  CHECK(*made.layers[2].cycles == pool);
  CHECK(*made.layers[3].cycles == head);
  CHECK(*made.cycles == stem + deep + pool + head);
  CHECK(*made.seconds == Approx(*made.cycles / 1e6));
  CHECK(*made.joules == Approx(*made.seconds * 0.03));
  CHECK(made.slowest_layer == 1);
  CHECK(made.verified_time);
  CHECK_FALSE(made.verified_energy);  // the voltage is not
  CHECK(made.flash_total() == made.flash_bytes + 1000);
  const auto said = bottleneck(made, &chip);
  CHECK(said.find("deep.relu") != std::string::npos);
  CHECK(said.find("RAM") != std::string::npos);
}

TEST_CASE("a figure that no layer uses does not make the time unverified, one that is used does") {
  auto network =
      naive::network_of("layers:\n  - {type: flatten, name: f}\n  - {type: linear, name: h, out: classes}\n");
  graph::initialize(network, 1);
  const auto program = planned_program(network);
  auto chip = device();
  chip.runtimes[0].conv2d->verified = false;
  CHECK(estimate(program, chip, chip.runtimes[0]).verified_time);
  chip.runtimes[0].fully_connected->verified = false;
  CHECK_FALSE(estimate(program, chip, chip.runtimes[0]).verified_time);
}

TEST_CASE("without times there is no time, but bytes") {
  const auto program = small();
  auto chip = device();
  chip.runtimes = {{"tflm", {}, {}, {}, {}, {}, {}, {}}};
  const auto made = estimate(program, chip, chip.runtimes[0]);
  CHECK_FALSE(made.seconds.has_value());
  CHECK_FALSE(made.joules.has_value());
  CHECK(made.flash_total() == made.flash_bytes);
  CHECK(bottleneck(made, nullptr).find("time") == std::string::npos);
}
