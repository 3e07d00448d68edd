#include "integer/lowering.h"

#include <algorithm>
#include <cmath>

#include "graph/model_file.h"
#include "lowered.h"

using namespace espalier;
using namespace espalier::lowered;

namespace {

const char* small_net =
    "layers: [{type: conv2d, name: a, out: 3, kernel: 3, bias: true}, {type: relu, name: r}, {type: "
    "global_average_pool, name: p}, {type: linear, name: l, out: 4}]";

}  // namespace

TEST_CASE("the integers of 100 random networks mean what their float network does") {
  double mean = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    const auto network = calibrated(naive::random_network(seed));
    const auto off = deviation(network, lower(network));
    CHECK(off.largest < 8);
    mean += off.mean / 100;
  }
  CHECK(mean < 0.5);
}

TEST_CASE("the shipped models lower and mean what their float networks do") {
  for (const char* name : {"ds_cnn_s", "mlp_small", "res_net_tiny_kws"}) {
    INFO(name);
    auto network = graph::load_model(std::string(ESPALIER_SOURCE_DIR) + "/configs/models/" + name + ".yaml",
                                     graph::standard_operators(), {{1, 49, 10}, 12});
    naive::randomize(network, 5);
    const auto quantized = calibrated(network);
    const auto program = lower(quantized);
    CHECK(deviation(quantized, program).mean < 2);
    std::int64_t macs = 0;
    for (const auto& instruction : program.instructions) macs += integer::macs_of(program, instruction);
    CHECK(macs == graph::cost_of(network).macs);
  }
}

TEST_CASE("single layers are right to a step of their output") {
  for (const char* layer :
       {"{type: conv2d, name: x, out: 4, kernel: [3, 2], stride: [2, 1], padding: same, bias: true}",
        "{type: conv2d, name: x, out: 4, kernel: 3, stride: 2, padding: [1, 1, 1, 1]}",
        "{type: depthwise_conv2d, name: x, kernel: [2, 3], stride: 2, padding: same, bias: true}",
        "{type: depthwise_conv2d, name: x, kernel: 3, padding: [2, 0, 0, 1]}",
        "{type: max_pool2d, name: x, kernel: [3, 2], stride: 2, padding: same}",
        "{type: max_pool2d, name: x, kernel: 3, stride: 2, padding: [2, 0, 1, 1]}",
        "{type: average_pool2d, name: x, kernel: 3, stride: 2, padding: same}",
        "{type: average_pool2d, name: x, kernel: [2, 3], stride: 1}", "{type: global_average_pool, name: x}",
        "{type: add, name: x, inputs: [input, input]}", "{type: mul, name: x, inputs: [input, input]}",
        "{type: relu, name: x}", "{type: sigmoid, name: x}", "{type: hard_sigmoid, name: x}",
        "{type: hard_swish, name: x}", "{type: relu6, name: x}",
        "{type: concat, name: x, inputs: [input, input, input]}"}) {
    INFO(layer);
    check_lowered(random_of(std::string("layers: [") + layer + "]"), 1);
  }
}

TEST_CASE("a linear layer behind flatten reads the channels where the device has them") {
  check_lowered(random_of("layers: [{type: flatten, name: f}, {type: linear, name: l, out: 6}]"), 1);
  // Through a clamp, a concatenation and a sum of flattened maps too.
  check_lowered(random_of(R"(
layers:
  - {type: flatten, name: f}
  - {type: relu, name: r}
  - {type: global_average_pool, name: p, input: input}
  - {type: add, name: s, inputs: [f, r]}
  - {type: concat, name: j, inputs: [p, s, r]}
  - {type: linear, name: l, out: 6})"),
                2);
}

TEST_CASE("padding that is neither SAME nor VALID becomes a Pad; else there is none") {
  CHECK(count<integer::Pad>(lower(random_of(
            "layers: [{type: conv2d, name: x, out: 2, kernel: 3, padding: [1, 1, 1, 1]}]"))) == 0);  // SAME at stride 1
  CHECK(count<integer::Pad>(
            lower(random_of("layers: [{type: conv2d, name: x, out: 2, kernel: 3, padding: [2, 0, 0, 0]}]"))) == 1);
  CHECK(count<integer::Pad>(lower(
            random_of("layers: [{type: conv2d, name: x, out: 2, kernel: 3, stride: 2, padding: 1}]", 1, {2, 8, 8}))) ==
        1);  // SAME pads bottom and right there
  CHECK(count<integer::Pad>(lower(random_of(
            "layers: [{type: conv2d, name: x, out: 2, kernel: 3, stride: 2, padding: 1}]", 1, {2, 9, 9}))) == 0);
}

