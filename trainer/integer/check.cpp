// The proof that a Program is one that every kernel may run: declared in program.h.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "integer/constants.h"
#include "integer/program.h"

namespace espalier::integer {
namespace {

constexpr std::int64_t most_elements = std::int64_t{1} << 30;

/// Knows which instruction it is at, so that every refusal names it.
class Checker {
 public:
  explicit Checker(const Program& program) : program_(program), written_(program.activations.size(), false) {}

  void run() {
    at_ = "program '" + program_.name + "'";
    for (const Activation& activation : program_.activations) check_activation(activation);
    require(valid(program_.input), "its input is no activation");
    require(valid(program_.output), "its output is no activation");
    written_[static_cast<std::size_t>(program_.input)] = true;
    for (std::size_t i = 0; i < program_.instructions.size(); ++i) check_instruction(i);
    at_ = "program '" + program_.name + "'";
    require(written_[static_cast<std::size_t>(program_.output)], "its output is never written");
    const auto& output = get(program_.output).shape;
    const auto labels = static_cast<std::int64_t>(program_.labels.size());
    // A detector's map has more channels than classes.
    require(labels == 0 || labels == output.back() || (output.size() == 3 && labels < output.back()),
            "the labels do not match the output's last axis");
  }

 private:
  void require(bool holds, const std::string& text) const {
    if (!holds) fail(at_ + ": " + text);
  }
  bool valid(Id id) const { return id >= 0 && static_cast<std::size_t>(id) < program_.activations.size(); }
  const Activation& get(Id id) const { return program_.activations[static_cast<std::size_t>(id)]; }

  void check_activation(const Activation& activation) const {
    const std::string who = "activation '" + activation.name + "'";
    require(activation.shape.size() == 1 || activation.shape.size() == 3, who + " has neither 1 nor 3 axes");
    std::int64_t count = 1;
    for (const std::int64_t size : activation.shape) {
      require(size > 0 && size <= most_elements, who + " has an axis that is not positive or too long");
      count *= size;
      require(count <= most_elements, who + " has too many elements");
    }
    require(std::isfinite(activation.scale) && activation.scale > 0,
            who + " has a scale that is not positive and finite");
    require(activation.zero_point >= -128 && activation.zero_point <= 127,
            who + " has a zero point outside [-128, 127]");
  }

  void check_instruction(std::size_t index) {
    const Instruction& instruction = program_.instructions[index];
    const Id output = output_of(instruction);
    at_ = "program '" + program_.name + "', instruction " + std::to_string(index) + " (" +
          std::string(name_of(instruction)) + ")";
    require(!inputs_of(instruction).empty(), "it has no input");
    for (const Id id : inputs_of(instruction)) {
      require(valid(id), "input " + std::to_string(id) + " does not exist");
      require(written_[static_cast<std::size_t>(id)], "input '" + get(id).name + "' is read before it is written");
    }
    require(valid(output), "output " + std::to_string(output) + " does not exist");
    at_ += " writing '" + get(output).name + "'";
    require(!written_[static_cast<std::size_t>(output)], "its output is written twice");
    std::visit([this](const auto& any) { check(any); }, instruction);
    written_[static_cast<std::size_t>(output)] = true;
  }

  void same_encoding(Id left, Id right) const {
    require(get(left).scale == get(right).scale && get(left).zero_point == get(right).zero_point,
            "'" + get(left).name + "' and '" + get(right).name + "' must share one scale and zero point");
  }
  void spatial(Id id) const {
    require(get(id).shape.size() == 3, "'" + get(id).name + "' must have height, width and channels");
  }

  /// The output's height and width are what the window makes of the input's.
  void check_window(const Window& w, Id input, Id output) const {
    spatial(input);
    spatial(output);
    require(w.kernel_height > 0 && w.kernel_width > 0 && w.stride_height > 0 && w.stride_width > 0,
            "kernel and stride must be positive");
    const auto axis = [&](std::size_t i, std::int64_t kernel, std::int64_t stride, std::int64_t before,
                          std::int64_t after) {
      require(before >= 0 && after >= 0 && before < kernel && after < kernel, "padding must be in [0, kernel)");
      const std::int64_t padded = get(input).shape[i] + before + after;
      require(padded >= kernel && (padded - kernel) / stride + 1 == get(output).shape[i],
              "the window does not give the output's shape");
    };
    axis(0, w.kernel_height, w.stride_height, w.pad_top, w.pad_bottom);
    axis(1, w.kernel_width, w.stride_width, w.pad_left, w.pad_right);
  }

