#include "exporting/onnx/quantized_reader.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "exporting/onnx/qdq_values.h"
#include "importing/onnx/graph.h"
#include "integer/constants.h"

namespace espalier::exporting::onnx {
namespace {

using importing::onnx::Node;
using importing::onnx::Unreadable;
using integer::Clamp, integer::Id, integer::Instruction, integer::Shape;

constexpr float sixth = 6.0f;

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& origin)
      : origin_(origin), model_(importing::onnx::parse(bytes, origin)), values_(model_) {}

  QuantizedModel run() {
    std::vector<Problem> problems;
    if (model_.inputs.empty() || model_.outputs.size() != 1) refuse_file("has no input, or not one output");
    const auto links = importing::onnx::link(model_, origin_, problems);
    refuse(problems);
    for (const auto place : links.order) read(model_.nodes[place]);
    finish();
    return std::move(found_);
  }

 private:
  [[noreturn]] void refuse_file(const std::string& text) const { mistake(origin_, text); }

  void read(const Node& node) {
    try {
      dispatch(node);
    } catch (const Unreadable& reason) {
      mistake(concat(origin_, ": ", node.title()), reason.text);
    }
  }

  void dispatch(const Node& node) {
    static const std::map<std::string, void (Reader::*)(const Node&)> table = {
        {"QuantizeLinear", &Reader::quantize},
        {"DequantizeLinear", &Reader::dequantize},
        {"Conv", &Reader::convolution},
        {"Gemm", &Reader::dense},
        {"Add", &Reader::add},
        {"Mul", &Reader::mul},
        {"AveragePool", &Reader::pool<integer::AveragePool2d>},
        {"MaxPool", &Reader::pool<integer::MaxPool2d>},
        {"GlobalAveragePool", &Reader::mean},
        {"Sigmoid", &Reader::elementwise<integer::Logistic>},
        {"HardSwish", &Reader::elementwise<integer::HardSwish>},
        {"LeakyRelu", &Reader::requantize},
        {"Concat", &Reader::concatenate},
        {"Pad", &Reader::pad},
        {"Reshape", &Reader::reshape},
        {"Transpose", &Reader::view},
        {"Flatten", &Reader::view},
        {"Unsqueeze", &Reader::view},
        {"Relu", &Reader::clamp},
        {"Clip", &Reader::clamp}};
    const auto found = table.find(node.kind());
    if (found == table.end()) throw Unreadable{concat(node.kind(), " has no place in an integer program")};
    if (node.outputs.size() != 1 || node.inputs.empty()) throw Unreadable{"does not turn inputs into one output"};
    (this->*found->second)(node);
  }

  // --- values

  /// Integers that stand for real values: an activation, or a view of it that the next operator reads.
  struct Bytes {
    Id id = 0;
    std::string view;  ///< "", or the operator that made the view
  };
  /// What a float operator computes, until it is quantized.
  struct Pending {
    std::optional<Instruction> instruction;  ///< without: the bytes of `source`, seen otherwise or clamped
    Shape shape;
    Bytes source;
    Clamp clamp = Clamp::none;
    float high = 0;  ///< where a Clip ends
  };

  const integer::Activation& at(Id id) const { return found_.program.activations[static_cast<std::size_t>(id)]; }
  const Bytes& bytes(const Node& node, std::size_t i) const {
    const auto found = i < node.inputs.size() ? real_.find(node.inputs[i]) : real_.end();
    if (found == real_.end()) throw Unreadable{concat("its input ", i, " is no dequantized activation")};
    return found->second;
  }
  Id plain(const Node& node, std::size_t i) const {
    const auto& found = bytes(node, i);
    if (!found.view.empty()) throw Unreadable{concat("its input ", i, " is a view that it cannot read")};
    return found.id;
  }
  const Shape& image(Id id) const {
    if (at(id).shape.size() != 3) throw Unreadable{concat("'", at(id).name, "' is no image")};
    return at(id).shape;
  }
  void compute(const Node& node, Instruction instruction, Shape shape) {
    pending_[node.outputs[0]] = {std::move(instruction), std::move(shape), {}, Clamp::none, 0};
  }

