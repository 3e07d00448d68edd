// The float export, loaded by LibTorch itself, against the executor.
#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/random.h"
#include "catch.h"
#include "exporting/torchscript/engine.h"
#include "exporting/torchscript/writer.h"
#include "graph/builder.h"
#include "graph/model_file.h"
#include "graph/random_networks.h"
#include "nn/executor.h"

using namespace espalier;

namespace {

torch::jit::Module loaded(const graph::Network& network) {
  const auto bytes = exporting::torchscript::write(network, {"yes", "no"}, R"({"kind": "none"})");
  std::istringstream in(std::string(bytes.begin(), bytes.end()));
  auto module = torch::jit::load(in);
  module.eval();
  return module;
}

at::Tensor random_input(const graph::Network& network, std::int64_t samples) {
  std::vector<std::int64_t> shape = {samples};
  for (const auto extent : network.input_shape()) shape.push_back(extent);
  auto x = at::empty(shape);
  Random random(9, "input");
  for (std::int64_t i = 0; i < x.numel(); ++i) x.mutable_data_ptr<float>()[i] = static_cast<float>(random.normal());
  return x;
}

void check_same(const graph::Network& network) {
  const auto x = random_input(network, 4);
  const auto ours = nn::forward(nn::bring_to_life(network, false), x, {}).logits;
  const auto theirs = loaded(network).forward({x}).toTensor();
  REQUIRE(theirs.sizes() == ours.sizes());
  CHECK((ours - theirs).abs().max().item<double>() <= 1e-5 * (1 + ours.abs().max().item<double>()));
}

}  // namespace

TEST_CASE("every model of configs/models computes the same as TorchScript") {
  for (const auto& file : std::filesystem::directory_iterator(std::string(ESPALIER_SOURCE_DIR) + "/configs/models")) {
    INFO(file.path().string());
    auto network = graph::load_model(file.path().string(), graph::standard_operators(), {{1, 49, 10}, 12});
    naive::randomize(network, 2);
    check_same(network);
  }
}

TEST_CASE("random networks of every operator compute the same as TorchScript") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("network " << seed);
    check_same(naive::random_network(seed));
  }
}

TEST_CASE("names that differ only in dots and underscores stay apart") {
  graph::Builder b({3, 4, 4});
  const auto x = b.conv2d(b.input(), {.out = 2, .kernel = {1, 1}}, "a.b"),
             y = b.conv2d(b.input(), {.out = 2, .kernel = {1, 1}}, "a_b");
  check_same(b.finish(b.add(x, y, "sum"), 5));
}

TEST_CASE("parameters have the layers' names, whatever TorchScript thinks of them") {
  graph::Builder b({3, 4, 4});
  auto x = b.input();
  const std::vector<std::string> names = {"block.1.depthwise", "block.1",    "in.class", "labels",
                                          "forward",           "a-b.weight", "a-b"};
  for (const auto& name : names) x = b.conv2d(x, {.out = 3, .kernel = {1, 1}}, name);
  auto network = b.finish(x);
  naive::randomize(network, 4);
  check_same(network);
  std::set<std::string> found;
  for (const auto& parameter : loaded(network).named_parameters()) found.insert(parameter.name);
  CHECK(found.count("block.1.depthwise.weight") == 1);
  CHECK(found.count("block.1.weight") == 1);
  CHECK(found.count("in_.class_.weight") == 1);
  CHECK(found.count("labels_2.weight") == 1);
  CHECK(found.size() == names.size());
}

TEST_CASE("masked weights are zero in the export; labels and the front end travel along") {
  auto network = naive::random_network(2);
  auto& weight = network.weights.at("stem.weight");
  std::vector<std::uint8_t> keep(weight.floats().size(), 1);
  keep[0] = 0;
  network.masks["stem.weight"] = graph::Tensor::of(weight.shape, keep);
  const auto module = loaded(network);
  CHECK(module.attr("labels").toListRef().size() == 2);
  CHECK(module.attr("front_end").toStringRef() == R"({"kind": "none"})");
  bool found = false;
  for (const auto& parameter : module.named_parameters()) {
    if (parameter.name != "stem.weight") continue;
    found = true;
    CHECK(parameter.value.flatten()[0].item<float>() == 0);
    CHECK(parameter.value.count_nonzero().item<std::int64_t>() == parameter.value.numel() - 1);
  }
  CHECK(found);
}

TEST_CASE("linear layers quantized dynamically stay near the float model, and only they are int8") {
  const exporting::torchscript::WithoutWarnings quiet;
  for (const char* name : {"ds_cnn_s", "mlp_small"}) {
    const auto file = std::string(ESPALIER_SOURCE_DIR) + "/configs/models/" + name + ".yaml";
    auto network = graph::load_model(file, graph::standard_operators(), {{1, 49, 10}, 12});
    naive::randomize(network, 2);
    const auto bytes = exporting::torchscript::write_dynamic(network, {"yes", "no"}, "{}");
    std::istringstream in(std::string(bytes.begin(), bytes.end()));
    auto module = torch::jit::load(in);
    const auto x = random_input(network, 8);
    const auto exact = nn::forward(nn::bring_to_life(network, false), x, {}).logits;
    const auto found = module.forward({x}).toTensor();
    const double gap = (found - exact).abs().max().item<double>(), most = exact.abs().max().item<double>();
    CHECK(gap > 0);
    CHECK(gap < 0.05 * most);
    for (const auto& parameter : module.named_parameters())
      CHECK(network.node(parameter.name.substr(0, parameter.name.rfind('.'))).op->key != "linear");
  }
}

TEST_CASE("dynamic quantization of a network without a linear layer is a mistake") {
  graph::Builder b({3, 4, 4});
  const auto network = b.finish(b.global_average_pool(b.conv2d(b.input(), {.out = 2, .kernel = {1, 1}})));
  CHECK_THROWS_WITH(exporting::torchscript::write_dynamic(network, {}, ""), Catch::Contains("no linear layer"));
}