  /// weight(channel, i) is the i-th of `run` weights of the output channel.
  template <class Layer, class WeightAt>
  void check_weights(const Layer& layer, std::int64_t channels, std::int64_t run, bool one_scale_will_do,
                     WeightAt weight) const {
    require(static_cast<std::int64_t>(layer.weights.size()) == channels * run,
            "the number of weights does not fit the shapes");
    require(static_cast<std::int64_t>(layer.bias.size()) == channels, "the number of biases does not fit the shapes");
    const std::size_t scales = layer.weight_scale.size();
    require(static_cast<std::int64_t>(scales) == channels || (one_scale_will_do && scales == 1),
            "the number of weight scales does not fit the shapes");
    for (const float scale : layer.weight_scale)
      require(std::isfinite(scale) && scale > 0, "a weight scale is not positive and finite");
    require(std::none_of(layer.weights.begin(), layer.weights.end(), [](std::int8_t w) { return w == -128; }),
            "a weight is -128; weights lie in [-127, 127]");
    const std::vector<FixedPoint> multipliers = channel_multipliers(program_, layer);
    for (std::int64_t c = 0; c < channels; ++c) {
      std::int64_t reach = std::llabs(layer.bias[static_cast<std::size_t>(c)]);
      for (std::int64_t i = 0; i < run; ++i) reach += 255 * std::abs(static_cast<int>(layer.weights[weight(c, i)]));
      fits(reach, multipliers[static_cast<std::size_t>(c)], "channel " + std::to_string(c));
    }
  }
  void fits(std::int64_t reach, FixedPoint multiplier, const std::string& where) const {
    require(reach < std::int64_t{1} << 31, where + ": the accumulator may leave int32");
    const int left = std::max(multiplier.shift, 0);
    require(reach << left < std::int64_t{1} << 31,
            where + ": the accumulator, shifted left by " + std::to_string(left) + ", may leave int32");
  }

