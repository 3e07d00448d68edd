#include "exporting/onnx/quantized_writer.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "exporting/onnx/entries.h"
#include "exporting/onnx/graph_builder.h"
#include "integer/arithmetic.h"
#include "integer/constants.h"

namespace espalier::exporting::onnx {
namespace {

using integer::Activation, integer::Clamp, integer::Id;
using Numbers = std::vector<std::int64_t>;

constexpr std::int32_t unsigned_offset = 128;

bool is_image(const Activation& activation) { return activation.shape.size() == 3; }
/// One pixel or one channel: both layouts are the same bytes.
bool has_one_layout(const Activation& activation) {
  const auto& s = activation.shape;
  return s.size() == 1 || s[2] == 1 || s[0] * s[1] == 1;
}
graph::Shape channels_first(const integer::Shape& s) { return s.size() == 3 ? graph::Shape{s[2], s[0], s[1]} : s; }

/// {outer, inner} swapped, for weights whose channels move.
std::vector<std::int8_t> transposed(const std::vector<std::int8_t>& from, std::size_t blocks, std::size_t outer,
                                    std::size_t inner) {
  std::vector<std::int8_t> to(from.size());
  for (std::size_t b = 0; b < blocks; ++b)
    for (std::size_t o = 0; o < outer; ++o)
      for (std::size_t i = 0; i < inner; ++i) to[(b * inner + i) * outer + o] = from[(b * outer + o) * inner + i];
  return to;
}

/// Of an activation named A: the operator writes A.real, A.quantized holds the bytes, A is what they stand for.
class QdqWriter {
 public:
  explicit QdqWriter(const integer::Program& program) : program_(program) {}

  std::string run() {
    const auto& input = at(program_.input);
    quantize(input.name, program_.input, input.name + ".dequantized");
    for (const auto& instruction : program_.instructions)
      std::visit([this](const auto& one) { write(one); }, instruction);
    const auto& output = at(program_.output);
    return graph_.finish(program_.name.empty() ? "network" : program_.name, {input.name, channels_first(input.shape)},
                         {real(program_.output), channels_first(output.shape)});
  }

 private:
  const Activation& at(Id id) const { return program_.activations[static_cast<std::size_t>(id)]; }
  std::string real(Id id) const { return id == program_.input ? at(id).name + ".dequantized" : at(id).name; }

  /// Scale and zero point; the same two initializers whoever asks.
  std::vector<std::string> encoding(Id id) {
    const auto& activation = at(id);
    const auto scale = activation.name + ".scale", zero_point = activation.name + ".zero_point";
    if (std::find(encoded_.begin(), encoded_.end(), id) == encoded_.end()) {
      encoded_.push_back(id);
      graph_.initializer(scale, {}, std::vector{activation.scale});
      graph_.initializer(zero_point, {},
                         std::vector{static_cast<std::uint8_t>(activation.zero_point + unsigned_offset)});
    }
    return {scale, zero_point};
  }

  /// `value` in the encoding of `id` and back; returns `dequantized`.
  std::string quantize(const std::string& value, Id id, const std::string& dequantized) {
    const auto bytes = dequantized == real(id) ? at(id).name + ".quantized" : dequantized + ".quantized";
    const auto by = encoding(id);
    graph_.node("QuantizeLinear", bytes, {value, by[0], by[1]});
    graph_.node("DequantizeLinear", dequantized, {bytes, by[0], by[1]});
    return dequantized;
  }

  /// Ends an instruction: clamps `value` where saturation does not, and quantizes it.
  void end(Id output, std::string value, Clamp clamp = Clamp::none) {
    if (clamp != Clamp::none) value = clamped(output, value, clamp);
    quantize(value, output, real(output));
  }

  /// Where the bytes end where the clamp does, ONNX Runtime leaves it out and fuses; elsewhere it works on bytes.
  std::string clamped(Id output, std::string value, Clamp clamp) {
    const auto& activation = at(output);
    const auto range = integer::clamp_range(clamp, activation);
    if (range.low > -128 || range.high < 127) value = quantize(value, output, activation.name + ".unclamped");
    const auto name = activation.name + ".clamped";
    if (clamp == Clamp::relu) {
      graph_.node("Relu", name, {value});
    } else {
      const float end = static_cast<float>(range.high - activation.zero_point) * activation.scale;
      const float high = range.high < 127 ? end : std::max(6.0f, end);
      graph_.node("Clip", name,
                  {value, graph_.initializer(name + ".low", {}, std::vector{0.0f}),
                   graph_.initializer(name + ".high", {}, std::vector{high})});
    }
    return name;
  }

  /// An operator on real values, named after the activation that it writes.
  std::string compute(const char* op_type, Id output, const std::vector<std::string>& inputs,
                      const std::vector<Attribute>& attributes = {}) {
    const auto name = at(output).name + ".real";
    graph_.node(op_type, name, inputs, attributes);
    return name;
  }

