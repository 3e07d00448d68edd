#include "targets/profile.h"

#include "base/error.h"
#include "base/text.h"
#include "catch.h"
#include "graph/random_networks.h"
#include "targets/planned.h"

using namespace espalier;
using namespace espalier::targets;

namespace {

std::shared_ptr<const Device> shipped(const std::string& name) {
  std::vector<Problem> problems;
  auto device = load_device(std::string(ESPALIER_SOURCE_DIR) + "/configs/targets/" + name + ".yaml", problems);
  REQUIRE(problems.empty());
  return std::make_shared<const Device>(std::move(device));
}

integer::Program small() {
  auto network = naive::network_of(
      "name: small\nlayers:\n  - {type: conv2d, name: stem, out: 4, kernel: 3, padding: same}\n  - relu\n"
      "  - {type: global_average_pool, name: pool}\n  - {type: linear, name: head, out: classes}\n");
  graph::initialize(network, 1);
  return planned_program(network);
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a profile without a target counts, and estimates no time") {
  const auto profile = profile_of(small(), "untrained", nullptr, "", "--runtime");
  const auto page = text_of(profile);
  CHECK(says(page, "small, untrained"));
  CHECK(says(page, "stem.relu"));
  CHECK(says(page, "################"));  // the peak fills the bar
  CHECK_FALSE(says(page, "energy"));
  const auto json = to_json(profile);
  CHECK(json.at("target").is_null());
  CHECK(json.at("milliseconds").is_null());
  CHECK(json.at("layers").items().size() == 3);
}

TEST_CASE("a profile on a target names memory, time, energy, sending, and what nobody verified") {
  auto profile = profile_of(small(), "", shipped("nrf52840"), "cmsis_nn", "--runtime");
  profile.measured = read_measured("cycles: 100000\nstack: 700\nknown answer: failed\n", "log");
  const auto page = text_of(profile);
  INFO(page);
  for (const char* part : {"on nRF52840 at 64.0 MHz by cmsis_nn", "bottleneck", "memory", "figures not all verified",
                           "sending", "Bluetooth", "100,000 cycles", "known answer FAILED", "unverified", "clock:"})
    CHECK(says(page, part));
  for (const auto& line : split(page, '\n')) CHECK(line.size() <= 120);
  const auto json = to_json(profile);
  CHECK(json.at("target").at("unverified").items().size() >= 5);
  CHECK_FALSE(json.at("verified_time").boolean());
  CHECK(json.at("measured").at("estimate_error").number() == Approx(json.at("cycles").number() / 100000 - 1));
  CHECK(json.at("offload").at("bytes").integer() == 126);
}

TEST_CASE("counted instructions stand beside the estimate, layer by layer") {
  auto profile = profile_of(small(), "", shipped("nrf52840"), "c", "--runtime");
  profile.measured =
      read_measured("known_answer: passed\nlayer 0: 640000\nlayer 1: 12345\nlayer 2: 9\ninstructions: 660000\n", "log");
  const auto page = text_of(profile);
  INFO(page);
  for (const char* part : {"instructions", "12,345", "660,000 instructions, 10.3 ms at one a cycle"})
    CHECK(says(page, part));
  for (const auto& line : split(page, '\n')) CHECK(line.size() <= 120);
  CHECK(to_json(profile).at("measured").at("layer_instructions").items().size() == 3);
}

TEST_CASE("times are verified only on the chip where they were measured") {
  CHECK(profile_of(small(), "", shipped("stm32l4"), "cmsis_nn", "").estimate.verified_energy);
  CHECK_FALSE(profile_of(small(), "", shipped("stm32l4"), "c", "").estimate.verified_time);
  CHECK_FALSE(profile_of(small(), "", shipped("stm32f446"), "cmsis_nn", "").estimate.verified_time);
}

TEST_CASE("a runtime that the target does not know is refused, with those that it knows") {
  try {
    profile_of(small(), "", shipped("rp2040"), "esp_nn", "--runtime");
    FAIL("was not refused");
  } catch (const Error& error) {
    CHECK(error.problems().at(0).origin == "--runtime");
    CHECK(says(error.problems().at(0).text, "it has c, cmsis_nn, tflm"));
  }
}
