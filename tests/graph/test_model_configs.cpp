// The model files that ship: what their header comments claim is what the graph computes.
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "catch.h"
#include "graph/model_file.h"

using namespace espalier;
using namespace espalier::graph;

namespace {

std::filesystem::path model_path(const std::string& name) {
  return std::filesystem::path(ESPALIER_SOURCE_DIR) / "configs/models" / (name + ".yaml");
}

Network shipped(const std::string& name, const Ends& ends = {{1, 49, 10}, 12}) {
  return load_model(model_path(name), standard_operators(), ends);
}

void check_header(const std::string& file, std::int64_t macs, std::int64_t parameters, const std::string& name = "",
                  const Ends& ends = {{1, 49, 10}, 12}) {
  const auto network = shipped(file, ends);
  const auto cost = cost_of(network);
  CHECK(network.name == (name.empty() ? file : name));
  CHECK(cost.macs == macs);
  CHECK(cost.parameters == parameters);
  CHECK(network.output_shape() == Shape{ends.classes});
  const auto text = read_text(model_path(file));
  CHECK(text.find(grouped_text(cost.macs) + " MACs, " + grouped_text(cost.parameters) + " parameters") !=
        std::string::npos);
}

}  // namespace

TEST_CASE("every shipped keyword model costs what its header says") {
  check_header("ds_cnn_s", 2656768, 22604);
  check_header("ds_cnn_s_light_dropout", 2656768, 22604, "ds_cnn_s");
  check_header("ds_cnn_m", 9816384, 135032);
  check_header("ds_cnn_l", 28327812, 410700);
  check_header("mlp_small", 80640, 80908);
  check_header("res_net_tiny_kws", 6357664, 77548);
}

TEST_CASE("every shipped picture model costs what its header says") {
  check_header("res_net_8", 12501632, 77610, "", {{3, 32, 32}, 10});
  check_header("mobile_net_v1_025", 7489664, 210850, "", {{3, 96, 96}, 2});
  check_header("mobile_net_v2_035", 10656688, 391650, "", {{3, 96, 96}, 2});
  check_header("cnn_digits", 1688128, 42794, "", {{1, 28, 28}, 10});
}

TEST_CASE("shipped models hold no bias before a batch norm and take any number of classes") {
  for (const char* name :
       {"ds_cnn_s", "ds_cnn_s_light_dropout", "ds_cnn_m", "ds_cnn_l", "mlp_small", "res_net_tiny_kws"}) {
    const auto network = load_model(model_path(name), standard_operators(), {{1, 49, 10}, 35});
    CHECK(network.output_shape() == Shape{35});
    for (const auto& node : network.nodes) {
      if (!node.is("batch_norm")) continue;
      const auto& producer = network.node(node.inputs[0]);
      CHECK(network.slots(producer).size() == 1);
    }
  }
}

TEST_CASE("DS-CNN S has MLPerf Tiny's shapes") {
  const auto network = shipped("ds_cnn_s");
  CHECK(network.node("stem").shape == Shape{64, 25, 5});
  CHECK(network.node("block4.pointwise").shape == Shape{64, 25, 5});
  CHECK(network.node("block1.depthwise.batch_norm").shape == Shape{64, 25, 5});
  CHECK(cost_of(network, network.node("stem")).macs == 320000);
  CHECK(cost_of(network, network.node("block1.depthwise")).macs == 72000);
  CHECK(cost_of(network, network.node("block1.pointwise")).macs == 512000);
  CHECK(cost_of(network, network.node("classifier")).macs == 768);
}

TEST_CASE("DS-CNN M and L halve time in the stem and both axes in the first block") {
  const auto medium = shipped("ds_cnn_m"), large = shipped("ds_cnn_l");
  CHECK(medium.node("stem").shape == Shape{172, 25, 10});
  CHECK(medium.node("block0.depthwise").shape == Shape{172, 13, 5});
  CHECK(large.node("stem").shape == Shape{276, 25, 10});
  CHECK(large.node("block0.pointwise").shape == Shape{276, 13, 5});
}
