#include "exporting/c/step_source.h"

#include <fmt/core.h>

#include "exporting/c/c_text.h"
#include "integer/constants.h"

namespace espalier::exporting::c {
namespace {

using fmt::format;
using integer::Activation;
using integer::Id;
using integer::Range;

/// Writes the step of each kind of instruction; `write` is exhaustive over the variant.
class StepWriter {
 public:
  StepWriter(const integer::Program& program, const integer::ArenaPlan& plan, const integer::WeightEncoding& encoding,
             std::size_t index)
      : program_(program),
        plan_(plan),
        encoding_(encoding),
        prefix_(format("step{}", index)),
        scratch_(format("arena + {}", plan.scratch[index])) {}

  StepSource write(const integer::Instruction& instruction) {
    std::visit([&](const auto& any) { step(any); }, instruction);
    return std::move(source_);
  }

 private:
  const Activation& get(Id id) const { return program_.activations[static_cast<std::size_t>(id)]; }
  std::int64_t count(Id id) const { return integer::elements(get(id).shape); }
  std::string at(Id id) const { return format("arena + {}", plan_.offsets[static_cast<std::size_t>(id)]); }
  std::string zero(Id id) const { return integer_text(get(id).zero_point); }
  std::string shape(Id id) const {
    const auto& extents = get(id).shape;
    if (extents.size() == 1) return format("(espalier_shape){{1, 1, {}}}", extents[0]);
    return format("(espalier_shape){{{}, {}, {}}}", extents[0], extents[1], extents[2]);
  }
  static std::string window(const integer::Window& w) {
    return format("(espalier_window){{{}, {}, {}, {}, {}, {}}}", w.kernel_height, w.kernel_width, w.stride_height,
                  w.stride_width, w.pad_top, w.pad_left);
  }

  template <class T>
  std::string constant(const char* what, const std::vector<T>& values) {
    auto name = format("{}_{}", prefix_, what);
    source_.constants += array_text(name, values);
    return name;
  }
  /// The address of an espalier_rescale.
  std::string rescale(const std::vector<integer::FixedPoint>& fixed, Id output, integer::Clamp clamp) {
    std::vector<std::int32_t> multipliers;
    std::vector<std::int8_t> shifts;
    for (const auto& each : fixed) {
      multipliers.push_back(each.multiplier);
      shifts.push_back(static_cast<std::int8_t>(each.shift));
    }
    const Range range = integer::clamp_range(clamp, get(output));
    const auto multiplier = constant("multiplier", multipliers), shift = constant("shift", shifts);
    source_.constants += format("static const espalier_rescale {}_rescale = {{{}, {}, NULL, {}, {}, {}}};\n", prefix_,
                                multiplier, shift, get(output).zero_point, range.low, range.high);
    return format("&{}_rescale", prefix_);
  }
  /// The weights as the kernel of that encoding takes them.
  std::string weights(const std::vector<std::int8_t>& plain) {
    if (encoding_.plain) return constant("weights", plain);
    const auto stream = constant("weights", encoding_.stream);
    const auto table = encoding_.table.empty() ? "NULL" : constant("table", encoding_.table);
    const char* decoder = encoding_.run_bits > 0 ? "runs" : encoding_.sparse ? "sparse" : "dense";
    source_.constants += format(
        "static const espalier_encoded_weights {}_encoded = {{espalier_decode_{}, {}, {}, {}, {}, {}}}; /* {} */\n",
        prefix_, decoder, stream, table, encoding_.bits, encoding_.count, encoding_.run_bits, encoding_.name());
    return format("&{}_encoded", prefix_);
  }
  std::string kernel(const char* name) const {
    return format("espalier_{}{}", encoding_.plain ? "" : "encoded_", name);
  }
  void call(const std::string& kernel, const std::string& arguments) {
    source_.body = format("  return {}({});\n", kernel, arguments);
  }

