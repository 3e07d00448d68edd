#include "graph/saved_network.h"

#include "base/files.h"
#include "catch.h"
#include "graph/random_networks.h"
#include "reporting/scratch_folder.h"

namespace espalier::graph {

TEST_CASE("a saved network is the same network, masks and encodings included") {
  const ScratchFolder scratch;
  auto network = naive::random_network(4);
  auto& [name, weight] = *network.weights.begin();
  network.masks[name] = weight;
  Encoding encoding;
  encoding.scale = {0.25F, 0.5F}, encoding.zero_point = {0, -3}, encoding.low = -127, encoding.high = 127;
  encoding.axis = 0, encoding.codes = {1, -5}, encoding.signs = {1};
  network.encodings[network.nodes.back().name] = encoding;
  save_network(scratch / "one.safetensors", network, Json::map().set("content", "abc"));
  CHECK(holds_network(scratch / "one.safetensors"));
  Json extra;
  const auto back = load_network(scratch / "one.safetensors", &extra);
  CHECK(extra.at("content").text() == "abc");
  CHECK(back.weights == network.weights);
  CHECK(back.masks == network.masks);
  const auto& found = back.encodings.at(network.nodes.back().name);
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

}  // namespace espalier::graph
