#include "lowered.h"

using namespace espalier;
using namespace espalier::lowered;

TEST_CASE("a gate multiplies the channels where the device has them, whichever input it is") {
  for (const char* inputs : {"[p, a]", "[a, p]", "[a, s]", "[p, s]"})
    check_lowered(random_of(concat(R"(
layers:
  - {type: conv2d, name: a, out: 3, kernel: 1}
  - {type: global_average_pool, name: p}
  - {type: conv2d, name: s, out: 3, kernel: [9, 7], input: input}
  - {type: mul, name: x, inputs: )",
                                   inputs, "}")),
                  2);  // of the gate's own rounding and the product's
  check_lowered(random_of(R"(
layers:
  - {type: conv2d, name: a, out: 3, kernel: 1}
  - {type: global_average_pool, name: p}
  - {type: sigmoid, name: g}
  - {type: mul, name: x, inputs: [a, g]})"),
                2);
  // A flattened map stands in another order on the device, except beside another one.
  const char* flat =
      "layers: [{type: flatten, name: f}, {type: mul, name: m, inputs: [f, f]}, {type: linear, name: l, out: 3}]";
  check_lowered(random_of(flat), 1);
  CHECK(has(failure(random_of("layers: [{type: flatten, name: f}, {type: conv2d, name: c, out: 126, kernel: 1, input: "
                              "input}, {type: mul, name: m, inputs: [c, f]}]")),
            "in another order"));
}