  void check(const Conv2d& conv) const {
    check_window(conv.window, conv.input, conv.output);
    const std::int64_t run =
        std::int64_t{conv.window.kernel_height} * conv.window.kernel_width * get(conv.input).shape[2];
    check_weights(conv, get(conv.output).shape[2], run, false,
                  [&](std::int64_t c, std::int64_t i) { return static_cast<std::size_t>(c * run + i); });
  }
  void check(const DepthwiseConv2d& conv) const {
    check_window(conv.window, conv.input, conv.output);
    const std::int64_t channels = get(conv.output).shape[2];
    require(get(conv.input).shape[2] == channels, "input and output must have equal channels");
    check_weights(conv, channels, std::int64_t{conv.window.kernel_height} * conv.window.kernel_width, false,
                  [&](std::int64_t c, std::int64_t i) { return static_cast<std::size_t>(i * channels + c); });
  }
  void check(const FullyConnected& full) const {
    require(get(full.output).shape.size() == 1, "the output must have one axis");
    const std::int64_t run = elements(get(full.input).shape);
    check_weights(full, get(full.output).shape[0], run, true,
                  [&](std::int64_t c, std::int64_t i) { return static_cast<std::size_t>(c * run + i); });
  }
  void check(const Add& add) const {
    require(get(add.left).shape == get(add.output).shape && get(add.right).shape == get(add.output).shape,
            "the shapes must be equal");
    const AddConstants constants = add_constants(get(add.left).scale, get(add.right).scale, get(add.output).scale);
    require(constants.sum.shift <= 0, "the output's scale is too small for the inputs'");
  }
  void check(const Mul& mul) const {
    const Shape &left = get(mul.left).shape, &right = get(mul.right).shape;
    require(left == get(mul.output).shape, "the left input and the output must have equal shapes");
    require(right == left || (left.size() == 3 && (right == Shape{left[2]} || right == Shape{1, 1, left[2]})),
            "the right input must have the left one's shape or one factor for each channel");
    fits(255 * 255, mul_multiplier(get(mul.left).scale, get(mul.right).scale, get(mul.output).scale), "product");
  }
  void check(const AveragePool2d& pool) const { check_pool(pool.window, pool.input, pool.output); }
  void check(const MaxPool2d& pool) const { check_pool(pool.window, pool.input, pool.output); }
  void check_pool(const Window& window, Id input, Id output) const {
    check_window(window, input, output);
    require(get(input).shape[2] == get(output).shape[2], "input and output must have equal channels");
    require(std::int64_t{window.kernel_height} * window.kernel_width <= std::int64_t{1} << 23,
            "the window is too large");
    same_encoding(input, output);
  }
  void check(const Mean& mean) const {
    spatial(mean.input);
    require(get(mean.output).shape == Shape{get(mean.input).shape[2]}, "the output must be {channels}");
    const std::int64_t pixels = get(mean.input).shape[0] * get(mean.input).shape[1];
    fits(pixels * 255, mean_multiplier(get(mean.input).scale, get(mean.output).scale, pixels), "sum");
  }
  void check(const Softmax& softmax) const {
    require(get(softmax.input).shape == get(softmax.output).shape, "the shapes must be equal");
    require(get(softmax.output).shape.back() < 4096, "softmax over 4096 values or more overflows its sum");
    require(get(softmax.output).scale == 1.0f / 256 && get(softmax.output).zero_point == -128,
            "the output's encoding must be scale 1/256, zero point -128");
    require(std::isfinite(softmax.beta) && softmax.beta > 0, "beta must be positive and finite");
    const SoftmaxConstants constants = softmax_constants(softmax.beta, get(softmax.input).scale);
    require(constants.left_shift >= 0, "the input's scale is too small for fixed-point softmax");
  }
  void check(const Logistic& logistic) const {
    check_elementwise(logistic.input, logistic.output);
    require(get(logistic.output).scale == 1.0f / 256 && get(logistic.output).zero_point == -128,
            "the output's encoding must be scale 1/256, zero point -128");
    const float scale = get(logistic.input).scale;
    require(scale >= 1.0f / (1 << 28) && scale < 8,
            "the input's scale is too small or too large for fixed-point logistic");
  }
  void check(const HardSwish& swish) const {
    check_elementwise(swish.input, swish.output);
    const auto constants = hard_swish_constants(get(swish.input).scale, get(swish.output).scale);
    require(constants.output.shift <= 0, "the output's scale is too small for the input's");
    require(constants.output.shift >= -15, "the output's scale is too large for the input's");
    require(constants.gate.shift >= -15, "the input's scale is too small for a hard swish");
  }
  void check_elementwise(Id input, Id output) const {
    require(get(input).shape == get(output).shape, "the shapes must be equal");
  }
  void check(const Reshape& reshape) const {
    require(elements(get(reshape.input).shape) == elements(get(reshape.output).shape),
            "the numbers of elements must be equal");
    same_encoding(reshape.input, reshape.output);
  }
  void check(const Concatenate& concatenate) const {
    const Shape& whole = get(concatenate.output).shape;
    std::int64_t channels = 0;
    for (const Id id : concatenate.inputs) {
      const Shape& part = get(id).shape;
      require(part.size() == whole.size() && std::equal(part.begin(), part.end() - 1, whole.begin()),
              "every axis but the channels must agree");
      channels += part.back();
      same_encoding(id, concatenate.output);
    }
    require(channels == whole.back(), "the channels do not add up");
  }
  void check(const Pad& pad) const {
    spatial(pad.input);
    spatial(pad.output);
    require(pad.top >= 0 && pad.bottom >= 0 && pad.left >= 0 && pad.right >= 0, "padding must not be negative");
    const Shape& in = get(pad.input).shape;
    require(get(pad.output).shape == Shape{in[0] + pad.top + pad.bottom, in[1] + pad.left + pad.right, in[2]},
            "the padding does not give the output's shape");
    same_encoding(pad.input, pad.output);
  }
  void check(const Requantize& requantize) const {
    require(get(requantize.input).shape == get(requantize.output).shape, "the shapes must be equal");
    const double ratio =
        static_cast<double>(get(requantize.input).scale) / static_cast<double>(get(requantize.output).scale);
    fits(255, fixed_point(ratio), "value");
  }

  const Program& program_;
  std::vector<bool> written_;
  std::string at_;
};

}  // namespace

void check(const Program& program) { Checker(program).run(); }

}  // namespace espalier::integer
