#include "graph/operators/hard_swish.h"

#include "catch.h"
#include "graph/builder.h"
#include "graph/naive_executor.h"

using namespace espalier;
using namespace espalier::graph;

TEST_CASE("a hard swish has an encoding of its own, and keeps zeros") {
  const auto op = standard_operators().find("hard_swish");
  CHECK(op->encoding == EncodingTrait::own);
  CHECK(op->zeros == Zeros::all);
}

TEST_CASE("a hard swish is 0 below -3, x above 3, a parabola between") {
  Builder b({6});
  const auto out = naive::execute(b.finish(b.hard_swish(b.input())), {-5, -3, -1.5, 0, 3, 7});
  CHECK(out == naive::Values{0, 0, -0.375, 0, 3, 7});
}
