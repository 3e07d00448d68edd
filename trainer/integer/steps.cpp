#include "integer/steps.h"

#include <memory>

#include "base/error.h"
#include "device_runtime/kernels_s8.h"
#include "integer/constants.h"
#include "integer/kernel_arguments.h"
#include "integer/ort_kernels.h"
#include "integer/packed_conv.h"

namespace espalier::integer {
namespace {

void succeed(espalier_status status) {
  if (status != ESPALIER_OK) fail("an int8 kernel refused its arguments although the program was checked");
}

/// An espalier_rescale together with the arrays that it points to.
struct Rescale {
  std::vector<std::int32_t> multipliers;
  std::vector<std::int8_t> shifts;
  std::vector<float> scales;
  espalier_rescale view{};

  Rescale(const std::vector<FixedPoint>& fixed, std::vector<float> floats, const Activation& output, Clamp clamp)
      : scales(std::move(floats)) {
    for (const FixedPoint& each : fixed) {
      multipliers.push_back(each.multiplier);
      shifts.push_back(static_cast<std::int8_t>(each.shift));
    }
    const Range range = clamp_range(clamp, output);
    view = {multipliers.data(), shifts.data(), scales.empty() ? nullptr : scales.data(),
            output.zero_point,  range.low,     range.high};
  }
  Rescale(const Rescale&) = delete;
  Rescale& operator=(const Rescale&) = delete;
};

/// Makes the step of each kind of instruction; `make` is exhaustive over the variant.
class Maker {
 public:
  Maker(const Program& program, const ArenaPlan& plan, Arithmetic arithmetic)
      : program_(program), plan_(plan), in_float_(arithmetic == Arithmetic::ort_f32_even) {}

  Step make(const Instruction& instruction) const {
    return std::visit([&](const auto& any) { return step(any); }, instruction);
  }

 private:
  const Activation& get(Id id) const { return program_.activations[static_cast<std::size_t>(id)]; }
  std::int64_t at(Id id) const { return plan_.offsets[static_cast<std::size_t>(id)]; }
  std::int32_t count(Id id) const { return static_cast<std::int32_t>(elements(get(id).shape)); }

  template <class Layer>
  std::shared_ptr<const Rescale> rescale_of(const Layer& layer) const {
    std::vector<float> scales;
    if (in_float_) scales = channel_scales(program_, layer);
    return std::make_shared<Rescale>(channel_multipliers(program_, layer), std::move(scales), get(layer.output),
                                     layer.clamp);
  }
  std::shared_ptr<const Rescale> rescale_of(FixedPoint fixed, float scale, Id output, Clamp clamp = Clamp::none) const {
    return std::make_shared<Rescale>(std::vector{fixed}, in_float_ ? std::vector{scale} : std::vector<float>{},
                                     get(output), clamp);
  }