  /// Integers with one scale or one for each slice of axis 0, dequantized.
  template <class Code>
  std::string constant(const std::string& name, const graph::Shape& shape, const std::vector<Code>& codes,
                       const std::vector<float>& scale) {
    const bool by_channel = scale.size() > 1;
    const auto extents = by_channel ? graph::Shape{static_cast<std::int64_t>(scale.size())} : graph::Shape{};
    graph_.node("DequantizeLinear", name + ".dequantized",
                {graph_.initializer(name, shape, codes), graph_.initializer(name + ".scale", extents, scale),
                 graph_.initializer(name + ".zero_point", extents, std::vector<Code>(scale.size()))},
                by_channel ? std::vector<Attribute>{{"axis", std::int64_t{0}}} : std::vector<Attribute>{});
    return name + ".dequantized";
  }

  template <class Layer>
  std::vector<std::string> with_weights(const std::string& input, const Layer& layer, const graph::Shape& shape,
                                        const std::vector<std::int8_t>& weights) {
    const auto& name = at(layer.output).name;
    std::vector<float> bias_scale;
    for (const float scale : layer.weight_scale) bias_scale.push_back(at(layer.input).scale * scale);
    return {input, constant(name + ".weight", shape, weights, layer.weight_scale),
            constant(name + ".bias", {shape[0]}, layer.bias, bias_scale)};
  }

  static std::vector<Attribute> window(const integer::Window& w) {
    return {{"kernel_shape", Numbers{w.kernel_height, w.kernel_width}},
            {"strides", Numbers{w.stride_height, w.stride_width}},
            {"pads", Numbers{w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}}};
  }

  /// A view of `id` as features in the program's order; `value` is written by the last node and not yet quantized.
  std::string flat(Id id, const std::string& name, const char* op_type) {
    auto value = real(id);
    if (!has_one_layout(at(id))) {
      graph_.node("Transpose", name + ".channels_last", {value}, {{"perm", Numbers{0, 2, 3, 1}}});
      value = quantize(name + ".channels_last", id, name + ".channels_last.dequantized");
    }
    if (std::string(op_type) == "Flatten")
      graph_.node(op_type, name, {value}, {{"axis", std::int64_t{1}}});
    else
      graph_.node(op_type, name, {value, extents(name, {integer::elements(at(id).shape)})});
    return name;
  }
  std::string extents(const std::string& name, Numbers shape) {
    shape.insert(shape.begin(), -1);
    return graph_.initializer(name + ".shape", shape);
  }

