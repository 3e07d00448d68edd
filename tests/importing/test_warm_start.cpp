#include "importing/warm_start.h"

#include "base/text.h"
#include "catch.h"
#include "graph/builder.h"

using namespace espalier;
using importing::Renaming;

namespace {

graph::Network small() {
  graph::Builder b(graph::standard_operators(), {1, 6, 6}, "small");
  auto x = b.conv2d(b.input(), {.out = 3, .kernel = {3, 3}}, "stem");
  x = b.relu(b.batch_norm(x, {}, "norm"));
  return b.finish(b.linear(b.global_average_pool(x), {.out = 2}, "head"));
}

/// A network's weights under PyTorch's names, with `prefix`, every value `value`.
std::map<std::string, graph::Tensor> as_pytorch(const std::string& prefix, float value) {
  std::map<std::string, graph::Tensor> all;
  const std::map<std::string, std::string> suffixes = {
      {"norm.gamma", "norm.weight"}, {"norm.beta", "norm.bias"}, {"norm.running_variance", "norm.running_var"}};
  for (auto [name, weight] : small().weights) {
    for (auto& number : weight.floats()) number = value;
    const auto foreign = suffixes.find(name);
    all[prefix + (foreign == suffixes.end() ? name : foreign->second)] = weight;
  }
  all[prefix + "norm.num_batches_tracked"] = graph::Tensor(graph::Type::int64, {});
  return all;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("stars carry over what they matched") {
  const Renaming renaming = {{"backbone.*.conv*.*", "features.*.c*.*"}, {"old.*", "*"}, {"exact", "other"}};
  CHECK(importing::renamed("backbone.3.conv12.weight", renaming, "r") == "features.3.c12.weight");
  CHECK(importing::renamed("old.head.bias", renaming, "r") == "head.bias");
  CHECK(importing::renamed("exact", renaming, "r") == "other");
  CHECK(importing::renamed("neither", renaming, "r") == "neither");
  CHECK_THROWS(importing::renamed("a", {{"a", "*"}}, "r"));
}

TEST_CASE("PyTorch's names find their weights; a prefix is renamed away") {
  auto network = small();
  std::vector<Problem> problems;
  const auto found = importing::warm_start(network, as_pytorch("net.", 0.25f), {{"net.*", "*"}}, false, "w", problems);
  CHECK(problems.empty());
  CHECK(found.taken.size() == network.weights.size());
  CHECK(found.absent.empty());
  CHECK(found.unused.empty());
  for (const auto& [name, weight] : network.weights)
    for (const float number : weight.floats()) CHECK(number == 0.25f);
}

TEST_CASE("what is absent, unused or of another shape is listed; a shape is forgiven only where the recipe says so") {
  for (const bool partial : {false, true}) {
    auto network = small();
    const auto before = network.weights;
    auto tensors = as_pytorch("", 0.5f);
    tensors.erase("stem.weight");
    tensors["extra.weight"] = tensors.at("head.bias");
    tensors.at("head.weight") = graph::Tensor(graph::Type::float32, {7, 3});
    std::vector<Problem> problems;
    const auto found = importing::warm_start(network, tensors, {}, partial, "w", problems);
    CHECK(problems.empty() == partial);
    if (!partial) CHECK(has(problems.at(0).text, "head.weight: 7x3 in the file, 2x3 here"));
    CHECK(found.absent == std::vector<std::string>{"stem.weight"});
    CHECK(found.unused == std::vector<std::string>{"extra.weight"});
    CHECK((network.weights.at("head.weight") == before.at("head.weight")));
    CHECK((network.weights.at("stem.weight") == before.at("stem.weight")));
    CHECK_FALSE((network.weights.at("head.bias") == before.at("head.bias")));
    CHECK(has(join(importing::notes_of(found), "\n"), "in the file only: extra.weight"));
  }
}

TEST_CASE("a file of which nothing fits is refused with names of both sides") {
  auto network = small();
  std::vector<Problem> problems;
  importing::warm_start(network, as_pytorch("module.", 1), {}, true, "w", problems);
  REQUIRE(problems.size() == 1);
  CHECK(has(problems[0].text, "module.head.bias"));
  CHECK(has(problems[0].text, "map:"));
}
