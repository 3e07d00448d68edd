#include "graph/operators/mul.h"

#include "base/error.h"
#include "catch.h"
#include "graph/builder.h"
#include "graph/naive_executor.h"

using namespace espalier;
using namespace espalier::graph;

TEST_CASE("a gate is one factor for each channel of an image") {
  CHECK(is_gate({4}, {4, 3, 2}));
  CHECK(is_gate({4, 1, 1}, {4, 3, 2}));
  CHECK(is_gate({4}, {4, 1, 1}));
  CHECK_FALSE(is_gate({4, 1, 1}, {4, 1, 1}));  // equal shapes
  CHECK_FALSE(is_gate({4, 3, 1}, {4, 3, 2}));
  CHECK_FALSE(is_gate({1, 3, 2}, {4, 3, 2}));
  CHECK_FALSE(is_gate({3}, {4, 3, 2}));
  CHECK_FALSE(is_gate({4}, {4}));
}

TEST_CASE("a product has the larger input's shape, whichever comes first") {
  Builder b({3, 4, 5});
  const auto gate = b.global_average_pool(b.input(), "gate");
  CHECK(b.shape(b.mul(b.input(), gate)) == Shape{3, 4, 5});
  CHECK(b.shape(b.mul(gate, b.input())) == Shape{3, 4, 5});
  CHECK(b.shape(b.mul(gate, gate)) == Shape{3});
  CHECK_THROWS_AS(b.mul(b.input(), b.flatten(b.input())), Error);
  CHECK_THROWS_AS(b.mul(b.linear(gate, {.out = 2}), b.input()), Error);
}

TEST_CASE("a product multiplies channel by channel") {
  Builder b({2, 1, 2});
  const auto network = b.finish(b.mul(b.input(), b.global_average_pool(b.input())));
  CHECK(naive::execute(network, {1, 3, -2, -4}) == naive::Values{2, 6, 6, 12});
}