TEST_CASE("a maximum pool's own padding is one that no maximum prefers") {
  const char* pool = "layers: [{type: relu, name: r}, {type: max_pool2d, name: x, kernel: 3, padding: [2, 0, 0, 0]}]";
  for (const std::int32_t zero_point : {-128, 5}) {
    auto network = random_of(pool);
    for (auto& [name, encoding] : network.encodings) encoding.zero_point = {zero_point};
    const auto program = lower(network);
    for (const auto& instruction : program.instructions)
      if (const auto* pad = std::get_if<integer::Pad>(&instruction)) CHECK(pad->lowest == (zero_point != -128));
    CHECK(count<integer::Pad>(program) == 1);
  }
}

TEST_CASE("an average pool that pads as no edge runtime does is refused where it is written") {
  const auto network = network_of("layers:\n  - {type: average_pool2d, name: x, kernel: 3, padding: [2, 0, 0, 0]}\n");
  const auto problems = integer::unsupported(network);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].origin == "model.yaml:2:5");
  CHECK(has(problems[0].text, "average_pool2d 'x' pads"));
  CHECK_THROWS_AS(lower(network), Error);
}

TEST_CASE("inputs whose encoding differs from what an instruction shares are requantized once each") {
  auto network = random_of(R"(
layers:
  - {type: conv2d, name: a, out: 2, kernel: 1}
  - {type: conv2d, name: b, out: 2, kernel: 1, input: input}
  - {type: concat, name: j, inputs: [a, b]}
  - {type: concat, name: k, inputs: [a, j]})");
  CHECK(count<integer::Requantize>(lower(network)) == 0);
  network.encodings["a"] = encoding_of(-9, 7);
  const auto program = lower(network);
  CHECK(count<integer::Requantize>(program) == 1);
  CHECK(deviation(network, program).largest <= 2.01);
}

TEST_CASE("a clamp of its own saturates in its encoding, or becomes a pool of one element where it shares another") {
  const char* net = R"(
layers:
  - {type: conv2d, name: a, out: 2, kernel: 1}
  - {type: relu, name: r}
  - {type: add, name: s, inputs: [a, r]})";
  auto network = random_of(net);
  CHECK(count<integer::Requantize>(lower(network)) == 1);
  check_lowered(network, 1);
  network.encodings["r"] = network.encodings["a"];
  const auto program = lower(network);
  CHECK(count<integer::MaxPool2d>(program) == 1);
  CHECK(deviation(network, program).largest <= 2.01);
}

TEST_CASE("bias and weights are divided and rounded, channels last") {
  auto network = random_of("layers: [{type: conv2d, name: a, out: 2, kernel: [1, 2], bias: true}]");
  network.encodings["input"] = {{0.5f}, {-3}, -128, 127, -1};
  network.encodings["a.weight"] = {{0.25f, 0.125f}, {0, 0}, -127, 127, 0};
  network.weights["a.weight"] =
      graph::Tensor::of({2, 2, 1, 2}, std::vector<float>{0.25f, 0.5f, 0.75f, 1, -0.125f, -0.25f, -0.375f, 0});
  network.weights["a.bias"] = graph::Tensor::of({2}, std::vector<float>{1, -0.6f});
  const auto program = lower(network);
  const auto& conv = std::get<integer::Conv2d>(program.instructions.at(0));
  CHECK(conv.weights == std::vector<std::int8_t>{1, 3, 2, 4, -1, -3, -2, 0});
  CHECK(conv.bias == std::vector<std::int32_t>{8, -10});  // -9.6
  CHECK(conv.weight_scale == std::vector<float>{0.25f, 0.125f});
  CHECK(program.activations[0].zero_point == -3);
  CHECK(program.activations[0].shape == integer::Shape{9, 7, 2});
}

