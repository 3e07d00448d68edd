#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "catch.h"
#include "importing/cleaning.h"
#include "importing/network.h"
#include "importing/onnx/reader.h"
#include "naive_draft.h"
#include "onnx_file.h"

using namespace espalier;
using namespace espalier::importing;
using namespace espalier::testing;

namespace {

onnx::Imported imported(const OnnxFile& file, const Shape& input = {}, std::int64_t opset = 17) {
  return onnx::read(file.bytes(opset), ".", "net.onnx", input);
}

/// Everything that is said against a file; "" when nothing is.
std::string refusal(const OnnxFile& file, const Shape& input = {}, std::int64_t opset = 17) {
  try {
    imported(file, input, opset);
    return "";
  } catch (const Error& error) {
    std::string all;
    for (const auto& problem : error.problems()) all += problem.origin + ": " + problem.text + "\n";
    return all;
  }
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The steps of a chain with one node of `op` behind the input x; "" is left out.
Draft one(const std::string& op, const Extents& input, const Names& more = {},
          const std::vector<std::string>& attributes = {}, const std::vector<std::string>& tensors = {},
          std::int64_t opset = 17) {
  Names inputs = {"x"};
  inputs.insert(inputs.end(), more.begin(), more.end());
  OnnxFile file;
  file.input("x", input).output("y").node(op, inputs, {"y"}, attributes, "/here/" + op);
  for (const auto& tensor : tensors) file.initializer(tensor);
  return imported(file, {}, opset).draft;
}
template <class Kind>
const Kind& first(const Draft& draft) {
  REQUIRE(!draft.steps.empty());
  const auto* operation = std::get_if<Kind>(&draft.steps[0].operation);
  REQUIRE(operation);
  return *operation;
}
/// Of a node of `op` that reads x [1, 2] and, where there are any, a constant of these numbers.
std::string refusal_of(const std::string& op, const std::vector<float>& numbers) {
  OnnxFile file;
  file.input("x", {1, 2})
      .output("y")
      .initializer(float_tensor("c", {static_cast<std::int64_t>(numbers.size())}, numbers));
  return refusal(file.node(op, numbers.empty() ? Names{"x"} : Names{"x", "c"}, {"y"}));
}
Shape shape_of(Draft draft) {
  std::vector<Problem> problems;
  infer_shapes(draft, problems);
  REQUIRE(problems.empty());
  return draft.shape_of(draft.output);
}
std::vector<float> counted(std::size_t count) {
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<float>(i) / 4 - 1;
  return numbers;
}

}  // namespace

TEST_CASE("a convolution is read with its strides, paddings and groups; names come from weight or node") {
  const auto draft = one("Conv", {-1, 2, 6, 5}, {"stem.weight", "b"},
                         {list("strides", {2, 1}), list("pads", {1, 0, 2, 3}), whole("group", 2)},
                         {float_tensor("stem.weight", {4, 1, 3, 2}, counted(24)), float_tensor("b", {4}, counted(4))});
  const auto& op = first<Convolution>(draft);
  CHECK(op.stride == Numbers{2, 1});
  CHECK(op.before == Numbers{1, 0});
  CHECK(op.after == Numbers{2, 3});
  CHECK(op.groups == 2);
  CHECK(numbers_of(op.weight)[5] == 0.25);
  CHECK(numbers_of(*op.bias)[3] == -0.25);
  CHECK(draft.steps[0].name == "stem");
  CHECK(draft.steps[0].place == "net.onnx: node '/here/Conv'");
  CHECK(shape_of(draft) == Shape{1, 4, 4, 7});
  CHECK(one("Relu", {1, 3, 4, 4}).steps[0].name == "here");
  const auto named = [](const std::string& node) {
    OnnxFile file;
    file.input("x", {1, 4}).output("y").node("Relu", {"x"}, {"y"}, {}, node);
    return imported(file).draft.steps.at(0).name;
  };
  CHECK(named("/layer1/layer1.0/relu/Relu") == "layer1.0.relu");
  CHECK(named("squash") == "squash");
  for (const auto* counted_out : {"Relu_12", "node_relu_1", "/Relu_1", ""}) CHECK(named(counted_out).empty());
}

TEST_CASE("auto_pad pads as the input's extents ask") {
  const auto padded = [](const char* mode, std::int64_t extent) {
    const auto draft = one("Conv", {1, 1, extent}, {"w"}, {text("auto_pad", mode), list("strides", {2})},
                           {float_tensor("w", {1, 1, 4}, counted(4))});
    const auto& op = first<Convolution>(draft);
    return Numbers{op.before[0], op.after[0], shape_of(draft)[2]};
  };
  CHECK(padded("SAME_UPPER", 7) == Numbers{1, 2, 4});
  CHECK(padded("SAME_LOWER", 7) == Numbers{2, 1, 4});
  CHECK(padded("SAME_UPPER", 8) == Numbers{1, 1, 4});
  CHECK(padded("VALID", 7) == Numbers{0, 0, 2});
}

TEST_CASE("Gemm and MatMul are linear layers; an Add behind them is their bias") {
  const auto w = float_tensor("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  const auto gemm =
      one("Gemm", {1, 2}, {"w", "c"}, {real("alpha", 2), real("beta", 0.5)}, {w, float_tensor("c", {1, 3}, {2, 4, 6})});
  CHECK(numbers_of(first<FullyConnected>(gemm).weight) == std::vector<double>{2, 8, 4, 10, 6, 12});
  CHECK(numbers_of(*first<FullyConnected>(gemm).bias) == std::vector<double>{1, 2, 3});
  const auto turned = one("Gemm", {1, 3}, {"w"}, {whole("transB", 1)}, {w});
  CHECK(numbers_of(first<FullyConnected>(turned).weight) == std::vector<double>{1, 2, 3, 4, 5, 6});

  OnnxFile file;
  file.input("x", {1, 2}).output("y").initializer(w).initializer(float_tensor("b", {3}, {1, 2, 3}));
  file.node("MatMul", {"x", "w"}, {"p"}).node("Add", {"b", "p"}, {"y"});
  const auto product = imported(file).draft;
  REQUIRE(product.steps.size() == 1);
  CHECK(numbers_of(first<FullyConnected>(product).weight) == std::vector<double>{1, 4, 2, 5, 3, 6});
  CHECK(numbers_of(*first<FullyConnected>(product).bias) == std::vector<double>{1, 2, 3});
  file.node("NoSuch", {"p"}, {"z"});
  CHECK(refusal(file).empty());  // the output does not need it
}

TEST_CASE("a constant is added to a convolution's channels, and to nothing that others read") {
  const auto sum = [](const std::string& constant, bool shared) {
    OnnxFile file;
    file.input("x", {1, 1, 2, 2}).output("y").initializer(float_tensor("w", {2, 1, 1, 1}, {1, 2}));
    file.initializer(constant).node("Conv", {"x", "w"}, {"p"}).node("Add", {"p", "c"}, {"s"});
    return shared ? file.node("Add", {"p", "s"}, {"y"}) : file.node("Relu", {"s"}, {"y"});
  };
  const auto draft = imported(sum(float_tensor("c", {1, 2, 1, 1}, {3, 4}), false)).draft;
  CHECK(numbers_of(*first<Convolution>(draft).bias) == std::vector<double>{3, 4});
  auto single = imported(sum(float_tensor("c", {}, {5}), false)).draft;
  CHECK(!first<Convolution>(single).bias);  // it could be an activation's
  std::vector<std::string> notes;
  std::vector<espalier::Problem> problems;
  importing::clean(single, notes, problems);
  CHECK(problems.empty());
  CHECK(numbers_of(*first<Convolution>(single).bias) == std::vector<double>{5, 5});
  CHECK(has(refusal(sum(float_tensor("c", {2}, {3, 4}), false)), "a sum with a constant of 2 for 2 channels"));
  CHECK(has(refusal(sum(float_tensor("c", {1, 2, 1, 1}, {3, 4}), true)), "put it into a bias"));
}

TEST_CASE("activations and arithmetic with numbers") {
  CHECK(std::holds_alternative<importing::Sigmoid>(one("Sigmoid", {1, 2}).steps[0].operation));
  CHECK(std::holds_alternative<importing::HardSwish>(one("HardSwish", {1, 2}).steps[0].operation));
  first<importing::HardSigmoid>(one("HardSigmoid", {1, 2}, {}, {real("alpha", 1.0f / 6)}));
  CHECK(has(refusal_of("HardSigmoid", {}), "alpha 0.2 and beta 0.5; alpha 1/6 and beta 0.5 have an operator here"));

  const auto affine = [](const char* op, const std::vector<std::string>& inputs) {
    OnnxFile file;
    file.input("x", {1, 2}).output("y").initializer(float_tensor("c", {1}, {4})).node(op, inputs, {"y"});
    const auto draft = imported(file).draft;
    const auto made = first<importing::Affine>(draft);
    return std::pair(made.factor, made.offset);
  };
  CHECK(affine("Add", {"c", "x"}) == std::pair(1.0, 4.0));
  CHECK(affine("Sub", {"x", "c"}) == std::pair(1.0, -4.0));
  CHECK(affine("Sub", {"c", "x"}) == std::pair(-1.0, 4.0));
  CHECK(affine("Mul", {"x", "c"}) == std::pair(4.0, 0.0));
  CHECK(affine("Div", {"x", "c"}) == std::pair(0.25, 0.0));
  CHECK(has(refusal_of("Div", {0}), "a division by zero"));
  CHECK(has(refusal_of("Mul", {1, 2}), "a product with a constant; put it into a layer's weights"));
}

TEST_CASE("batch norm, clips, pools and means have ONNX's defaults") {
  const auto four = [](const std::string& name) { return float_tensor(name, {2}, {1, 2}); };
  const auto norm = one("BatchNormalization", {1, 2, 3, 3}, {"g", "b", "m", "v"}, {real("epsilon", 1e-5f)},
                        {four("g"), four("b"), four("m"), four("v")});
  CHECK(first<BatchNormalization>(norm).epsilon == 1e-5);
  CHECK(std::isinf(first<Clamp>(one("Clip", {1, 2}, {"", "six"}, {}, {float_tensor("six", {}, {6})})).low));
  CHECK(first<Clamp>(one("Clip", {1, 2}, {"", "six"}, {}, {float_tensor("six", {}, {6})})).high == 6);

  const auto pool = one("MaxPool", {1, 2, 5, 5}, {}, {list("kernel_shape", {3, 2}), whole("ceil_mode", 1)});
  CHECK(first<Pool>(pool).stride == Numbers{1, 1});
  CHECK(first<Pool>(pool).ceil);
  const auto average = one("AveragePool", {1, 2, 5}, {}, {list("kernel_shape", {3}), list("pads", {1, 1})});
  CHECK(!first<Pool>(average).maximum);
  CHECK(!first<Pool>(average).count_padding);
  CHECK(first<Pool>(one("GlobalMaxPool", {1, 2, 5, 4})).kernel == Numbers{5, 4});
  CHECK(shape_of(one("GlobalAveragePool", {1, 2, 5, 4})) == Shape{1, 2, 1, 1});

  CHECK(shape_of(one("ReduceMean", {1, 2, 5, 4}, {}, {list("axes", {-1, 2}), whole("keepdims", 0)})) == Shape{1, 2});
  const auto by_input = one("ReduceMean", {1, 2, 5}, {"axes"}, {}, {int64_tensor("axes", {1}, {-1})}, 18);
  CHECK(first<Mean>(by_input).axes == Numbers{2});
  CHECK(first<Mean>(by_input).keep);
}

TEST_CASE("layouts follow ONNX's rules about axes") {
  const auto shaped = [](const std::string& op, const std::vector<std::int64_t>& numbers) {
    const auto count = static_cast<std::int64_t>(numbers.size());
    return shape_of(one(op, {1, 2, 1, 6}, {"n"}, {}, {int64_tensor("n", {count}, numbers)}));
  };
  CHECK(shaped("Reshape", {0, 3, -1}) == Shape{1, 3, 4});
  CHECK(shaped("Squeeze", {-2}) == Shape{1, 2, 6});
  CHECK(shaped("Unsqueeze", {-1, 1}) == Shape{1, 1, 2, 1, 6, 1});
  CHECK(shape_of(one("Squeeze", {1, 2, 1, 6})) == Shape{1, 2, 6});
  CHECK(shape_of(one("Flatten", {1, 2, 1, 6})) == Shape{1, 12});
  CHECK(shape_of(one("Flatten", {1, 1, 1, 6}, {}, {whole("axis", -1)})) == Shape{1, 6});
  CHECK(shape_of(one("Transpose", {1, 2, 3}, {}, {list("perm", {0, 2, 1})})) == Shape{1, 3, 2});
}

TEST_CASE("a slice of whole axes changes nothing, any other is refused") {
  const auto file = [](std::int64_t start, std::int64_t end, std::int64_t step) {
    OnnxFile file;
    file.input("x", {1, 4, 6}).output("y").initializer(int64_tensor("start", {1}, {start}));
    file.initializer(int64_tensor("end", {1}, {end})).initializer(int64_tensor("axis", {1}, {-2}));
    file.initializer(int64_tensor("step", {1}, {step}));
    return file.node("Slice", {"x", "start", "end", "axis", "step"}, {"s"}).node("Relu", {"s"}, {"y"});
  };
  CHECK(std::holds_alternative<Identity>(imported(file(0, 4, 1)).draft.steps.at(0).operation));
  CHECK(std::holds_alternative<Identity>(
      imported(file(-4, std::numeric_limits<std::int64_t>::max(), 1)).draft.steps.at(0).operation));
  for (const auto& part : {file(1, 4, 1), file(0, 3, 1), file(0, -1, 1), file(0, 4, 2), file(3, -5, -1)})
    CHECK(has(refusal(part), "Slice: a part of a value has no operator here; write a convolution for each part"));
}

TEST_CASE("padding lists begins, then ends; of some axes where a fourth input says so") {
  const auto pads = int64_tensor("p", {6}, {0, 0, 1, 0, 0, 2});
  const auto draft = one("Pad", {1, 2, 5}, {"p", "v"}, {}, {pads, float_tensor("v", {}, {-3})});
  CHECK(first<Pad>(draft).before == Numbers{0, 0, 1});
  CHECK(first<Pad>(draft).after == Numbers{0, 0, 2});
  CHECK(first<Pad>(draft).value == -3);
  const auto some =
      one("Pad", {1, 2, 5}, {"p", "", "a"}, {}, {int64_tensor("p", {2}, {1, 2}), int64_tensor("a", {1}, {-1})}, 18);
  CHECK(first<Pad>(some).after == Numbers{0, 0, 2});
}

TEST_CASE("sizes that exporters compute from the input's shape are constants") {
  OnnxFile file;  // x.view(x.size(0), -1)
  file.input("x", {-1, 3, 4})
      .output("y")
      .initializer(int64_tensor("zero", {}, {0}))
      .initializer(int64_tensor("axis", {1}, {0}));
  file.node("Shape", {"x"}, {"s"}).node("Gather", {"s", "zero"}, {"n"}).node("Unsqueeze", {"n", "axis"}, {"n1"});
  file.node("Constant", {}, {"rest"}, {tensor("value", int64_tensor("", {1}, {-1}))});
  file.node("Concat", {"n1", "rest"}, {"sizes"}, {whole("axis", 0)}).node("Reshape", {"x", "sizes"}, {"y"});
  CHECK(first<Reshape>(imported(file).draft).sizes == Numbers{1, -1});
}

TEST_CASE("paddings that exporters turn around are constants") {
  OnnxFile file;  // of {1, 2, 4, 5} from the last axis on
  const auto numbers = [](const std::string& name, const std::vector<std::int64_t>& list) {
    return int64_tensor(name, {static_cast<std::int64_t>(list.size())}, list);
  };
  file.input("x", {1, 1, 3, 3})
      .output("y")
      .initializer(numbers("given", {1, 2, 4, 5}))
      .initializer(numbers("four", {4}));
  file.initializer(numbers("two", {-1, 2})).initializer(numbers("last", {-1})).initializer(numbers("axis", {0}));
  file.initializer(numbers("least", {-9223372036854775807})).initializer(float_tensor("v", {}, {0}));
  file.node("ConstantOfShape", {"four"}, {"zeros"}, {tensor("value", int64_tensor("", {1}, {0}))});
  file.node("Concat", {"given", "zeros"}, {"all"}, {whole("axis", 0)}).node("Reshape", {"all", "two"}, {"pairs"});
  file.node("Slice", {"pairs", "last", "least", "axis", "last"}, {"turned"});
  file.node("Transpose", {"turned"}, {"columns"}, {list("perm", {1, 0})})
      .node("Reshape", {"columns", "last"}, {"flat"});
  file.node("Cast", {"flat"}, {"pads"}, {whole("to", 7)}).node("Pad", {"x", "pads", "v"}, {"y"});
  const auto draft = imported(file).draft;
  CHECK(first<Pad>(draft).before == Numbers{0, 0, 4, 1});
  CHECK(first<Pad>(draft).after == Numbers{0, 0, 5, 2});
}

TEST_CASE("weights of narrower types and in typed lists are floats") {
  const auto numbers = [](const std::string& tensor) {
    OnnxFile file;
    file.input("x", {1, 2}).output("y").initializer(tensor).node("MatMul", {"x", "w"}, {"y"});
    return numbers_of(first<FullyConnected>(imported(file).draft).weight);
  };
  CHECK(numbers(raw_tensor<std::uint16_t>("w", 10, {2, 1}, {0x3c00, 0xb555})) ==
        std::vector<double>{1, -0.333251953125});  // float16
  CHECK(numbers(raw_tensor<std::uint16_t>("w", 16, {2, 1}, {0x3f80, 0xc020})) == std::vector<double>{1, -2.5});
  CHECK(numbers(raw_tensor<double>("w", 11, {2, 1}, {0.5, -2})) == std::vector<double>{0.5, -2});
  std::string listed;
  protozero::pbf_writer tensor(listed);
  const std::vector<float> floats = {3, 4};
  for (const std::int64_t extent : {2, 1}) tensor.add_int64(1, extent);
  tensor.add_int32(2, 1);
  tensor.add_packed_float(4, floats.begin(), floats.end());
  tensor.add_string(8, "w");
  CHECK(numbers(listed) == std::vector<double>{3, 4});
}

TEST_CASE("nodes may stand in any order") {
  OnnxFile file;
  file.input("x", {1, 4})
      .output("y")
      .node("Softmax", {"b"}, {"y"})
      .node("Add", {"a", "x"}, {"b"})
      .node("Relu", {"x"}, {"a"});
  const auto draft = imported(file).draft;
  REQUIRE(draft.steps.size() == 3);
  CHECK(draft.steps[0].output == "a");
  CHECK(draft.steps[2].output == "y");
}

TEST_CASE("an input's open extents are the user's to say, and only those") {
  const auto file = [](const Extents& extents) {
    OnnxFile made;
    return made.input("x", extents).output("y").node("Relu", {"x"}, {"y"});
  };
  CHECK(imported(file({-1, 3, 8, 8})).draft.input_shape == Shape{1, 3, 8, 8});
  CHECK(imported(file({-1, 3, -1, -1}), {3, 9, 7}).draft.input_shape == Shape{1, 3, 9, 7});
  CHECK(has(refusal(file({-1, 3, -1, -1})), "does not say what it takes (3x?x?); write input: [1, 3, 96, 96]"));
  CHECK(has(refusal(file({1, 3, 8, 8}), {1, 8, 8}), "takes 3x8x8, not 1x8x8"));
  CHECK(has(refusal(file({1, 3, 8}), {3, 1, 8}), "takes 3x8, not 3x1x8"));
  CHECK(has(refusal(file({16, 3, 8, 8})), "takes batches of 16; export it for a batch of 1, or of any size"));
  OnnxFile bytes;
  bytes.input("x", {1, 4}, 2).output("y").node("Relu", {"x"}, {"y"});
  CHECK(has(refusal(bytes), "takes uint8; a network takes floats"));
}

TEST_CASE("everything that cannot be imported is said at once, with its node and what to write instead") {
  OnnxFile file;
  file.input("x", {1, 2, 4, 4}).output("y").initializer(float_tensor("w", {2, 2, 1, 1}, {1, 2, 3, 4}));
  file.node("Gelu", {"x"}, {"a"}, {}, "/block/act/Gelu").node("Sin", {"a"}, {"b"}, {}, "", "com.example");
  file.node("Conv", {"b", "w"}, {"c"}).node("If", {"c"}, {"d"}, {subgraph("then_branch")}, "choice");
  file.node("MaxPool", {"x"}, {"e"}, {list("kernel_shape", {2, 2}), list("dilations", {2, 2})}, "pool");
  file.node("Add", {"d", "e"}, {"y"});
  const auto said = refusal(file);
  CHECK(has(said, "net.onnx: node '/block/act/Gelu': Gelu has no operator here; write relu or hard_swish\n"));
  CHECK(has(said, "net.onnx: node 2: com.example.Sin has no operator here\n"));
  CHECK(has(said, "net.onnx: node 'choice': If depends on data; only graphs without branches"));
  CHECK(has(said, "net.onnx: node 'pool': MaxPool: dilated pooling has no operator here\n"));
  CHECK(std::count(said.begin(), said.end(), '\n') == 4);
  OnnxFile masks;
  masks.input("x", {1, 4}).output("y").node("Dropout", {"x"}, {"a", "mask"}).node("Add", {"a", "mask"}, {"y"});
  CHECK(has(refusal(masks), "reads 'mask', which is not the first output of node 1 (Dropout)"));
}

TEST_CASE("an ONNX draft becomes a network that computes what the file says") {
  OnnxFile file;
  Random random(3, "onnx", 0, 0);
  const auto numbers = [&](std::size_t count) {
    std::vector<float> list(count);
    for (auto& number : list) number = static_cast<float>(random.uniform(-1, 1));
    return list;
  };
  file.input("x", {-1, 2, 5, 5}).output("y").initializer(float_tensor("conv.weight", {3, 2, 3, 3}, numbers(54)));
  file.initializer(float_tensor("fc.weight", {4, 3}, numbers(12)))
      .initializer(float_tensor("fc.bias", {4}, numbers(4)));
  file.node("Conv", {"x", "conv.weight"}, {"a"}, {list("pads", {1, 1, 1, 1})}).node("Relu", {"a"}, {"b"});
  file.node("GlobalAveragePool", {"b"}, {"c"}).node("Flatten", {"c"}, {"d"});
  file.node("Gemm", {"d", "fc.weight", "fc.bias"}, {"e"}, {whole("transB", 1)}).node("Softmax", {"e"}, {"y"});
  auto draft = imported(file).draft;
  std::vector<std::string> notes;
  std::vector<Problem> problems;
  clean(draft, notes, problems);
  REQUIRE(problems.empty());
  const auto network = network_of(draft, graph::standard_operators(), problems);
  REQUIRE(problems.empty());
  CHECK(network.find("conv"));
  CHECK(network.weights.count("fc.bias"));
  CHECK(network.output_shape() == Shape{4});
  REQUIRE(notes.size() == 1);
  CHECK(has(notes[0], "softmax"));
}