  void write(const integer::Conv2d& conv) {
    const auto channels = at(conv.output).shape[2], depth = at(conv.input).shape[2];
    const auto& w = conv.window;
    const auto pixels = static_cast<std::size_t>(w.kernel_height * w.kernel_width);
    const auto weights =
        transposed(conv.weights, static_cast<std::size_t>(channels), pixels, static_cast<std::size_t>(depth));
    end(conv.output,
        compute("Conv", conv.output,
                with_weights(real(conv.input), conv, {channels, depth, w.kernel_height, w.kernel_width}, weights),
                window(w)),
        conv.clamp);
  }
  void write(const integer::DepthwiseConv2d& conv) {
    const auto channels = at(conv.output).shape[2];
    const auto& w = conv.window;
    const auto pixels = static_cast<std::size_t>(w.kernel_height * w.kernel_width);
    auto attributes = window(w);
    attributes.push_back({"group", channels});
    const auto weights = transposed(conv.weights, 1, pixels, static_cast<std::size_t>(channels));
    end(conv.output,
        compute("Conv", conv.output,
                with_weights(real(conv.input), conv, {channels, 1, w.kernel_height, w.kernel_width}, weights),
                attributes),
        conv.clamp);
  }
  void write(const integer::FullyConnected& full) {
    const auto outputs = at(full.output).shape[0];
    auto input = real(full.input);
    if (is_image(at(full.input))) {
      const auto name = at(full.output).name + ".flat";
      input = quantize(flat(full.input, name, "Flatten"), full.input, name + ".dequantized");
    }
    const auto inputs = static_cast<std::int64_t>(full.weights.size()) / outputs;
    end(full.output,
        compute("Gemm", full.output, with_weights(input, full, {outputs, inputs}, full.weights),
                {{"transB", std::int64_t{1}}}),
        full.clamp);
  }
  void write(const integer::Add& add) {
    end(add.output, compute("Add", add.output, {real(add.left), real(add.right)}), add.clamp);
  }
  /// A gate of one axis gains the image's.
  void write(const integer::Mul& mul) {
    auto gate = real(mul.right);
    if (at(mul.right).shape.size() < at(mul.left).shape.size()) {
      const auto name = at(mul.output).name + "/gate";
      graph_.node("Unsqueeze", name, {gate, graph_.initializer(name + ".axes", Numbers{2, 3})});
      gate = quantize(name, mul.right, name + ".dequantized");
    }
    end(mul.output, compute("Mul", mul.output, {real(mul.left), gate}), mul.clamp);
  }
  void write(const integer::AveragePool2d& pool) {
    auto attributes = window(pool.window);
    attributes.push_back({"count_include_pad", std::int64_t{0}});
    end(pool.output, compute("AveragePool", pool.output, {real(pool.input)}, attributes), pool.clamp);
  }
  void write(const integer::MaxPool2d& pool) {
    end(pool.output, compute("MaxPool", pool.output, {real(pool.input)}, window(pool.window)), pool.clamp);
  }
  /// Quantized before it is flattened: only then ONNX Runtime fuses the pool.
  void write(const integer::Mean& mean) {
    const auto& name = at(mean.output).name;
    graph_.node("GlobalAveragePool", name + "/pooled", {real(mean.input)});
    const auto pooled = quantize(name + "/pooled", mean.output, name + "/pooled/dequantized");
    end(mean.output, compute("Flatten", mean.output, {pooled}, {{"axis", std::int64_t{1}}}));
  }
  void write(const integer::Softmax&) {}  // refused before
  void write(const integer::Logistic& logistic) {
    end(logistic.output, compute("Sigmoid", logistic.output, {real(logistic.input)}));
  }
  void write(const integer::HardSwish& swish) {
    end(swish.output, compute("HardSwish", swish.output, {real(swish.input)}));
  }
  void write(const integer::Reshape& reshape) {
    const auto &from = at(reshape.input), &to = at(reshape.output);
    const auto name = to.name + ".real";
    if (has_one_layout(from) && has_one_layout(to)) {
      graph_.node("Reshape", name, {real(reshape.input), extents(name, channels_first(to.shape))});
    } else if (!is_image(to)) {
      flat(reshape.input, name, "Reshape");
    } else {
      fail(concat("reshape '", to.name,
                  "' makes an image that is neither one pixel nor one channel: no layer needs it"));
    }
    end(reshape.output, name);
  }
  void write(const integer::Concatenate& concatenate) {
    std::vector<std::string> parts;
    for (const auto id : concatenate.inputs) parts.push_back(real(id));
    end(concatenate.output, compute("Concat", concatenate.output, parts, {{"axis", std::int64_t{1}}}));
  }
  void write(const integer::Pad& pad) {
    const auto& to = at(pad.output);
    const auto name = to.name + ".real";
    const Numbers amounts{0, 0, pad.top, pad.left, 0, 0, pad.bottom, pad.right};
    std::vector<std::string> inputs = {real(pad.input), graph_.initializer(name + ".pads", amounts)};
    if (pad.lowest)  // else 0
      inputs.push_back(
          graph_.initializer(name + ".value", {}, std::vector{static_cast<float>(-128 - to.zero_point) * to.scale}));
    end(pad.output, compute("Pad", pad.output, inputs));
  }
  /// Two pairs side by side would be merged into one with other bytes; a slope of 1 holds them apart.
  void write(const integer::Requantize& requantize) {
    end(requantize.output, compute("LeakyRelu", requantize.output, {real(requantize.input)}, {{"alpha", 1.0f}}));
  }

  const integer::Program& program_;
  GraphBuilder graph_;
  std::vector<Id> encoded_;
};

}  // namespace

int largest_weight(const integer::Program& program) {
  int largest = 0;
  for (const auto& instruction : program.instructions)
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.weights; })
            for (const auto weight : one.weights) largest = std::max(largest, std::abs(static_cast<int>(weight)));
        },
        instruction);
  return largest;
}

std::string loading_note(const integer::Program& program) {
  const auto largest = largest_weight(program);
  const auto input = program.activations[static_cast<std::size_t>(program.input)].name;
  std::string note = concat("Int8 as QDQ: ONNX Runtime runs it in integers, and gives the bytes of Espalier's twin ",
                            "(arithmetic ort_f32_even). It takes float32 features '", input, "'. ");
  if (largest <= reduced_range)
    return note + concat("Its weights stay within ", largest,
                         " of 127, so that sums of 16 bits never saturate: any processor gives those bytes.");
  return note +
         "On x86 without VNNI, ONNX Runtime adds products of int8 in 16 bits, which saturate for large weights: "
         "outputs "
         "are then wrong without an error. Load it there with the session option session.x64quantprecision=1 (Python: "
         "SessionOptions.add_session_config_entry('session.x64quantprecision', '1')), or train with the scheme "
         "int8_reduced_range, which keeps weights within 7 bits. ARM and x86 with VNNI (2019 and later servers) need "
         "neither.";
}

std::vector<std::uint8_t> write_quantized(const integer::Program& program, const Metadata& metadata) {
  integer::check(program);
  integer::require_exact(program, integer::Arithmetic::ort_f32_even);
  const bool swishes = std::any_of(program.instructions.begin(), program.instructions.end(),
                                   [](const auto& one) { return std::holds_alternative<integer::HardSwish>(one); });
  auto described = metadata;
  if (described.labels.empty()) described.labels = program.labels;
  auto entries = entries_of(described);
  entries.emplace_back("espalier.arithmetic", std::string(name_of(integer::Arithmetic::ort_f32_even)));
  return model_bytes(QdqWriter(program).run(), swishes ? 14 : 13, metadata.description, entries);
}

}  // namespace espalier::exporting::onnx
