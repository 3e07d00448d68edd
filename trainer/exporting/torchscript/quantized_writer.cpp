#include "exporting/torchscript/quantized_writer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "exporting/torchscript/engine.h"
#include "exporting/torchscript/packing_impl.h"
#include "integer/arithmetic.h"
#include "integer/constants.h"
#include "integer/ort_kernels.h"

namespace espalier::exporting::torchscript {
namespace {

using integer::Activation, integer::Clamp, integer::Id;

constexpr std::int32_t unsigned_offset = 128;
// Of torch.dtype, as TorchScript writes them.
constexpr const char *as_uint8 = "0", *as_int32 = "3", *as_int64 = "4", *as_float = "6", *as_double = "7",
                     *as_quint8 = "13";

/// A literal that TorchScript reads back to the same float.
std::string literal(float value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", static_cast<double>(value));
  const std::string digits = text;
  return digits.find_first_of(".en") == std::string::npos ? digits + ".0" : digits;
}

template <class T>
at::Tensor tensor_of(const std::vector<T>& values, const std::vector<std::int64_t>& shape, at::ScalarType type) {
  auto tensor = at::empty(shape, type);
  std::memcpy(tensor.mutable_data_ptr(), values.data(), values.size() * sizeof(T));
  return tensor;
}

/// forward() line by line; v<id> holds an activation's codes: uint8, channels first.
class SourceWriter {
 public:
  explicit SourceWriter(const integer::Program& program) : program_(program), module_("espalier.Model") {}

  std::vector<std::uint8_t> run(const std::string& front_end) {
    const auto &input = at(program_.input), &output = at(program_.output);
    line(program_.input, concat("torch.int_repr(torch.quantize_per_tensor(x, ", literal(input.scale), ", ",
                                zero_of(input), ", ", as_quint8, "))"));
    for (const auto& instruction : program_.instructions)
      std::visit([this](const auto& one) { write(one); }, instruction);
    source_ += concat("  return ", centred(program_.output, as_float), " * ", literal(output.scale), "\n");
    add_companions(module_, program_.labels, front_end);
    module_.define("def forward(self, x: Tensor) -> Tensor:\n" + source_, quantized_resolver());
    return bytes_of(module_);
  }

 private:
  const Activation& at(Id id) const { return program_.activations[static_cast<std::size_t>(id)]; }
  static std::int32_t zero_of(const Activation& activation) { return activation.zero_point + unsigned_offset; }
  static std::string value(Id id) { return concat("v", id); }
  void line(Id id, const std::string& expression) { source_ += concat("  ", value(id), " = ", expression, "\n"); }
  /// codes - zero point in another type.
  std::string centred(Id id, const char* type) const {
    return concat("(torch.to(", value(id), ", ", type, ") - ", zero_of(at(id)), ")");
  }
  /// LibTorch multiplies by the reciprocal of the output's scale, which rounds otherwise than the division of
  /// ort_f32_even. So a layer's whole factor is the scale of its weights, and its input and output have the scale 1.
  std::string quantized(const std::string& codes, Id id) const {
    return concat("torch._make_per_tensor_quantized_tensor(", codes, ", 1.0, ", zero_of(at(id)), ")");
  }
  /// An attribute of the module, and how forward() says it.
  std::string attribute(Id id, const c10::IValue& held) {
    const auto name = concat("of_v", id);
    module_.register_attribute(name, held.type(), held);
    return "self." + name;
  }
  /// Codes of a float expression that counts steps from the zero point on.
  std::string rounded(const std::string& steps, Id id, Clamp clamp) const {
    const auto range = integer::clamp_range(clamp, at(id));
    return concat("torch.to(torch.clamp(torch.round(", steps, ") + ", zero_of(at(id)), ", ",
                  range.low + unsigned_offset, ", ", range.high + unsigned_offset, "), ", as_uint8, ")");
  }
  std::string clamped(const std::string& codes, Id id, Clamp clamp) const {
    const auto range = integer::clamp_range(clamp, at(id));
    if (range.low == -128 && range.high == 127) return codes;
    return concat("torch.clamp(", codes, ", ", range.low + unsigned_offset, ", ", range.high + unsigned_offset, ")");
  }
  std::string padded(const std::string& codes, std::int32_t top, std::int32_t bottom, std::int32_t left,
                     std::int32_t right, std::int32_t value) const {
    if (!top && !bottom && !left && !right) return codes;
    return concat("torch.constant_pad_nd(", codes, ", [", left, ", ", right, ", ", top, ", ", bottom, "], ", value,
                  ")");
  }
  std::string padded(Id id, const integer::Window& w, std::int32_t with) const {
    return padded(value(id), w.pad_top, w.pad_bottom, w.pad_left, w.pad_right, with);
  }
  std::string flat(Id id) const {
    const auto size = integer::elements(at(id).shape);
    if (at(id).shape.size() == 1) return value(id);
    return concat("torch.reshape(torch.permute(", value(id), ", [0, 2, 3, 1]), [-1, ", size, "])");
  }

