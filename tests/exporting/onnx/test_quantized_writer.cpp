// What the file says; tests/runtimes/judge_onnx_programs.py asks ONNX Runtime what it computes.
#include "exporting/onnx/quantized_writer.h"

#include <algorithm>

#include "base/error.h"
#include "catch.h"
#include "exporting/onnx/quantized_reader.h"
#include "exporting/random_programs.h"
#include "exporting/readback.h"
#include "importing/onnx/model.h"

namespace espalier::exporting::onnx {
namespace {

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

std::int64_t count(const std::string& text, const std::string& kind) {
  const auto model = importing::onnx::parse(text, "model.onnx");
  return std::count_if(model.nodes.begin(), model.nodes.end(), [&](const auto& node) { return node.kind() == kind; });
}

/// One convolution whose output has the zero point, clamped.
integer::Program clamped(integer::Clamp clamp, std::int32_t zero_point, float scale) {
  random_programs::Builder net(1, "clamped");
  net.conv(net.input({4, 4, 2}), 3, 1, 1, 1, random_programs::Margin::none, clamp);
  net.program.activations.back().zero_point = zero_point;
  net.program.activations.back().scale = scale;
  return net.program;
}

}  // namespace

TEST_CASE("the same program gives the same ONNX bytes", "[onnx]") {
  const auto program = random_programs::resnet(3);
  CHECK(write_quantized(program, {}) == write_quantized(program, {}));
}

TEST_CASE("the opset is the oldest that has the operators", "[onnx]") {
  const auto opset = [](const integer::Program& program) {
    const auto text = text_of(write_quantized(random_programs::cut_at_logits(program), {}));
    return importing::onnx::parse(text, "model.onnx").opset;
  };
  CHECK(opset(random_programs::resnet(1)) == 13);
  CHECK(opset(random_programs::gates(1)) == 14);  // hard swishes
}

TEST_CASE("a clamp that saturation does not do works on bytes of its own", "[onnx]") {
  const auto quantizers = [](const integer::Program& program) {
    return count(text_of(write_quantized(program, {})), "QuantizeLinear");
  };
  CHECK(quantizers(clamped(integer::Clamp::relu, -128, 0.1F)) == 2);
  CHECK(quantizers(clamped(integer::Clamp::relu, -100, 0.1F)) == 3);
  CHECK(quantizers(clamped(integer::Clamp::relu6, -128, 6.0F / 255)) == 2);
  CHECK(quantizers(clamped(integer::Clamp::relu6, -128, 0.1F)) == 3);
}

TEST_CASE("clamps come back whatever their output's encoding", "[onnx]") {
  for (const auto clamp : {integer::Clamp::none, integer::Clamp::relu, integer::Clamp::relu6})
    for (const int zero_point : {-128, -100, 0, 90})
      for (const float scale : {6.0F / 255, 0.0231F, 0.01F, 0.1F, 0.48F, 2.0F}) {
        const auto program = clamped(clamp, zero_point, scale);
        INFO(static_cast<int>(clamp) << " " << zero_point << " " << scale);
        CHECK(compare(program, read_quantized(write_quantized(program, {}), "model.onnx").program).empty());
      }
}

TEST_CASE("a softmax is refused with the reason", "[onnx]") {
  try {
    write_quantized(random_programs::mlp(1), {});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("cut the network at its logits") != std::string::npos);
  }
}

TEST_CASE("the largest weight decides whether x86 without VNNI saturates", "[onnx]") {
  auto program = clamped(integer::Clamp::none, 0, 0.1F);
  auto& weights = std::get<integer::Conv2d>(program.instructions[0]).weights;
  for (auto& weight : weights) weight = static_cast<std::int8_t>(weight / 4);
  weights[0] = -64;
  CHECK(largest_weight(program) == 64);
}

}  // namespace espalier::exporting::onnx