TEST_CASE("what does not lie on its grid or in its range is refused by its tensor's name") {
  const auto good = random_of(small_net);
  CHECK(failure(good) == "lowered");
  auto network = good;
  network.weights["l.weight"].floats()[2] += network.encodings["l.weight"].scale[0] / 4;
  CHECK(has(failure(network), "'l.weight' does not lie on its grid"));
  network = good;
  network.weights["l.weight"].floats()[2] = 128 * network.encodings["l.weight"].scale[0];
  CHECK(has(failure(network), "'l.weight' leaves its range"));
  network = good;
  network.encodings["l.weight"].codes = {-3, 0, 5};
  CHECK(has(failure(network), "'l.weight' leaves its codebook"));
  network = good;
  network.weights["l.weight"].floats()[2] = std::nanf("");
  CHECK(has(failure(network), "'l.weight' does not lie on its grid"));
  network = good;
  network.weights["a.bias"].floats()[1] = 1e30f;
  CHECK(has(failure(network), "'a.bias' of channel 1"));
  network = good;
  network.encodings.erase("r");
  CHECK(has(failure(network), "'r' has no encoding"));
  network = good;
  network.encodings.erase("a.weight");
  CHECK(has(failure(network), "'a.weight' has no encoding"));
  network = good;
  network.encodings["a.weight"].zero_point[1] = 1;
  CHECK(has(failure(network), "not symmetric"));
  network = good;
  network.encodings["r"].scale[0] = 1e-12f;
  CHECK(has(failure(network), "'a.weight' is rescaled by"));
}

TEST_CASE("an output channel of zeros lowers whatever its scale") {
  auto network = random_of(small_net);
  auto weight = network.weights["a.weight"].floats();
  std::fill(weight.begin(), weight.begin() + 18, 0.0f);
  network.encodings["a.weight"].scale[0] = 1e-30f;
  network.weights["a.bias"].floats()[0] = 0.4f;
  check_lowered(network, 2);
}

TEST_CASE("one weight scale for a whole tensor is repeated for convolutions, kept for linear layers") {
  auto network = random_of(small_net);
  for (const char* name : {"a.weight", "l.weight"}) {
    auto& encoding = network.encodings[name];
    encoding = {{*std::max_element(encoding.scale.begin(), encoding.scale.end())}, {0}, -127, 127, -1};
    for (auto& value : network.weights[name].floats())
      value = std::round(value / encoding.scale[0]) * encoding.scale[0];
  }
  const auto program = lower(network);
  CHECK(std::get<integer::Conv2d>(program.instructions.front()).weight_scale.size() == 3);
  CHECK(std::get<integer::FullyConnected>(program.instructions.back()).weight_scale.size() == 1);
  CHECK(deviation(network, program).largest <= 2.01);
}

TEST_CASE("lowering the same network twice gives the same program") {
  const auto network = calibrated(naive::random_network(11));
  const auto a = lower(network), b = lower(network);
  REQUIRE(a.instructions.size() == b.instructions.size());
  REQUIRE(a.activations.size() == b.activations.size());
  for (std::size_t i = 0; i < a.activations.size(); ++i) {
    CHECK(a.activations[i].name == b.activations[i].name);
    CHECK(a.activations[i].scale == b.activations[i].scale);
  }
}

TEST_CASE("what has to be folded or removed first is named") {
  auto network = network_of("layers: [{type: conv2d, name: a, out: 2, kernel: 1}, {type: batch_norm, name: n}]");
  naive::randomize(network, 1);
  CHECK(integer::unsupported(network).empty());  // it will fold
  CHECK(has(failure(network), "fold batch norm"));
  const auto lone = network_of("layers: [{type: max_pool2d, name: m, kernel: 2}, {type: batch_norm, name: n}]");
  REQUIRE(integer::unsupported(lone).size() == 1);
  CHECK(has(integer::unsupported(lone)[0].text, "batch_norm 'n' folds only"));
}

TEST_CASE("a flattened map cannot be the output: its order would be the device's") {
  CHECK(has(failure(random_of("layers: [{type: flatten, name: f}]")), "flattened map"));
  CHECK(failure(random_of("layers: [{type: flatten, name: f}]", 1, {1, 9, 7})) == "lowered");
}

TEST_CASE("every operator is lowered or refused with a reason") {
  CHECK(integer::lowering_holes(graph::standard_operators()).empty());
}