  Id new_activation(Shape shape, const TensorEncoding& encoding) {
    found_.program.activations.push_back({"", std::move(shape), encoding.scale, encoding.zero_point});
    return static_cast<Id>(found_.program.activations.size()) - 1;
  }

  // --- between float and integers

  void quantize(const Node& node) {
    const auto encoding = values_.encoding(node);
    const auto name = node.inputs[0];
    if (name == model_.inputs[0].name) {
      if (!pending_.empty() || !quantized_.empty()) throw Unreadable{"quantizes the input a second time"};
      quantized_[node.outputs[0]] = {found_.program.input = new_activation(values_.input_shape(), encoding), ""};
      return;
    }
    const auto found = pending_.find(name);
    if (found == pending_.end()) throw Unreadable{"quantizes what no operator computes"};
    quantized_[node.outputs[0]] =
        found->second.instruction ? written(found->second, encoding) : seen(found->second, encoding);
  }

  /// A new activation, written by the pending instruction.
  Bytes written(Pending& pending, const TensorEncoding& encoding) {
    const Id output = new_activation(pending.shape, encoding);
    auto instruction = std::move(*pending.instruction);
    std::visit([&](auto& one) { one.output = output; }, instruction);
    found_.program.instructions.push_back(std::move(instruction));
    if (pending.clamp != Clamp::none) set_clamp(output, pending);
    return {output, ""};
  }

  /// The same activation: viewed, or clamped after all.
  Bytes seen(const Pending& pending, const TensorEncoding& encoding) {
    const auto& activation = at(pending.source.id);
    if (encoding.scale != activation.scale || encoding.zero_point != activation.zero_point)
      throw Unreadable{concat("sees '", activation.name, "' in another encoding")};
    if (pending.clamp != Clamp::none) set_clamp(pending.source.id, pending);
    return pending.source;
  }

  void set_clamp(Id output, const Pending& pending) {
    auto& last = found_.program.instructions.back();
    if (found_.program.instructions.empty() || integer::output_of(last) != output)
      throw Unreadable{"clamps what another operator has read already"};
    check_clamp(at(output), pending);
    std::visit(
        [&](auto& one) {
          if constexpr (requires { one.clamp; })
            one.clamp = pending.clamp;
          else
            throw Unreadable{"clamps an operator that no runtime fuses with it"};
        },
        last);
  }
  /// A Clip must end at the byte at which a clamp at 6 does.
  static void check_clamp(const integer::Activation& output, const Pending& pending) {
    if (pending.clamp != Clamp::relu6) return;
    const double end = std::round(static_cast<double>(pending.high) / output.scale) + output.zero_point;
    if (!(std::abs(pending.high - sixth) <= output.scale) && end < 127)
      throw Unreadable{concat("clips at ", pending.high, ", which is no clamp of an integer program")};
    if (std::min(end, 127.0) != integer::clamp_range(Clamp::relu6, output).high)
      throw Unreadable{concat("clips at ", pending.high, ", another byte than 6")};
  }

  void dequantize(const Node& node) {
    if (values_.is_constant(node.inputs[0])) return values_.add_codes(node);
    const auto found = quantized_.find(node.inputs[0]);
    if (found == quantized_.end()) throw Unreadable{"dequantizes what was not quantized"};
    const auto encoding = values_.encoding(node);
    auto& activation = found_.program.activations[static_cast<std::size_t>(found->second.id)];
    if (encoding.scale != activation.scale || encoding.zero_point != activation.zero_point)
      throw Unreadable{"dequantizes by other numbers than it was quantized by"};
    real_[node.outputs[0]] = found->second;
    if (found->second.view.empty())
      activation.name =
          found->second.id == found_.program.input ? std::string(model_.inputs[0].name) : std::string(node.outputs[0]);
  }

  // --- layers

