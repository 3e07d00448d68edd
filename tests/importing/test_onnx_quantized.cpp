#include <cmath>
#include <utility>

#include "base/error.h"
#include "catch.h"
#include "importing/onnx/reader.h"
#include "naive_draft.h"
#include "onnx_file.h"

using namespace espalier;
using namespace espalier::importing;
using namespace espalier::testing;

namespace {

constexpr int uint8_type = 2, int8_type = 3, int32_type = 6;

onnx::Imported imported(const OnnxFile& file, std::int64_t opset = 17) {
  return onnx::read(file.bytes(opset), ".", "net.onnx", {});
}
std::string refusal(const OnnxFile& file) {
  try {
    imported(file);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

OnnxFile& scales(OnnxFile& file) {
  file.initializer(float_tensor("s", {}, {0.5f})).initializer(raw_tensor<std::int8_t>("z", int8_type, {}, {3}));
  return file.initializer(float_tensor("t", {}, {0.25f}));
}

}  // namespace

TEST_CASE("weights behind a DequantizeLinear are (q - zero point) * scale, by tensor and by channel") {
  const std::vector<std::int8_t> codes = {-128, -1, 0, 5, 100, 127};
  OnnxFile file;
  file.input("x", {1, 2}).output("y").initializer(raw_tensor("q", int8_type, {2, 3}, codes));
  file.initializer(float_tensor("s", {3}, {0.1f, 0.2f, 0.3f}));
  file.initializer(raw_tensor<std::int8_t>("z", int8_type, {3}, {0, 7, -128}));
  file.initializer(raw_tensor<std::int32_t>("b", int32_type, {3}, {-70000, 0, 9}));
  file.initializer(float_tensor("bs", {1}, {0.01f}));
  file.node("DequantizeLinear", {"q", "s", "z"}, {"w"}, {whole("axis", 1)});
  file.node("DequantizeLinear", {"b", "bs"}, {"c"}).node("Gemm", {"x", "w", "c"}, {"y"});
  const auto draft = imported(file).draft;
  const auto& op = std::get<FullyConnected>(draft.steps.at(0).operation);
  const float scale[] = {0.1f, 0.2f, 0.3f};
  const int zero[] = {0, 7, -128};
  for (std::size_t row = 0; row < 2; ++row)
    for (std::size_t column = 0; column < 3; ++column)  // exactly, and transposed to [out, in]
      CHECK(op.weight.floats()[column * 2 + row] ==
            static_cast<float>(codes[row * 3 + column] - zero[column]) * scale[column]);
  CHECK(op.bias->floats()[0] == -70000.0f * 0.01f);
}

TEST_CASE("float weights that a file quantizes itself are rounded to even and saturated") {
  OnnxFile file;
  file.input("x", {1, 4}).output("y").initializer(float_tensor("w", {4, 1}, {0.25f, 0.75f, -100, 100}));
  scales(file).node("QuantizeLinear", {"w", "s", "z"}, {"q"}).node("DequantizeLinear", {"q", "s", "z"}, {"d"});
  file.node("MatMul", {"x", "d"}, {"y"});
  const auto draft = imported(file).draft;
  CHECK(numbers_of(std::get<FullyConnected>(draft.steps.at(0).operation).weight) ==
        std::vector<double>{0, 1, -65.5, 62});
}

TEST_CASE("activations keep their values; their encodings are handed over by name") {
  OnnxFile file;
  file.input("x", {1, 4}).output("y");
  scales(file).node("QuantizeLinear", {"x", "s", "z"}, {"xq"}).node("DequantizeLinear", {"xq", "s", "z"}, {"xd"});
  file.node("Relu", {"xd"}, {"r"}).node("QuantizeLinear", {"r", "t"}, {"rq"});
  file.node("DequantizeLinear", {"rq", "t"}, {"y"});
  const auto read = imported(file);
  REQUIRE(read.draft.steps.size() == 1);
  CHECK(read.draft.steps[0].inputs == std::vector<std::string>{"x"});
  CHECK(read.draft.output == "r");
  REQUIRE(read.encodings.size() == 2);
  CHECK(read.encodings.at("x").scale == std::vector<float>{0.5f});
  CHECK(read.encodings.at("x").zero_point == std::vector<std::int64_t>{3});
  CHECK(read.encodings.at("x").type == onnx::DataType::int8);
  CHECK(read.encodings.at("r").type == onnx::DataType::uint8);
  CHECK(onnx::notes_of(read) == std::vector<std::string>{"2 activations carry encodings (int8, uint8)"});
  CHECK(onnx::notes_of({}).empty());
}

TEST_CASE("a quantized product and its bias are one layer, with the sum's encoding") {
  OnnxFile file;
  file.input("x", {1, 1}).output("y").initializer(float_tensor("w", {1, 2}, {1, 2}));
  file.initializer(float_tensor("b", {2}, {3, 4}));
  scales(file).node("MatMul", {"x", "w"}, {"p"}).node("QuantizeLinear", {"p", "s", "z"}, {"pq"});
  file.node("DequantizeLinear", {"pq", "s", "z"}, {"pd"}).node("Add", {"pd", "b"}, {"a"});
  file.node("QuantizeLinear", {"a", "t", "z"}, {"aq"}).node("DequantizeLinear", {"aq", "t", "z"}, {"y"});
  const auto read = imported(file);
  REQUIRE(read.draft.steps.size() == 1);
  CHECK(read.draft.output == "p");
  REQUIRE(read.encodings.size() == 1);
  CHECK(read.encodings.at("p").scale == std::vector<float>{0.25f});
}

TEST_CASE("a quantizer that ends at 0 is the ReLU that was left out for it") {
  const auto clamps = [](float scale, const Names& between) {
    OnnxFile file;
    file.input("x", {1, 1}).output("y").initializer(float_tensor("w", {1, 2}, {1, 2}));
    file.initializer(float_tensor("s", {}, {scale})).initializer(raw_tensor<std::int8_t>("z", int8_type, {}, {-128}));
    std::string last = "p";
    file.node("MatMul", {"x", "w"}, {"p"});
    for (const auto& op : between) file.node(op, {std::exchange(last, op)}, {op});
    file.node("QuantizeLinear", {last, "s", "z"}, {"q"}).node("DequantizeLinear", {"q", "s", "z"}, {"d"});
    const auto read = imported(file.node("Identity", {"d"}, {"y"}));
    std::vector<double> highs;
    for (const auto& step : read.draft.steps)
      if (const auto* clamp = std::get_if<Clamp>(&step.operation)) highs.push_back(clamp->high);
    CHECK(onnx::notes_of(read).size() == 1 + read.saturations);
    CHECK(highs.size() == read.saturations + std::size_t(between.size()));
    return highs;
  };
  CHECK(clamps(0.01f, {}) == std::vector<double>{INFINITY});
  CHECK(clamps(6.0f / 255, {}) == std::vector<double>{6});
  CHECK(clamps(0.01f, {"Relu"}) == std::vector<double>{INFINITY});  // that one
}

TEST_CASE("encodings that make no sense are refused") {
  const auto with = [](const std::string& scale, const std::string& zero, const std::string& again = "s") {
    OnnxFile file;
    file.input("x", {1, 4}).output("y").initializer(scale).initializer(zero);
    file.initializer(float_tensor("other", {}, {0.125f})).node("QuantizeLinear", {"x", "s", "z"}, {"q"});
    return refusal(file.node("DequantizeLinear", {"q", again, "z"}, {"y"}));
  };
  const auto scale = float_tensor("s", {}, {0.5f});
  const auto zero = raw_tensor<std::int8_t>("z", int8_type, {}, {0});
  CHECK(has(with(float_tensor("s", {}, {0.0f}), zero), "a scale of 0"));
  CHECK(has(with(float_tensor("s", {}, {-1.0f}), zero), "a scale of -1"));
  CHECK(has(with(float_tensor("s", {}, {NAN}), zero), "a scale of nan"));
  CHECK(has(with(float_tensor("s", {3}, {1, 1, 1}), zero), "3 scales with 1 zero points"));
  CHECK(has(with(float_tensor("s", {3}, {1, 1, 1}), raw_tensor<std::int8_t>("z", int8_type, {3}, {0, 0, 0})),
            "3 scales along axis 1 of 1x4"));
  CHECK(has(with(scale, raw_tensor<std::int64_t>("z", 7, {}, {0})), "quantized to int64"));
  CHECK(has(with(scale, zero, "other"), "another scale or zero point"));

  OnnxFile integers;
  integers.input("x", {1, 4}).output("y").initializer(scale).initializer(zero);
  integers.node("QuantizeLinear", {"x", "s", "z"}, {"q"}).node("Relu", {"q"}, {"y"});
  CHECK(has(refusal(integers), "only DequantizeLinear may"));
  OnnxFile old;
  old.input("x", {1, 4}).output("y").node("QLinearConv", {"x"}, {"y"});
  CHECK(has(refusal(old), "quantize in the QDQ format"));
}
