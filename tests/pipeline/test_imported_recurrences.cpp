// Recurrent networks that PyTorch wrote (tests/importing/recurrent_networks.py), against PyTorch.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "catch.h"
#include "nn/executor.h"
#include "pipeline/imported_network.h"

using namespace espalier;

namespace {

const std::string folder = ESPALIER_BINARY_DIR "/imported_networks/";

std::string refusal(const std::string& file) {
  try {
    pipeline::import_network(folder + file, {20, 6}, graph::standard_operators());
    return "accepted";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("recurrent networks of PyTorch compute the same here, however their layout is spelt") {
  at::NoGradGuard off;
  std::ifstream list(folder + "recurrent_networks.txt");
  int count = 0;
  for (std::string line; std::getline(list, line); ++count) {
    INFO(line);
    std::istringstream words(line);
    std::string file, original;
    words >> file >> original;
    graph::Shape shape;
    for (std::int64_t extent = 0; words >> extent;) shape.push_back(extent);
    const auto network = pipeline::import_network(folder + file, shape, graph::standard_operators()).network;
    std::vector<std::int64_t> sizes = {3};
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    at::manual_seed(5);
    const auto x = at::randn(sizes);
    auto module = torch::jit::load(folder + original);
    module.eval();
    const auto wanted = module.forward({x}).toTensor();
    // Time before features is declared the other way round.
    auto own = network.input_shape()[0] == shape.back() && shape.size() == 2 ? x.transpose(1, 2) : x;
    sizes = {3};
    sizes.insert(sizes.end(), network.input_shape().begin(), network.input_shape().end());
    const auto given = nn::forward(nn::for_inference(network), own.reshape(sizes), {}).logits;
    REQUIRE(given.sizes() == wanted.sizes());
    CHECK((given - wanted).abs().max().item<double>() < 1e-5);
  }
  CHECK(count == 20);
}

TEST_CASE("what recurrent layers here do not do is refused with its place") {
  for (const char* file : {"recurrent_from_that_state_traced.pt", "recurrent_from_that_state_scripted.pt"})
    CHECK_THAT(refusal(file), Catch::Contains("aten::gru: starts from states that are not zero"));
  CHECK_THAT(refusal("recurrent_from_that_state.onnx"), Catch::Contains("initial_h is not zero"));
  for (const char* file :
       {"recurrent_every_step_traced.pt", "recurrent_every_step_scripted.pt", "recurrent_every_step.onnx"})
    CHECK_THAT(refusal(file), Catch::Contains("of which something else is read than the last states"));
}
