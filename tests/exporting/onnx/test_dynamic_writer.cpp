// What the file says; tests/recipes and tests/runtimes ask ONNX Runtime what it computes.
#include "exporting/onnx/dynamic_writer.h"

#include <algorithm>

#include "base/error.h"
#include "catch.h"
#include "exporting/onnx/quantized_writer.h"
#include "graph/builder.h"
#include "importing/onnx/model.h"
#include "importing/onnx/tensor.h"

namespace espalier::exporting::onnx {
namespace {

graph::Network two_layers() {
  graph::Builder b({6, 1, 1});
  auto x = b.relu(b.linear(b.flatten(b.input()), {.out = 8}, "first"));
  auto network = b.finish(b.linear(x, {.out = 3}, "second"));
  graph::initialize(network, 3);
  return network;
}

}  // namespace

TEST_CASE("every linear layer multiplies integers, its weights within half a step of the floats", "[onnx]") {
  const auto network = two_layers();
  const auto bytes = write_dynamic(network, {"dynamic", {"a", "b", "c"}, ""});
  const std::string text(bytes.begin(), bytes.end());
  const auto model = importing::onnx::parse(text, "model_dynamic.onnx");
  const auto count = [&](const char* kind) {
    return std::count_if(model.nodes.begin(), model.nodes.end(), [&](const auto& node) { return node.kind() == kind; });
  };
  CHECK(count("MatMulInteger") == 2);
  CHECK(count("DynamicQuantizeLinear") == 2);
  CHECK(count("Gemm") == 0);
  importing::onnx::ExternalFiles none("");
  const auto constant = [&](const std::string& name) {
    for (const auto& initializer : model.initializers)
      if (initializer.name == name) return importing::onnx::decode(initializer.tensor, none);
    throw std::runtime_error(name);
  };
  const auto codes = constant("first.weight"), scale = constant("first.weight_scale");
  REQUIRE(codes.shape == graph::Shape{6, 8});
  const auto floats = network.weights.at("first.weight").floats();
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t o = 0; o < 8; ++o) {
      const auto code = codes.wholes[i * 8 + o];
      CHECK(std::abs(code) <= reduced_range);
      CHECK(std::abs(static_cast<float>(code) * scale.reals[o] - floats[o * 6 + i]) <= 0.5001f * scale.reals[o]);
    }
}

TEST_CASE("without a linear layer there is nothing to quantize dynamically", "[onnx]") {
  graph::Builder b({3, 4, 4});
  const auto network = b.finish(b.global_average_pool(b.conv2d(b.input(), {.out = 2, .kernel = {1, 1}})));
  CHECK_THROWS_WITH(write_dynamic(network, {}), Catch::Contains("no linear layer"));
}

}  // namespace espalier::exporting::onnx
