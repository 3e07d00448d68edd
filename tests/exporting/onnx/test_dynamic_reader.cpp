#include "exporting/onnx/dynamic_reader.h"

#include "base/error.h"
#include "base/text.h"
#include "catch.h"
#include "exporting/onnx/dynamic_writer.h"
#include "exporting/onnx/writer.h"
#include "graph/builder.h"

namespace espalier::exporting::onnx {
namespace {

graph::Network two_layers() {
  graph::Builder b({6, 1, 1});
  auto x = b.relu(b.linear(b.flatten(b.input()), {.out = 8}, "first"));
  auto network = b.finish(b.linear(x, {.out = 3}, "second"));
  graph::initialize(network, 3);
  return network;
}

/// The only difference after `tensor`'s element 5 has changed by `much`.
std::string difference_of(const char* tensor, float much) {
  auto network = two_layers();
  const auto bytes = write_dynamic(network, {});
  auto& changed = network.weights.at(tensor);
  auto values = graph::masked_floats(network, tensor);
  values[2] += much;
  changed = graph::Tensor::of(changed.shape, values);
  const auto found = compare_dynamic(bytes, "model_dynamic.onnx", network);
  REQUIRE(found.size() == 1);
  return found.front();
}

}  // namespace

TEST_CASE("a dynamic file that was written for a network is its own", "[onnx]") {
  const auto network = two_layers();
  CHECK(compare_dynamic(write_dynamic(network, {}), "model_dynamic.onnx", network).empty());
}

TEST_CASE("other weights, other biases and float layers are differences", "[onnx]") {
  CHECK(difference_of("second.weight", 0.2F).find("layer 'second': has ") == 0);
  CHECK(difference_of("first.bias", 0.001F) == "layer 'first': has another bias");
  const auto network = two_layers();
  const auto found = compare_dynamic(write(network, {}), "model_float.onnx", network);
  REQUIRE(found.size() == 2);
  CHECK(found[0] == "layer 'first': 'first' is not what Add writes");
}

TEST_CASE("recurrent layers of a dynamic file are compared gate by gate", "[onnx]") {
  for (const bool lstm : {true, false}) {
    graph::Builder b({1, 7, 3});
    auto x = lstm ? b.lstm(b.input(), {.hidden = 4, .bidirectional = true}, "cell")
                  : b.gru(b.input(), {.hidden = 4, .bidirectional = true}, "cell");
    auto network = b.finish(b.linear(x, {.out = 3}, "head"), 3);
    const auto bytes = write_dynamic(network, {});
    CHECK(compare_dynamic(bytes, "model_dynamic.onnx", network).empty());
    for (const char* slot : {"input_weight", "recurrent_weight", "reverse_input_weight", "reverse_recurrent_weight",
                             "input_bias", "reverse_recurrent_bias"}) {
      INFO(slot << (lstm ? " of an lstm" : " of a gru"));
      auto changed = network;
      changed.weights.at(concat("cell.", slot)).floats()[5] += 0.3f;
      const auto found = compare_dynamic(bytes, "model_dynamic.onnx", changed);
      REQUIRE(found.size() == 1);
      CHECK(found[0].starts_with("layer 'cell': has "));
    }
    CHECK(compare_dynamic(write(network, {}), "model_float.onnx", network).size() == 2);
  }
}

TEST_CASE("a truncated dynamic file is refused, or lacks a layer", "[onnx][hostile]") {
  const auto network = two_layers();
  const auto whole = write_dynamic(network, {});
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    try {
      const auto found = compare_dynamic(std::span(whole).first(size), "damaged.onnx", network);
      CHECK((!found.empty() || whole.size() - size < 40));
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("damaged.onnx") == 0);
    }
  }
}

}  // namespace espalier::exporting::onnx