  /// A layer's factors and biases as the file has them. Channels without weights write one byte whatever they read:
  /// their bias becomes that byte's distance from the zero point, since their own may need more than a float's 24 bits.
  struct Rescaling {
    std::vector<float> factors;
    std::vector<std::int32_t> bias;
  };
  /// `all_zero(channel)`: whether the channel has no weights.
  template <class Layer, class AllZero>
  Rescaling rescaling_of(const Layer& layer, const AllZero& all_zero) const {
    Rescaling made{integer::channel_scales(program_, layer), layer.bias};
    for (std::size_t c = 0; c < made.bias.size(); ++c) {
      if (!all_zero(c)) continue;
      const float steps = std::nearbyint(static_cast<float>(made.bias[c]) * made.factors[c]);
      made.bias[c] = static_cast<std::int32_t>(std::clamp(steps, -512.0f, 512.0f));
      made.factors[c] = 1;
    }
    return made;
  }

  /// QNNPACK multiplies the float bias by the reciprocal of the weight's scale and rounds: that must give the integer
  /// back.
  at::Tensor bias_of(const Rescaling& layer, Id output) const {
    std::vector<float> bias;
    for (std::size_t c = 0; c < layer.bias.size(); ++c) {
      const auto exact = static_cast<double>(layer.bias[c]);
      bias.push_back(static_cast<float>(exact * static_cast<double>(layer.factors[c])));
      const float times = bias.back() * (1 / layer.factors[c]), divided = bias.back() / layer.factors[c];
      if (std::nearbyint(times) != exact || std::nearbyint(divided) != exact)
        fail(concat("'", at(output).name, "': the bias of channel ", c, ", ", layer.bias[c],
                    " steps, does not survive as the float that LibTorch's quantized operators take"));
    }
    return tensor_of(bias, {static_cast<std::int64_t>(bias.size())}, at::kFloat);
  }
  /// codes: output channels first.
  template <class Layer>
  c10::IValue packed(const char* operation, const Layer& layer, const at::Tensor& codes,
                     const std::vector<c10::IValue>& further) const {
    const auto rows = codes.contiguous();
    const auto run = static_cast<std::size_t>(rows.numel() / rows.size(0));
    const auto* all = rows.const_data_ptr<std::int8_t>();
    const auto rescaling = rescaling_of(layer, [&](std::size_t c) {
      return std::all_of(all + c * run, all + (c + 1) * run, [](std::int8_t code) { return code == 0; });
    });
    const auto scales = tensor_of(rescaling.factors, {rows.size(0)}, at::kFloat).to(at::kDouble);
    std::vector<c10::IValue> arguments = {
        at::_make_per_channel_quantized_tensor(rows, scales, at::zeros_like(scales, at::kLong), 0),
        bias_of(rescaling, layer.output)};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return call_operator(operation, arguments);
  }
  template <class Layer>
  void convolution(const Layer& conv, const at::Tensor& codes, std::int64_t groups) {
    const auto& w = conv.window;
    const std::vector<std::int64_t> stride = {w.stride_height, w.stride_width}, none = {0, 0}, one = {1, 1};
    const auto weights = packed("quantized::conv2d_prepack", conv, codes, {stride, none, one, groups});
    const auto input = quantized(padded(conv.input, w, zero_of(at(conv.input))), conv.input);
    const auto sums = concat("torch.int_repr(quantized.conv2d(", input, ", ", attribute(conv.output, weights), ", ",
                             "1.0, ", zero_of(at(conv.output)), "))");
    line(conv.output, clamped(sums, conv.output, conv.clamp));
  }

