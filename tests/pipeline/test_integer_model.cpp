#include "pipeline/integer_model.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "catch.h"
#include "graph/random_networks.h"
#include "pipeline/compress.h"
#include "pipeline/small_data.h"

using namespace espalier;

namespace {

const char* calibrated_only =
    "{training: {epochs: 1, batch_size: 20, workers: 0, optimizer: {type: sgd, lr: 1e-3}}, "
    "calibrate: {calibration_samples: 60}}";

}  // namespace

TEST_CASE("the program of a random network answers as its fake-quantized form") {
  const pipeline::SmallData data({2, 9, 7});
  constexpr std::uint64_t networks = 14;
  double all_close = 0;
  int without_averages = 0;
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    INFO("network " << seed);
    const auto student = pipeline::compress(naive::random_network(seed), data, calibrated_only);
    REQUIRE(student.program);
    CHECK(pipeline::is_quantized(student.network));
    const auto measured = pipeline::measure(student, data, datasets::Split::test);
    const auto& output = student.program->activations[static_cast<std::size_t>(student.program->output)];
    const auto& integer = measured.integer->answers.values;
    REQUIRE(integer.size() == measured.fake_quant->values.size());
    double near = 0;
    for (std::size_t i = 0; i < integer.size(); ++i)
      near += std::abs(integer[i] - measured.fake_quant->values[i]) / output.scale <= 2.01f;
    // One step for the logits' own rounding, one for what earlier layers rounded otherwise. Averages of four whole
    // numbers end in .5 one time in four, which fake quantization rounds to even and the device away from zero; layers
    // behind them add up what differs.
    const double close = near / static_cast<double>(integer.size());
    const bool averages =
        std::ranges::any_of(student.network.nodes, [](const auto& node) { return node.is("average_pool2d"); });
    CHECK(close >= (averages ? 0.5 : 0.9));
    if (!averages) all_close += close, ++without_averages;
    CHECK(measured.integer->outputs.size() == static_cast<std::size_t>(60 * 5));
  }
  REQUIRE(without_averages >= 5);
  CHECK(all_close / without_averages >= 0.97);
}

TEST_CASE("a float student has no program") {
  const pipeline::SmallData data({2, 9, 7});
  const auto student = pipeline::compress(naive::random_network(3), data, "{training: {epochs: 1, batch_size: 20}}");
  CHECK_FALSE(student.program);
  CHECK_FALSE(pipeline::is_quantized(student.network));
  const auto measured = pipeline::measure(student, data, datasets::Split::validation);
  CHECK_FALSE(measured.integer);
  CHECK_FALSE(measured.fake_quant);
}
