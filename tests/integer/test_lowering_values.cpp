#include "lowered.h"

#include <algorithm>

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
  check_lowered(random_of(R"(
layers:
  - {type: conv2d, name: a, out: 3, kernel: 1}
  - {type: global_average_pool, name: p}
  - {type: hard_sigmoid, name: g}
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

TEST_CASE("a hard sigmoid is a depthwise line of which nothing is lost") {
  for (const float scale : {1e-8f, 1e-4f, 0.02f, 0.3f, 20.0f}) {
    INFO(scale);
    auto network = random_of("layers: [{type: hard_sigmoid, name: x}]", 1, {2, 4, 4});
    network.encodings["input"] = {{scale}, {11}};
    const auto program = lower(network);
    REQUIRE(program.instructions.size() == 1);
    const auto& line = std::get<integer::DepthwiseConv2d>(program.instructions[0]);
    CHECK(line.weights.size() == 2);
    std::vector<std::int8_t> in(32), out(32);
    for (int start = -128; start < 128; start += 32) {
      for (int i = 0; i < 32; ++i) in[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(start + i);
      integer::Twin(program).run(in, 1, out);
      for (std::size_t i = 0; i < 32; ++i) {
        const double exact = 255 * std::clamp(scale * (in[i] - 11) / 6.0 + 0.5, 0.0, 1.0) - 128;
        CHECK(std::abs(out[i] - exact) < 0.51);
      }
    }
  }
}
