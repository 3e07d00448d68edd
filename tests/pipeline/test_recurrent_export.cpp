// Recurrent networks in every float and dynamic export, loaded by the runtimes that can be asked here. tests/recipes
// asks ONNX Runtime and Python's PyTorch.
#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <sstream>

#include "catch.h"
#include "exporting/torchscript/engine.h"
#include "exporting/torchscript/writer.h"
#include "graph/builder.h"
#include "graph/random_networks.h"
#include "nn/executor.h"

using namespace espalier;

namespace {

graph::Network recurrent(const graph::Shape& input, bool lstm, bool both, bool sequence, bool bias) {
  graph::Builder b(input);
  const std::string output = sequence ? "sequence" : "last";
  auto x = lstm ? b.lstm(b.input(), {.hidden = 6, .bidirectional = both, .output = output, .bias = bias}, "cell.1")
                : b.gru(b.input(), {.hidden = 6, .bidirectional = both, .output = output, .bias = bias}, "cell.1");
  if (sequence) x = b.global_average_pool(x, "mean");
  return b.finish(b.linear(x, {.out = 5}, "head"), 4);
}

at::Tensor random_input(const graph::Network& network, std::int64_t samples) {
  const auto& shape = network.input_shape();
  auto x = at::empty({samples, shape[0], shape[1], shape[2]});
  Random random(9, "input");
  for (std::int64_t i = 0; i < x.numel(); ++i) x.mutable_data_ptr<float>()[i] = static_cast<float>(random.normal());
  return x;
}

at::Tensor answer_of(const std::vector<std::uint8_t>& bytes, const at::Tensor& x) {
  std::istringstream in(std::string(bytes.begin(), bytes.end()));
  auto module = torch::jit::load(in);
  module.eval();
  return module.forward({x}).toTensor();
}

template <class Check>
void for_all(const Check& check) {
  for (const auto& input : {graph::Shape{1, 11, 4}, graph::Shape{3, 1, 9}})
    for (int choice = 0; choice < 16; ++choice) {
      INFO(graph::text_of(input) << " choice " << choice);
      check(recurrent(input, choice & 1, choice & 2, choice & 4, choice & 8));
    }
}

double gap(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

TEST_CASE("recurrent layers compute the same as TorchScript", "[torchscript]") {
  for_all([](const graph::Network& network) {
    const auto x = random_input(network, 4);
    const auto ours = nn::forward(nn::bring_to_life(network, false), x, {}).logits;
    CHECK(gap(answer_of(exporting::torchscript::write(network, {}, ""), x), ours) < 1e-5);
  });
}

TEST_CASE("recurrent layers quantized at run time load in LibTorch and stay near the floats", "[torchscript]") {
  const exporting::torchscript::WithoutWarnings quiet;
  for_all([](const graph::Network& network) {
    const auto x = random_input(network, 4);
    const auto ours = nn::forward(nn::bring_to_life(network, false), x, {}).logits;
    const auto bytes = exporting::torchscript::write_dynamic(network, {}, "");
    const auto theirs = answer_of(bytes, x);
    CHECK(gap(theirs, ours) < 0.05 * ours.abs().max().item<double>());
    CHECK(gap(theirs, ours) > 0);
  });
}