  template <class Layer>
  Layer layer(const Node& node, Id input, std::vector<std::int64_t> shape, std::size_t blocks) {
    Layer made;
    made.input = input;
    const auto& weight = values_.codes(node, 1);
    if (weight.values.shape.size() != shape.size()) throw Unreadable{"has weights of another rank"};
    made.weights = values_.channels_last(weight, blocks);
    made.weight_scale = weight.scale;
    const auto& bias = values_.codes(node, 2);
    for (const auto value : bias.values.wholes) made.bias.push_back(static_cast<std::int32_t>(value));
    for (std::size_t i = 0; i < made.weight_scale.size(); ++i)
      if (bias.scale.size() != made.weight_scale.size() || bias.scale[i] != at(input).scale * made.weight_scale[i])
        throw Unreadable{"has a bias whose scale is not input scale times weight scale"};
    return made;
  }

  void convolution(const Node& node) {
    const Id input = plain(node, 0);
    const auto& in = image(input);
    const auto& weight = values_.codes(node, 1).values.shape;
    if (weight.size() != 4) throw Unreadable{"is no convolution of images"};
    const auto groups = values_.whole(node, "group", 1);
    const bool depthwise = groups == in[2] && weight[1] == 1 && (groups > 1 || in[2] == 1) && weight[0] == in[2] &&
                           values_.given(node, "group");
    if (!depthwise && (groups != 1 || weight[1] != in[2])) throw Unreadable{"has groups of several channels"};
    const auto window = values_.window(node, weight[2], weight[3]);
    const auto shape = positions(in, window, weight[0]);
    if (depthwise) {
      auto made = layer<integer::DepthwiseConv2d>(node, input, weight, 1);
      made.window = window;
      return compute(node, std::move(made), shape);
    }
    auto made = layer<integer::Conv2d>(node, input, weight, static_cast<std::size_t>(weight[0]));
    made.window = window;
    compute(node, std::move(made), shape);
  }
  void dense(const Node& node) {
    if (values_.whole(node, "transB", 0) != 1) throw Unreadable{"does not transpose its weights"};
    const auto& input = bytes(node, 0);
    if (!input.view.empty() && input.view != "Flatten") throw Unreadable{"reads a view that it cannot"};
    const auto& weight = values_.codes(node, 1).values.shape;
    if (weight.size() != 2) throw Unreadable{"has weights that are no matrix"};
    compute(node, layer<integer::FullyConnected>(node, input.id, weight, 0), {weight[0]});
  }
  void add(const Node& node) {
    const Id left = plain(node, 0), right = plain(node, 1);
    compute(node, integer::Add{left, right, 0, Clamp::none}, at(left).shape);
  }
  void mul(const Node& node) {
    const Id left = plain(node, 0);
    const auto& right = bytes(node, 1);
    if (!right.view.empty() && right.view != "Unsqueeze") throw Unreadable{"multiplies by a view"};
    compute(node, integer::Mul{left, right.id, 0, Clamp::none}, at(left).shape);
  }
  template <class Pool>
  void pool(const Node& node) {
    const Id input = plain(node, 0);
    Pool made{input, 0, values_.window(node), Clamp::none};
    if (values_.whole(node, "count_include_pad", 0) != 0) throw Unreadable{"counts its padding"};
    const auto shape = positions(image(input), made.window, image(input)[2]);
    compute(node, made, shape);
  }
  void mean(const Node& node) {
    const Id input = plain(node, 0);
    compute(node, integer::Mean{input, 0}, {image(input)[2]});
  }
  template <class Function>
  void elementwise(const Node& node) {
    const Id input = plain(node, 0);
    compute(node, Function{input, 0}, at(input).shape);
  }
  void requantize(const Node& node) {
    const auto slope = node.attribute("alpha");
    if (!slope || slope->real != 1) throw Unreadable{"has a slope other than 1"};
    elementwise<integer::Requantize>(node);
  }
  void concatenate(const Node& node) {
    integer::Concatenate made;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) made.inputs.push_back(plain(node, i));
    if (values_.whole(node, "axis", 0) != 1) throw Unreadable{"joins along another axis than the channels"};
    Shape shape = at(made.inputs[0]).shape;
    shape.back() = 0;
    for (const Id id : made.inputs) shape.back() += at(id).shape.back();
    compute(node, std::move(made), shape);
  }
  void pad(const Node& node) {
    const Id input = plain(node, 0);
    const auto pads = values_.numbers(node, 1, 8);
    const bool lowest = node.inputs.size() > 2;
    const auto& from = at(input);
    if (lowest && values_.number(node, 2) != static_cast<float>(-128 - from.zero_point) * from.scale)
      throw Unreadable{"pads with another value than 0 or the lowest"};
    if (pads[0] || pads[1] || pads[4] || pads[5]) throw Unreadable{"pads other axes than height and width"};
    integer::Pad made{input,
                      0,
                      static_cast<std::int32_t>(pads[2]),
                      static_cast<std::int32_t>(pads[6]),
                      static_cast<std::int32_t>(pads[3]),
                      static_cast<std::int32_t>(pads[7]),
                      lowest};
    const auto& in = image(input);
    compute(node, made, {in[0] + pads[2] + pads[6], in[1] + pads[3] + pads[7], in[2]});
  }

  // --- shapes

  void reshape(const Node& node) {
    const auto& input = bytes(node, 0);
    if (!input.view.empty() && input.view != "Transpose") throw Unreadable{"reshapes a view"};
    auto extents = values_.numbers(node, 1, 0);
    if (extents.size() != 2 && extents.size() != 4) throw Unreadable{"makes neither features nor an image"};
    const Shape shape = extents.size() == 2 ? Shape{extents[1]} : Shape{extents[2], extents[3], extents[1]};
    compute(node, integer::Reshape{input.id, 0}, shape);
  }
  /// The pixel that a mean leaves is flattened to the features that the program has already.
  void view(const Node& node) {
    auto input = bytes(node, 0);
    const bool image = at(input.id).shape.size() == 3;
    const auto kind = node.kind();
    if (kind == "Transpose" && values_.list(node, "perm") != std::vector<std::int64_t>{0, 2, 3, 1})
      throw Unreadable{"transposes otherwise than to channels last"};
    if (kind == "Flatten" && !image)
      input.view.clear();
    else
      input.view = kind;
    pending_[node.outputs[0]] = {std::nullopt, at(input.id).shape, input, Clamp::none, 0};
  }
  void clamp(const Node& node) {
    Pending made;
    if (const auto found = pending_.find(node.inputs[0]); found != pending_.end())
      made = found->second;
    else
      made = {std::nullopt, {}, bytes(node, 0), Clamp::none, 0};
    if (made.clamp != Clamp::none || !made.source.view.empty()) throw Unreadable{"clamps a view, or twice"};
    made.clamp = node.kind() == "Relu" ? Clamp::relu : Clamp::relu6;
    if (made.clamp == Clamp::relu6) {
      if (values_.number(node, 1) != 0) throw Unreadable{"clips at another value than 0"};
      made.high = values_.number(node, 2);
    }
    pending_[node.outputs[0]] = std::move(made);
  }

  // --- the whole

  std::vector<std::string> labels_of(const std::string& text) const {
    const auto list = Json::parse(text, origin_);
    if (!list.is_list()) refuse_file("has labels that are no list");
    std::vector<std::string> labels;
    for (const auto& label : list.items()) {
      if (!label.is_text()) refuse_file("has a label that is no text");
      labels.push_back(label.text());
    }
    return labels;
  }
  void finish() {
    auto& program = found_.program;
    const auto output = real_.find(model_.outputs[0]);
    if (output == real_.end() || !output->second.view.empty()) refuse_file("does not end in a dequantized activation");
    program.output = output->second.id;
    for (const auto& [key, text] : model_.metadata) {
      if (key == "espalier.front_end") found_.front_end = text;
      if (key == "espalier.labels") program.labels = labels_of(std::string(text));
    }
    try {
      integer::check(program);
    } catch (const Error& e) {
      mistake(origin_, e.what());
    }
  }

  const std::string& origin_;
  importing::onnx::Model model_;
  QdqValues values_;
  QuantizedModel found_;
  std::map<std::string_view, Bytes> quantized_, real_;
  std::map<std::string_view, Pending> pending_;
};

}  // namespace

QuantizedModel read_quantized(std::span<const std::uint8_t> bytes, const std::string& origin) {
  return Reader({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, origin).run();
}

}  // namespace espalier::exporting::onnx
