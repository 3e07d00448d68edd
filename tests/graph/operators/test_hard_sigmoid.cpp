#include "graph/operators/hard_sigmoid.h"

#include "catch.h"
#include "graph/builder.h"
#include "graph/naive_executor.h"

using namespace espalier;
using namespace espalier::graph;

TEST_CASE("a hard sigmoid's encoding ends at 0 and 1") {
  const auto op = standard_operators().find("hard_sigmoid");
  CHECK(op->encoding == EncodingTrait::fixed);
  CHECK(op->fixed == FixedEncoding{1.0f / 255, -128});
  CHECK(op->zeros == Zeros::never);
}

TEST_CASE("a hard sigmoid is a line between -3 and 3") {
  Builder b({5});
  const auto out = naive::execute(b.finish(b.hard_sigmoid(b.input())), {-4, -3, 0, 1.5, 7});
  CHECK(out == naive::Values{0, 0, 0.5, 0.75, 1});
}