  template <class Convolution>
  void convolution(const char* name, const Convolution& conv) {
    const auto codes = weights(conv.weights), bias = constant("bias", conv.bias);
    const auto scaled = rescale(integer::channel_multipliers(program_, conv), conv.output, conv.clamp);
    call(kernel(name),
         format("{}, {}, {}, {}, {}, {}, {}, {}, {}, {}", at(conv.input), shape(conv.input), zero(conv.input), codes,
                bias, window(conv.window), scaled, at(conv.output), shape(conv.output), scratch_));
  }
  void step(const integer::Conv2d& conv) { convolution("conv2d_s8", conv); }
  void step(const integer::DepthwiseConv2d& conv) { convolution("depthwise_conv2d_s8", conv); }
  void step(const integer::FullyConnected& full) {
    const auto codes = weights(full.weights), bias = constant("bias", full.bias);
    const auto scaled = rescale(integer::channel_multipliers(program_, full), full.output, full.clamp);
    call(kernel("fully_connected_s8"),
         format("{}, {}, {}, {}, {}, {}, {}, {}{}", at(full.input), count(full.input), zero(full.input), codes, bias,
                scaled, at(full.output), count(full.output), encoding_.plain ? "" : ", " + scratch_));
  }
  void step(const integer::Add& add) {
    const Activation &left = get(add.left), &right = get(add.right), &sum = get(add.output);
    const auto fixed = integer::add_constants(left.scale, right.scale, sum.scale);
    const Range range = integer::clamp_range(add.clamp, sum);
    const auto addend = [](const Activation& one, const integer::FixedPoint& scaled) {
      return format("{{{}, {}, {}, 0.0f}}", one.zero_point, scaled.multiplier, scaled.shift);
    };
    source_.constants += format("static const espalier_addition {}_sum = {{{}, {}, {}, {}, {}, {}, {}, 0}};\n", prefix_,
                                addend(left, fixed.left), addend(right, fixed.right), fixed.sum.multiplier,
                                fixed.sum.shift, sum.zero_point, range.low, range.high);
    call("espalier_add_s8",
         format("{}, {}, {}, &{}_sum, {}", at(add.left), at(add.right), count(add.output), prefix_, at(add.output)));
  }
  void step(const integer::Mul& mul) {
    const Activation &left = get(mul.left), &right = get(mul.right), &product = get(mul.output);
    const auto scaled =
        rescale({integer::mul_multiplier(left.scale, right.scale, product.scale)}, mul.output, mul.clamp);
    const auto columns = count(mul.right), rows = left.shape == right.shape ? 1 : count(mul.left) / columns;
    call("espalier_mul_s8", format("{}, {}, {}, {}, 1, {}, {}, {}, {}", at(mul.left), at(mul.right), rows, columns,
                                   zero(mul.left), zero(mul.right), scaled, at(mul.output)));
  }
  template <class Pool>
  void pool(const char* kernel, const Pool& one) {
    const Range range = integer::clamp_range(one.clamp, get(one.output));
    call(kernel, format("{}, {}, {}, {}, {}, {}, {}", at(one.input), shape(one.input), window(one.window), range.low,
                        range.high, at(one.output), shape(one.output)));
  }
  void step(const integer::AveragePool2d& one) { pool("espalier_average_pool_s8", one); }
  void step(const integer::MaxPool2d& one) { pool("espalier_max_pool_s8", one); }
  void step(const integer::Mean& mean) {
    const Activation &input = get(mean.input), &output = get(mean.output);
    const auto scaled = rescale({integer::mean_multiplier(input.scale, output.scale, input.shape[0] * input.shape[1])},
                                mean.output, integer::Clamp::none);
    call("espalier_mean_s8",
         format("{}, {}, {}, {}, {}", at(mean.input), shape(mean.input), zero(mean.input), scaled, at(mean.output)));
  }
  void step(const integer::Softmax& softmax) {
    const auto fixed = integer::softmax_constants(softmax.beta, get(softmax.input).scale);
    const auto depth = get(softmax.input).shape.back();
    call("espalier_softmax_s8",
         format("{}, {}, {}, {}, {}, {}, {}", at(softmax.input), count(softmax.input) / depth, depth, fixed.multiplier,
                fixed.left_shift, integer_text(fixed.diff_min), at(softmax.output)));
  }
  void step(const integer::Logistic& logistic) {
    const auto fixed = integer::logistic_constants(get(logistic.input).scale);
    call("espalier_logistic_s8",
         format("{}, {}, {}, {}, {}, {}, {}", at(logistic.input), count(logistic.input), zero(logistic.input),
                fixed.multiplier, fixed.left_shift, fixed.radius, at(logistic.output)));
  }
  void step(const integer::HardSwish& swish) {
    const auto fixed = integer::hard_swish_constants(get(swish.input).scale, get(swish.output).scale);
    source_.constants += format("static const espalier_hard_swish {}_constants = {{{}, {}, {}, {}, {}, {}}};\n",
                                prefix_, get(swish.input).zero_point, get(swish.output).zero_point,
                                fixed.output.multiplier, fixed.output.shift, fixed.gate.multiplier, fixed.gate.shift);
    call("espalier_hard_swish_s8",
         format("{}, {}, &{}_constants, {}", at(swish.input), count(swish.input), prefix_, at(swish.output)));
  }
  void step(const integer::Reshape& reshape) {
    if (at(reshape.input) == at(reshape.output))
      source_.body = "  (void)arena; /* the same bytes in another shape */\n  return ESPALIER_OK;\n";
    else
      call("espalier_reshape_s8", format("{}, {}, {}", at(reshape.input), count(reshape.input), at(reshape.output)));
  }
  void step(const integer::Concatenate& concatenate) {
    const auto whole = get(concatenate.output).shape.back(), pixels = count(concatenate.output) / whole;
    std::int64_t first = 0;
    source_.body = "  espalier_status status = ESPALIER_OK;\n";
    for (const Id id : concatenate.inputs) {
      const auto channels = get(id).shape.back();
      source_.body +=
          format("  if (status == ESPALIER_OK)\n    status = espalier_concatenate_s8({}, {}, {}, {}, {}, {});\n",
                 at(id), pixels, channels, at(concatenate.output), whole, first);
      first += channels;
    }
    source_.body += "  return status;\n";
  }
  void step(const integer::Pad& pad) {
    call("espalier_pad_s8", format("{}, {}, {}, {}, {}, {}, {}", at(pad.input), shape(pad.input), pad.top, pad.left,
                                   pad.lowest ? "-128" : zero(pad.input), at(pad.output), shape(pad.output)));
  }
  void step(const integer::Requantize& requantize) {
    const double ratio =
        static_cast<double>(get(requantize.input).scale) / static_cast<double>(get(requantize.output).scale);
    const auto scaled = rescale({integer::fixed_point(ratio)}, requantize.output, integer::Clamp::none);
    call("espalier_requantize_s8", format("{}, {}, {}, {}, {}", at(requantize.input), count(requantize.input),
                                          zero(requantize.input), scaled, at(requantize.output)));
  }

  const integer::Program& program_;
  const integer::ArenaPlan& plan_;
  const integer::WeightEncoding& encoding_;
  std::string prefix_, scratch_;
  StepSource source_;
};

}  // namespace

StepSource step_source(const integer::Program& program, const integer::ArenaPlan& plan,
                       const integer::WeightEncoding& encoding, std::size_t index) {
  return StepWriter(program, plan, encoding, index).write(program.instructions[index]);
}

}  // namespace espalier::exporting::c