  Step step(const Conv2d& conv) const {
    const auto packed = std::make_shared<const PackedConv>(conv, get(conv.input), get(conv.output));
    return [=, rescale = rescale_of(conv), in = at(conv.input), out = at(conv.output)](std::int8_t* arena) {
      packed->run(arena + in, rescale->view, arena + out);
    };
  }
  /// By the host's form of the kernel.
  Step step(const DepthwiseConv2d& conv) const {
    return
        [=, &conv, rescale = rescale_of(conv), input = shape_of(get(conv.input)), output = shape_of(get(conv.output)),
         zero = get(conv.input).zero_point, in = at(conv.input), out = at(conv.output)](std::int8_t* arena) {
          succeed(espalier_depthwise_channels_s8(arena + in, input, zero, conv.weights.data(), conv.bias.data(),
                                                 window_of(conv.window), &rescale->view, arena + out, output));
        };
  }
  Step step(const FullyConnected& full) const {
    return [=, &full, rescale = rescale_of(full), inputs = count(full.input), outputs = count(full.output),
            zero = get(full.input).zero_point, in = at(full.input), out = at(full.output)](std::int8_t* arena) {
      succeed(espalier_fully_connected_s8(arena + in, inputs, zero, full.weights.data(), full.bias.data(),
                                          &rescale->view, arena + out, outputs));
    };
  }
  Step step(const Add& add) const {
    const Activation &left = get(add.left), &right = get(add.right), &sum = get(add.output);
    const AddConstants fixed = add_constants(left.scale, right.scale, sum.scale);
    const Range range = clamp_range(add.clamp, sum);
    const espalier_addition addition{
        {left.zero_point, fixed.left.multiplier, fixed.left.shift, left.scale / sum.scale},
        {right.zero_point, fixed.right.multiplier, fixed.right.shift, right.scale / sum.scale},
        fixed.sum.multiplier,
        fixed.sum.shift,
        sum.zero_point,
        range.low,
        range.high,
        in_float_ ? 1 : 0};
    return [=, n = count(add.output), a = at(add.left), b = at(add.right), out = at(add.output)](std::int8_t* arena) {
      succeed(espalier_add_s8(arena + a, arena + b, n, &addition, arena + out));
    };
  }
  Step step(const Mul& mul) const {
    const Activation &left = get(mul.left), &right = get(mul.right), &product = get(mul.output);
    const auto rescale = rescale_of(mul_multiplier(left.scale, right.scale, product.scale),
                                    left.scale * right.scale / product.scale, mul.output, mul.clamp);
    const bool gate = left.shape != right.shape;
    return [=, rows = gate ? count(mul.left) / count(mul.right) : 1, columns = count(mul.right),
            left_zero = left.zero_point, right_zero = right.zero_point, a = at(mul.left), b = at(mul.right),
            out = at(mul.output)](std::int8_t* arena) {
      succeed(
          espalier_mul_s8(arena + a, arena + b, rows, columns, 1, left_zero, right_zero, &rescale->view, arena + out));
    };
  }
  Step table_step(ByteTable table, Id input, Id output) const {
    return [=, n = count(input), in = at(input), out = at(output)](std::int8_t* arena) {
      for (std::int64_t i = 0; i < n; ++i) arena[out + i] = table[static_cast<std::size_t>(arena[in + i] + 128)];
    };
  }

