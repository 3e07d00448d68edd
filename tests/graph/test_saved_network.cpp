#include "graph/saved_network.h"

#include <cmath>

#include "base/files.h"
#include "catch.h"
#include "graph/random_networks.h"
#include "refusal.h"
#include "reporting/scratch_folder.h"

namespace espalier::graph {

TEST_CASE("a saved network is the same network, masks and encodings included") {
  const ScratchFolder scratch;
  auto network = naive::random_network(4);
  const auto& [name, weight] = *network.weights.begin();
  network.masks[name] = Tensor(Type::uint8, weight.shape);
  network.masks[name].flags()[0] = 1;
  const auto slices = static_cast<std::size_t>(weight.shape[0]);
  Encoding encoding;
  encoding.scale.assign(slices, 0.25F), encoding.zero_point.assign(slices, -3), encoding.low = -127;
  encoding.axis = 0, encoding.codes = {-5, 0, 1}, encoding.signs.assign(slices, -1);
  network.encodings[name] = encoding;
  save_network(scratch / "one.safetensors", network, Json::map().set("content", "abc"));
  CHECK(holds_network(scratch / "one.safetensors"));
  Json extra;
  const auto back = load_network(scratch / "one.safetensors", &extra);
  CHECK(extra.at("content").text() == "abc");
  CHECK(back.weights == network.weights);
  CHECK(back.masks == network.masks);
  const auto& found = back.encodings.at(name);
  CHECK(found.scale == encoding.scale);
  CHECK(found.zero_point == encoding.zero_point);
  CHECK(found.codes == encoding.codes);
  CHECK(found.signs == encoding.signs);
  CHECK(found.low == -127);
  CHECK(back.nodes.size() == network.nodes.size());
}

TEST_CASE("foreign and damaged files are named") {
  const ScratchFolder scratch;
  save_safetensors(scratch / "foreign.safetensors", {});
  CHECK_FALSE(holds_network(scratch / "foreign.safetensors"));
  CHECK_THROWS_AS(load_network(scratch / "foreign.safetensors"), Error);
  auto network = naive::random_network(4);
  save_network(scratch / "one.safetensors", network, {});
  auto file = load_safetensors(scratch / "one.safetensors");
  file.tensors.erase(network.weights.begin()->first);
  save_safetensors(scratch / "less.safetensors", file);
  try {
    load_network(scratch / "less.safetensors");
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(e.code() == Exit::mistake);
    CHECK(std::string(e.what()).find("less.safetensors") != std::string::npos);
    CHECK(std::string(e.what()).find(network.weights.begin()->first) != std::string::npos);
  }
}

TEST_CASE("masks and encodings that do not suit their tensors are damage") {
  const ScratchFolder scratch;
  const auto whole = naive::random_network(4);
  const auto& [name, weight] = *whole.weights.begin();
  const auto refused = [&](const auto& spoil, const std::string& expected) {
    auto network = whole;
    network.encodings[name] = {{0.5F}, {0}, -127, 127, -1, {}, {}};
    spoil(network);
    save_network(scratch / "spoilt.safetensors", network, {});
    const auto text = testing::refusal([&] { load_network(scratch / "spoilt.safetensors"); });
    testing::says(text, "spoilt.safetensors: is damaged: ");
    testing::says(text, expected);
  };
  refused([&](Network& n) { n.masks[name] = Tensor(Type::uint8, {1}); }, "not of its weight's shape");
  refused([&](Network& n) { n.masks[name] = weight; }, "not of its weight's shape");
  refused([&](Network& n) { n.weights[name] = Tensor(Type::int32, weight.shape); }, "another element type");
  refused([&](Network& n) { n.encodings["nothing"] = n.encodings[name]; }, "is of no tensor");
  refused([&](Network& n) { n.encodings[name].axis = 0, n.encodings[name].scale.resize(77, 1.0F); }, "slices");
  refused([&](Network& n) { n.encodings[name].signs = {1, 1, 1}; }, "is not of 1 slices");
  refused([&](Network& n) { n.encodings[name].axis = 9; }, "has no axis 9");
  refused([&](Network& n) { n.encodings[name].scale = {NAN}; }, "has a scale of");
  refused([&](Network& n) { n.encodings[name].zero_point = {1 << 30}; }, "a zero point is");
  refused([&](Network& n) { n.encodings[name].low = 127; }, "runs from 127 to 127");
}

}  // namespace espalier::graph
