// Hand-computed values; the proof against the runtime itself is tests/runtimes/prove_rows.
#include "integer/ort_kernels.h"

#include <algorithm>
#include <cmath>

#include "catch.h"

using namespace espalier;
using namespace espalier::integer;

namespace {

Activation encoded(float scale, std::int32_t zero_point, Shape shape = {4}) {
  return {"a", std::move(shape), scale, zero_point};
}
int at(const ByteTable& table, int code) { return table[static_cast<std::size_t>(code + 128)]; }

/// One channel, a window of `width` over `values`, no padding.
std::vector<std::int8_t> pooled(const std::vector<std::int8_t>& values, std::int32_t width, std::int32_t before,
                                std::int32_t zero_point, Clamp clamp = Clamp::none) {
  const auto size = static_cast<std::int64_t>(values.size());
  const auto positions = size + before - width + 1;
  Program program;
  program.activations = {encoded(0.5f, zero_point, {1, size, 1}), encoded(0.5f, zero_point, {1, positions, 1})};
  const AveragePool2d pool{0, 1, {1, width, 1, 1, 0, 0, before, 0}, clamp};
  std::vector<std::int8_t> out(static_cast<std::size_t>(positions));
  average_pool_in_float(values.data(), pool, program, out.data());
  return out;
}

}  // namespace

TEST_CASE("a requantization rounds ties to even and saturates") {
  const auto table = requantize_table(encoded(0.5f, 0), encoded(1.0f, 3));
  CHECK(at(table, 1) == 3);   // 0.5 -> 0
  CHECK(at(table, 3) == 5);   // 1.5 -> 2
  CHECK(at(table, -3) == 1);  // -1.5 -> -2
  CHECK(at(requantize_table(encoded(1.0f, 0), encoded(0.5f, 0)), 100) == 127);
  CHECK(at(requantize_table(encoded(1.0f, 0), encoded(0.5f, 0)), -100) == -128);
}

TEST_CASE("a logistic is the function within a rounding, and its ends are 0 and 1") {
  const Activation input = encoded(0.05f, -20), output = encoded(1.0f / 256, -128);
  const auto table = logistic_table(input, output);
  for (int code = -128; code < 128; ++code) {
    const double exact = 256 / (1 + std::exp(-0.05 * (code + 20))) - 128;
    CHECK(std::abs(at(table, code) - std::min(exact, 127.0)) <= 0.5 + 1e-3);
  }
  const auto steep = logistic_table(encoded(1.0f, 0), output);
  CHECK(at(steep, -128) == -128);
  CHECK(at(steep, 127) == 127);
  CHECK(at(steep, 0) == 0);
}

TEST_CASE("a hard swish is 0 below -3, x above 3") {
  const auto table = hard_swish_table(encoded(0.25f, 0), encoded(0.25f, 0));
  CHECK(at(table, -128) == 0);
  CHECK(at(table, -12) == 0);
  CHECK(at(table, 12) == 12);
  CHECK(at(table, 40) == 40);
  CHECK(at(table, 4) == 3);    // 1 * 4 / 6 = 0.667 = 2.67 steps
  CHECK(at(table, -6) == -2);  // -1.5 * 1.5 / 6 = -0.375 = -1.5 steps
}

TEST_CASE("an average pool leaves padding out and rounds ties to even, zero point included") {
  CHECK(pooled({1, 2, 4}, 2, 0, 0) == std::vector<std::int8_t>{2, 3});   // 1.5, 3
  CHECK(pooled({2, 3, 3}, 2, 0, 1) == std::vector<std::int8_t>{2, 3});   // 2.5 by its own code, not by its distance
  CHECK(pooled({10, 20}, 2, 1, 0) == std::vector<std::int8_t>{10, 15});  // the first window sees one element
  CHECK(pooled({-10, -20, 9}, 1, 0, 0, Clamp::relu) == std::vector<std::int8_t>{0, 0, 9});
}