  Step step(const AveragePool2d& pool) const {
    if (in_float_)
      return [&pool, &program = program_, in = at(pool.input), out = at(pool.output)](std::int8_t* arena) {
        average_pool_in_float(arena + in, pool, program, arena + out);
      };
    const Range range = clamp_range(pool.clamp, get(pool.output));
    return [=, window = window_of(pool.window), input = shape_of(get(pool.input)), output = shape_of(get(pool.output)),
            in = at(pool.input), out = at(pool.output)](std::int8_t* arena) {
      succeed(espalier_average_pool_s8(arena + in, input, window, range.low, range.high, arena + out, output));
    };
  }
  Step step(const MaxPool2d& pool) const {
    const Range range = clamp_range(pool.clamp, get(pool.output));
    return [=, window = window_of(pool.window), input = shape_of(get(pool.input)), output = shape_of(get(pool.output)),
            in = at(pool.input), out = at(pool.output)](std::int8_t* arena) {
      succeed(espalier_max_pool_s8(arena + in, input, window, range.low, range.high, arena + out, output));
    };
  }
  Step step(const Mean& mean) const {
    const Activation &input = get(mean.input), &output = get(mean.output);
    const std::int64_t pixels = input.shape[0] * input.shape[1];
    const auto rescale = rescale_of(mean_multiplier(input.scale, output.scale, pixels),
                                    input.scale / (output.scale * static_cast<float>(pixels)), mean.output);
    return [=, shape = shape_of(input), zero = input.zero_point, in = at(mean.input), out = at(mean.output)](
               std::int8_t* arena) { succeed(espalier_mean_s8(arena + in, shape, zero, &rescale->view, arena + out)); };
  }
  Step step(const Softmax& softmax) const {
    const SoftmaxConstants fixed = softmax_constants(softmax.beta, get(softmax.input).scale);
    const auto depth = static_cast<std::int32_t>(get(softmax.input).shape.back());
    return
        [=, rows = count(softmax.input) / depth, in = at(softmax.input), out = at(softmax.output)](std::int8_t* arena) {
          succeed(espalier_softmax_s8(arena + in, rows, depth, fixed.multiplier, fixed.left_shift, fixed.diff_min,
                                      arena + out));
        };
  }
  Step step(const Logistic& logistic) const {
    if (in_float_)
      return table_step(logistic_table(get(logistic.input), get(logistic.output)), logistic.input, logistic.output);
    const LogisticConstants fixed = logistic_constants(get(logistic.input).scale);
    return [=, n = count(logistic.input), zero = get(logistic.input).zero_point, in = at(logistic.input),
            out = at(logistic.output)](std::int8_t* arena) {
      succeed(espalier_logistic_s8(arena + in, n, zero, fixed.multiplier, fixed.left_shift, fixed.radius, arena + out));
    };
  }
  Step step(const HardSwish& swish) const {
    const Activation &input = get(swish.input), &output = get(swish.output);
    if (in_float_) return table_step(hard_swish_table(input, output), swish.input, swish.output);
    const HardSwishConstants fixed = hard_swish_constants(input.scale, output.scale);
    const espalier_hard_swish constants{input.zero_point,   output.zero_point,     fixed.output.multiplier,
                                        fixed.output.shift, fixed.gate.multiplier, fixed.gate.shift};
    return [=, n = count(swish.input), in = at(swish.input), out = at(swish.output)](std::int8_t* arena) {
      succeed(espalier_hard_swish_s8(arena + in, n, &constants, arena + out));
    };
  }
  Step step(const Reshape& reshape) const {
    return [n = count(reshape.input), in = at(reshape.input), out = at(reshape.output)](std::int8_t* arena) {
      succeed(espalier_reshape_s8(arena + in, n, arena + out));
    };
  }
  Step step(const Concatenate& concatenate) const {
    struct Part {
      std::int64_t offset;
      std::int32_t channels, first;
    };
    std::vector<Part> parts;
    std::int32_t whole = 0;
    for (const Id id : concatenate.inputs) {
      const std::int32_t channels = shape_of(get(id)).channels;
      parts.push_back({at(id), channels, whole});
      whole += channels;
    }
    return [=, pixels = count(concatenate.output) / whole, out = at(concatenate.output)](std::int8_t* arena) {
      for (const Part& part : parts)
        succeed(espalier_concatenate_s8(arena + part.offset, pixels, part.channels, arena + out, whole, part.first));
    };
  }
  Step step(const Pad& pad) const {
    return [=, top = pad.top, left = pad.left, value = pad.lowest ? -128 : get(pad.input).zero_point,
            input = shape_of(get(pad.input)), output = shape_of(get(pad.output)), in = at(pad.input),
            out = at(pad.output)](std::int8_t* arena) {
      succeed(espalier_pad_s8(arena + in, input, top, left, value, arena + out, output));
    };
  }
  Step step(const Requantize& requantize) const {
    const Activation &input = get(requantize.input), &output = get(requantize.output);
    if (in_float_) return table_step(requantize_table(input, output), requantize.input, requantize.output);
    const double ratio = static_cast<double>(input.scale) / static_cast<double>(output.scale);
    const auto rescale = rescale_of(fixed_point(ratio), input.scale / output.scale, requantize.output);
    return [=, n = count(requantize.input), zero = input.zero_point, in = at(requantize.input),
            out = at(requantize.output)](std::int8_t* arena) {
      succeed(espalier_requantize_s8(arena + in, n, zero, &rescale->view, arena + out));
    };
  }

  const Program& program_;
  const ArenaPlan& plan_;
  bool in_float_;
};

}  // namespace

std::vector<Step> make_steps(const Program& program, const ArenaPlan& plan, Arithmetic arithmetic) {
  std::vector<Step> steps;
  for (const Instruction& instruction : program.instructions)
    steps.push_back(Maker(program, plan, arithmetic).make(instruction));
  return steps;
}

}  // namespace espalier::integer