  void write(const integer::Conv2d& conv) {
    const auto& w = conv.window;
    const auto out = at(conv.output).shape[2], in = at(conv.input).shape[2];
    const auto codes = tensor_of(conv.weights, {out, w.kernel_height, w.kernel_width, in}, at::kChar);
    convolution(conv, codes.permute({0, 3, 1, 2}), 1);
  }
  void write(const integer::DepthwiseConv2d& conv) {
    const auto& w = conv.window;
    const auto channels = at(conv.output).shape[2];
    const auto codes = tensor_of(conv.weights, {1, w.kernel_height, w.kernel_width, channels}, at::kChar);
    convolution(conv, codes.permute({3, 0, 1, 2}), channels);
  }
  void write(const integer::FullyConnected& full) {
    const auto outputs = at(full.output).shape[0];
    const auto codes =
        tensor_of(full.weights, {outputs, static_cast<std::int64_t>(full.weights.size()) / outputs}, at::kChar);
    const auto weights = packed("quantized::linear_prepack", full, codes, {});
    const auto sums = concat("torch.int_repr(quantized.linear(", quantized(flat(full.input), full.input), ", ",
                             attribute(full.output, weights), ", ", "1.0, ", zero_of(at(full.output)), "))");
    line(full.output, clamped(sums, full.output, full.clamp));
  }
  /// Fused multiplications and additions, as the twin computes them: products of a float and a byte are exact in
  /// float64.
  void write(const integer::Add& add) {
    const auto &left = at(add.left), &right = at(add.right), &sum = at(add.output);
    const float left_scale = left.scale / sum.scale, right_scale = right.scale / sum.scale;
    const float offset =
        std::fma(left_scale, static_cast<float>(left.zero_point), right_scale * static_cast<float>(right.zero_point));
    const auto term = [&](Id id, float scale, const std::string& rest) {
      return concat("torch.to((torch.to(", value(id), ", ", as_double, ") - ", unsigned_offset, ") * ", literal(scale),
                    " + ", rest, ", ", as_float, ")");
    };
    const auto fixed = literal(static_cast<float>(sum.zero_point) - offset);
    const auto inner = term(add.left, left_scale, fixed),
               outer = term(add.right, right_scale, concat("torch.to(", inner, ", ", as_double, ")"));
    const auto range = integer::clamp_range(add.clamp, sum);
    line(add.output, concat("torch.to(torch.clamp(torch.round(", outer, "), ", range.low, ", ", range.high, ") + ",
                            unsigned_offset, ", ", as_uint8, ")"));
  }
  void write(const integer::Mul& mul) {
    const auto &left = at(mul.left), &right = at(mul.right), &product = at(mul.output);
    auto gate = centred(mul.right, as_int32);
    if (right.shape.size() < left.shape.size())
      gate = concat("torch.reshape(", gate, ", [-1, ", right.shape[0], ", 1, 1])");
    const float scale = left.scale * right.scale / product.scale;
    line(mul.output,
         rounded(concat("torch.to(", centred(mul.left, as_int32), " * ", gate, ", ", as_float, ") * ", literal(scale)),
                 mul.output, mul.clamp));
  }
  /// Summed in the order of rows and columns; padding adds exact zeros.
  void write(const integer::AveragePool2d& pool) {
    const auto& w = pool.window;
    const auto& to = at(pool.output);
    const auto real = concat("r", pool.output);
    source_ += concat("  ", real, " = ",
                      padded(concat(centred(pool.input, as_float), " * ", literal(at(pool.input).scale)), w.pad_top,
                             w.pad_bottom, w.pad_left, w.pad_right, 0),
                      "\n");
    const auto taken = [](std::int32_t first, std::int64_t count, std::int32_t stride) {
      return concat(first, ":", first + (count - 1) * stride + 1, ":", stride);
    };
    std::string sum;
    for (std::int32_t i = 0; i < w.kernel_height; ++i)
      for (std::int32_t j = 0; j < w.kernel_width; ++j)
        sum += concat(sum.empty() ? "" : " + ", real, "[:, :, ", taken(i, to.shape[0], w.stride_height), ", ",
                      taken(j, to.shape[1], w.stride_width), "]");
    // The zero point goes in before rounding, where it decides ties.
    const auto codes = concat("torch.round((", sum, ") / ", attribute(pool.output, counts_of(pool)), " / ",
                              literal(to.scale), " + ", zero_of(to), ")");
    const auto range = integer::clamp_range(pool.clamp, to);
    line(pool.output, concat("torch.to(torch.clamp(", codes, ", ", range.low + unsigned_offset, ", ",
                             range.high + unsigned_offset, "), ", as_uint8, ")"));
  }
  /// How many elements of each window lie inside.
  at::Tensor counts_of(const integer::AveragePool2d& pool) const {
    const auto& w = pool.window;
    const auto& from = at(pool.input);
    const auto ones = at::ones({1, 1, from.shape[0], from.shape[1]});
    const auto whole = at::constant_pad_nd(ones, {w.pad_left, w.pad_right, w.pad_top, w.pad_bottom});
    return at::avg_pool2d(whole, {w.kernel_height, w.kernel_width}, {w.stride_height, w.stride_width}, {0, 0}, false,
                          true, 1);
  }
  void write(const integer::MaxPool2d& pool) {
    const auto& w = pool.window;
    const auto largest =
        concat("torch.to(torch.max_pool2d(torch.to(", padded(pool.input, w, 0), ", ", as_float, "), [", w.kernel_height,
               ", ", w.kernel_width, "], [", w.stride_height, ", ", w.stride_width, "]), ", as_uint8, ")");
    line(pool.output, clamped(largest, pool.output, pool.clamp));
  }
  void write(const integer::Mean& mean) {
    const auto &from = at(mean.input), &to = at(mean.output);
    const auto pixels = from.shape[0] * from.shape[1];
    const float scale = from.scale / (to.scale * static_cast<float>(pixels));
    line(mean.output, rounded(concat("torch.to(torch.sum(", centred(mean.input, as_int32), ", [2, 3]), ", as_float,
                                     ") * ", literal(scale)),
                              mean.output, Clamp::none));
  }
  void write(const integer::Softmax&) {}  // refused before
  void write(const integer::Logistic& logistic) {
    table(logistic, integer::logistic_table(at(logistic.input), at(logistic.output)));
  }
  void write(const integer::HardSwish& swish) {
    table(swish, integer::hard_swish_table(at(swish.input), at(swish.output)));
  }
  void write(const integer::Requantize& requantize) {
    table(requantize, integer::requantize_table(at(requantize.input), at(requantize.output)));
  }
  template <class Function>
  void table(const Function& function, const integer::ByteTable& bytes) {
    std::vector<std::uint8_t> codes;
    for (const int byte : bytes) codes.push_back(static_cast<std::uint8_t>(byte + unsigned_offset));
    const auto held = attribute(function.output, tensor_of(codes, {256}, at::kByte));
    line(function.output, concat("torch.take(", held, ", torch.to(", value(function.input), ", ", as_int64, "))"));
  }
  void write(const integer::Reshape& reshape) {
    const auto& to = at(reshape.output).shape;
    if (to.size() == 1) return line(reshape.output, flat(reshape.input));
    line(reshape.output, concat("torch.permute(torch.reshape(", flat(reshape.input), ", [-1, ", to[0], ", ", to[1],
                                ", ", to[2], "]), [0, 3, 1, 2])"));
  }
  void write(const integer::Concatenate& concatenate) {
    std::vector<std::string> parts;
    for (const auto id : concatenate.inputs) parts.push_back(value(id));
    line(concatenate.output, concat("torch.cat([", join(parts, ", "), "], 1)"));
  }
  void write(const integer::Pad& pad) {
    line(pad.output,
         padded(value(pad.input), pad.top, pad.bottom, pad.left, pad.right, pad.lowest ? 0 : zero_of(at(pad.input))));
  }

  const integer::Program& program_;
  torch::jit::Module module_;
  std::string source_;
};

}  // namespace

std::vector<std::uint8_t> write_quantized(const integer::Program& program, const std::string& front_end) {
  integer::check(program);
  integer::require_exact(program, integer::Arithmetic::ort_f32_even);
  const OnQnnpack packing;
  return SourceWriter(program).run(front_end);
}

}  // namespace espalier::exporting::torchscript
