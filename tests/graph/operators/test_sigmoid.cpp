#include "graph/operators/sigmoid.h"

#include <cmath>

#include "catch.h"
#include "graph/builder.h"
#include "graph/naive_executor.h"

using namespace espalier;
using namespace espalier::graph;

TEST_CASE("a sigmoid's encoding holds [0, 1) whatever the data") {
  const auto op = standard_operators().find("sigmoid");
  CHECK(op->encoding == EncodingTrait::fixed);
  CHECK(op->fixed == FixedEncoding{1.0f / 256, -128});
  CHECK(op->zeros == Zeros::never);
}

TEST_CASE("a sigmoid is 1/2 at 0") {
  Builder b({3});
  const auto out = naive::execute(b.finish(b.sigmoid(b.input())), {0, 1, -40});
  CHECK(out[0] == 0.5);
  CHECK(out[1] == Approx(1 / (1 + std::exp(-1))));
  CHECK(out[2] == Approx(0).margin(1e-12));
}
