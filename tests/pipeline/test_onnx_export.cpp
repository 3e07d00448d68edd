// The float ONNX export, read back by the importer, against the executor. tests/recipes asks ONNX Runtime.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <filesystem>

#include "base/error.h"

#include <unistd.h>
#include "base/files.h"
#include "base/text.h"
#include "catch.h"
#include "exporting/onnx/writer.h"
#include "graph/builder.h"
#include "graph/model_file.h"
#include "graph/random_networks.h"
#include "nn/executor.h"
#include "pipeline/imported_network.h"

using namespace espalier;

namespace {

graph::Network there_and_back(const graph::Network& network) {
  const auto file = std::filesystem::temp_directory_path() / concat("espalier_onnx_export_", ::getpid(), ".onnx");
  write_atomically(file, exporting::onnx::write(network, {"a test", {"yes", "no"}, R"({"kind": "none"})"}));
  auto imported = pipeline::import_network(file.string(), {}, graph::standard_operators());
  std::filesystem::remove(file);
  return std::move(imported.network);
}

void check_same(const graph::Network& network) {
  at::NoGradGuard off;
  at::manual_seed(9);
  std::vector<std::int64_t> sizes = {4};
  for (const auto extent : network.input_shape()) sizes.push_back(extent);
  const auto x = at::randn(sizes);
  const auto before = nn::forward(nn::for_inference(network), x, {}).logits,
             after = nn::forward(nn::for_inference(there_and_back(network)), x, {}).logits;
  REQUIRE(before.sizes() == after.sizes());
  CHECK((before - after).abs().max().item<double>() <= 1e-5 * (1 + before.abs().max().item<double>()));
}

}  // namespace

TEST_CASE("every model of configs/models comes back from ONNX as it was") {
  for (const auto& file : std::filesystem::directory_iterator(std::string(ESPALIER_SOURCE_DIR) + "/configs/models")) {
    INFO(file.path().string());
    auto network = graph::load_model(file.path().string(), graph::standard_operators(), {{1, 49, 10}, 12});
    naive::randomize(network, 2);
    check_same(network);
  }
}

TEST_CASE("random networks of every operator come back from ONNX as they were") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("network " << seed);
    check_same(naive::random_network(seed));
  }
}

TEST_CASE("layers keep their names through ONNX, masked weights become zero") {
  auto network = naive::random_network(2);
  auto& weight = network.weights.at("stem.weight");
  std::vector<std::uint8_t> keep(weight.floats().size(), 1);
  keep[0] = 0;
  network.masks["stem.weight"] = graph::Tensor::of(weight.shape, keep);
  const auto back = there_and_back(network);
  REQUIRE(back.weights.count("stem.weight") == 1);
  CHECK(back.weights.at("stem.weight").floats()[0] == 0);
  CHECK(back.weights.count("head.weight") == 1);
}

TEST_CASE("values inside a layer are named as no other layer is") {
  auto network = naive::network_of(R"(
layers:
  - { type: relu6, name: se.low }
  - { type: global_average_pool, name: squeezed }
  - { type: sigmoid, name: se.gate }
  - { type: mul, name: se, inputs: [se.gate, se.low] }
  - { type: relu6, name: se.pooled }
  - { type: global_average_pool, name: se.high }
  - { type: linear, name: head, out: classes }
)");
  naive::randomize(network, 6);
  check_same(network);
}

TEST_CASE("a batch norm that nothing can take up is exported as itself") {
  graph::Builder b({3, 4, 4});
  auto network = b.finish(b.linear(b.flatten(b.batch_norm(b.input())), {.out = 5}), 5);
  naive::randomize(network, 4);
  check_same(network);
}
