#include "integer/weight_encoding.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "catch.h"
#include "integer/storage.h"

using namespace espalier;
using namespace espalier::integer;

namespace {

using Bytes = std::vector<std::int8_t>;

Bytes random_weights(std::uint64_t seed, std::size_t count, int low, int high, double zeros = 0) {
  Random random(51, "weights", seed);
  Bytes weights;
  for (std::size_t i = 0; i < count; ++i)
    weights.push_back(random.uniform(0, 1) < zeros
                          ? std::int8_t{0}
                          : static_cast<std::int8_t>(
                                low + static_cast<int>(random.below(static_cast<std::uint32_t>(high - low + 1)))));
  return weights;
}

/// Pointwise, so that it could write over its input.
Program pointwise(const Bytes& weights) {
  const auto channels = static_cast<std::int64_t>(std::sqrt(static_cast<double>(weights.size())));
  Program program;
  program.activations = {{"x", {5, 4, channels}, 0.5F, 0}, {"y", {5, 4, channels}, 40, 0}};
  program.instructions = {Conv2d{0,
                                 1,
                                 {},
                                 weights,
                                 std::vector<float>(static_cast<std::size_t>(channels), 0.1F),
                                 std::vector<std::int32_t>(static_cast<std::size_t>(channels), 0)}};
  program.input = 0;
  program.output = 1;
  return program;
}

}  // namespace

TEST_CASE("weights are encoded in the fewest bytes and decode to themselves") {
  struct Case {
    Bytes weights;
    std::string name;
    std::int64_t bytes;
  };
  Bytes sixteen = random_weights(1, 1000, 0, 15);
  for (auto& weight : sixteen) weight = static_cast<std::int8_t>(weight * 16 - 120);
  Bytes sparse_shared = random_weights(2, 1000, 1, 4, 0.6);
  for (auto& weight : sparse_shared) weight = static_cast<std::int8_t>(weight * 30);
  const auto nonzero = [](const Bytes& weights) {
    return static_cast<std::int64_t>(weights.size()) - std::count(weights.begin(), weights.end(), 0);
  };
  const Bytes half = random_weights(3, 1001, -127, 127, 0.5), narrow_half = random_weights(4, 800, -7, 7, 0.6);
  Bytes rare(1010, 0), rare_shared(1010, 0);  // 19 zeros before each weight that is not
  for (std::size_t i = 0; i < 50; ++i) {
    rare[20 * i + 19] = static_cast<std::int8_t>(5 * static_cast<int>(i) - 127);
    rare_shared[20 * i + 19] = static_cast<std::int8_t>(i % 3 == 0 ? -70 : 99);
  }
  const std::vector<Case> cases = {
      {random_weights(5, 1000, -127, 127), "int8", 1000},
      {random_weights(6, 1001, -7, 7), "int4", 501},
      {random_weights(7, 1000, -16, 15), "int5", 625},
      {sixteen, "shared 4 bits", 516},
      {half, "sparse int8", 126 + nonzero(half)},
      {narrow_half, "sparse int4", 100 + (nonzero(narrow_half) + 1) / 2},
      {sparse_shared, "sparse shared 2 bits", 125 + (2 * nonzero(sparse_shared) + 7) / 8 + 4},
      {rare, "run-length int8", (50 * (5 + 8) + 5 + 7) / 8},  // and a run of zeros at the end
      {rare_shared, "run-length shared 1 bit", (50 * (5 + 1) + 5 + 7) / 8 + 2},
      {Bytes(100, 0), "int1", 13},
      {Bytes(100, 99), "shared 1 bit", 14},
      {Bytes(), "int8", 0},
  };
  for (const auto& one : cases) {
    INFO(one.name);
    const auto encoding = encode(one.weights);
    CHECK(encoding.name() == one.name);
    CHECK(encoding.bytes() == one.bytes);
    CHECK(encoding.count == static_cast<std::int64_t>(one.weights.size()));
    if (!encoding.plain) CHECK(decode(encoding) == one.weights);
  }
}

TEST_CASE("a slower encoding that saves next to nothing is not taken") {
  CHECK(encode(random_weights(8, 1000, -127, 127, 0.15)).name() == "int8");
  CHECK(encode(random_weights(9, 1000, -7, 7, 0.27)).name() == "int4");
}

TEST_CASE("zeros are a bitmap while there are few, and runs once they are many") {
  for (const auto& [zeros, name] : {std::pair(0.5, "sparse int8"), std::pair(0.7, "sparse int8"),
                                    std::pair(0.9, "run-length int8"), std::pair(0.99, "run-length int8")}) {
    INFO(zeros);
    const auto weights = random_weights(14, 4000, -127, 127, zeros);
    CHECK(encode(weights).name() == name);
    CHECK(decode(encode(weights)) == weights);
  }
  Bytes long_runs(5000, 0);  // longer than any length that a run can have
  long_runs[700] = 5, long_runs[4999] = -127;
  CHECK(encode(long_runs).run_bits == 8);
  CHECK(decode(encode(long_runs)) == long_runs);
}

TEST_CASE("a depthwise stream holds sixteen channels after the other") {
  DepthwiseConv2d conv;
  conv.bias.resize(18);
  for (int i = 0; i < 36; ++i) conv.weights.push_back(static_cast<std::int8_t>(i));  // 2 taps of 18 channels
  const auto order = stream_order(conv);
  REQUIRE(order.size() == 36);
  CHECK(int{order[15]} == 15);
  CHECK(int{order[16]} == 18);
  CHECK(int{order[32]} == 16);
  CHECK(int{order[34]} == 34);
  CHECK(stream_order(Mean{}).empty());
}

TEST_CASE("a program is encoded when that saves more than its decoders take; storage counts what lies in flash") {
  const auto large = pointwise(random_weights(10, 4096, -7, 7)), small = pointwise(random_weights(11, 1024, -7, 7));
  CHECK(weight_encodings(large)[0].name() == "int4");
  CHECK(weight_encodings(small)[0].name() == "int8");
  CHECK(weight_encodings(small)[0].count == 1024);
  CHECK(storage_of(large).instructions[0].weights == 2048);
  CHECK(storage_of(large).flash_bytes == 2048 + 64 * (4 + 4 + 1));
  CHECK(storage_of(small).instructions[0].weights == 1024);
}

TEST_CASE(
    "the scratch memory of encoded convolutions holds some channels' weights, and pixels where they run in place") {
  const auto plain = pointwise(random_weights(12, 4096, -127, 127)),
             packed = pointwise(random_weights(13, 4096, -7, 7));
  const auto plan = plan_arena(packed, weight_encodings(packed));
  CHECK(plan.bytes == 5 * 4 * 64 + 20 * 64 + 8 * 64 + 1024);
  CHECK(storage_of(packed).arena_bytes == plan.bytes);
  CHECK(plan_arena(plain, weight_encodings(plain)).bytes == plan_arena(plain).bytes);
  CHECK(plan_arena(plain).bytes == 5 * 4 * 64 + 8 * 64);
}
