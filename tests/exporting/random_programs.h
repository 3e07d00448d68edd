// Small random programs that have every instruction, for tests of exporters.
#pragma once
#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/text.h"
#include "integer/program.h"
#include "integer/twin.h"

namespace espalier::exporting::random_programs {

using integer::Clamp;
using integer::Id;
using integer::Shape;
using integer::Window;

/// How a window is padded: not at all, as TFLite's SAME, kernel / 2 on all sides (PyTorch's habit), unevenly.
enum class Margin { none, same, half, uneven };

inline std::int64_t same_total(std::int64_t size, std::int32_t kernel, std::int32_t stride) {
  const auto positions = (size + stride - 1) / stride;
  return std::max<std::int64_t>((positions - 1) * stride + kernel - size, 0);
}

inline Window window_of(const Shape& input, std::int32_t height, std::int32_t width, std::int32_t stride,
                        Margin margin) {
  Window w{height, width, stride, stride, 0, 0, 0, 0};
  if (margin == Margin::same) {
    const auto rows = static_cast<std::int32_t>(same_total(input[0], height, stride));
    const auto columns = static_cast<std::int32_t>(same_total(input[1], width, stride));
    w.pad_top = rows / 2, w.pad_bottom = rows - rows / 2, w.pad_left = columns / 2, w.pad_right = columns - columns / 2;
  } else if (margin == Margin::half) {
    w.pad_top = w.pad_bottom = height / 2, w.pad_left = w.pad_right = width / 2;
  } else if (margin == Margin::uneven) {
    w.pad_top = 2, w.pad_bottom = 1, w.pad_left = 0, w.pad_right = 2;
  }
  return w;
}

/// Samples that differ in level and contrast, so that means over an image differ too. [samples][input elements].
inline std::vector<std::int8_t> random_inputs(const integer::Program& program, std::int64_t samples,
                                              std::uint64_t seed) {
  const auto elements = integer::elements(program.activations[static_cast<std::size_t>(program.input)].shape);
  std::vector<std::int8_t> all;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    Random random(seed, "inputs", 0, static_cast<std::uint64_t>(sample));
    const double level = random.uniform(-110, 110), contrast = random.uniform(5, 120),
                 slope = random.uniform(-100, 100);
    for (std::int64_t i = 0; i < elements; ++i) {
      const double drift = slope * (static_cast<double>(i) / static_cast<double>(elements) - 0.5);
      all.push_back(
          static_cast<std::int8_t>(std::clamp(level + drift + contrast * random.normal() / 2, -128.0, 127.0)));
    }
  }
  return all;
}

/// Adds one layer a call and returns the activation that it writes.
class Builder {
 public:
  Builder(std::uint64_t seed, std::string name) : random_(seed, name) { program.name = std::move(name); }

  integer::Program program;

  std::int32_t below(std::uint32_t n) { return static_cast<std::int32_t>(random_.below(n)); }
  const integer::Activation& at(Id id) const { return program.activations[static_cast<std::size_t>(id)]; }

  Id activation(Shape shape, float scale, std::int32_t zero_point) {
    const auto id = static_cast<Id>(program.activations.size());
    program.activations.push_back({concat("node", id), std::move(shape), scale, zero_point});
    return id;
  }
  Id input(Shape shape) {
    program.input = activation(std::move(shape), static_cast<float>(random_.uniform(0.01, 0.1)), below(256) - 128);
    return program.input;
  }

  Id conv(Id from, std::int64_t channels, std::int32_t height, std::int32_t width, std::int32_t stride, Margin margin,
          Clamp clamp) {
    const auto source = at(from);
    integer::Conv2d one;
    one.window = window_of(source.shape, height, width, stride, margin);
    fill(one, channels, height * width * source.shape[2], channels);
    return windowed(std::move(one), from, channels, height * width * source.shape[2], clamp);
  }
  Id depthwise(Id from, std::int32_t kernel, std::int32_t stride, Margin margin, Clamp clamp) {
    const auto source = at(from);
    integer::DepthwiseConv2d one;
    one.window = window_of(source.shape, kernel, kernel, stride, margin);
    fill(one, source.shape[2], kernel * kernel, source.shape[2]);
    return windowed(std::move(one), from, source.shape[2], kernel * kernel, clamp);
  }
  Id dense(Id from, std::int64_t outputs, bool by_channel, Clamp clamp) {
    const auto source = at(from);
    const auto inputs = integer::elements(source.shape);
    integer::FullyConnected one;
    fill(one, outputs, inputs, by_channel ? outputs : 1);
    one.clamp = clamp;
    one.input = from;
    return spread(append(std::move(one), {outputs}, output_scale(source.scale, inputs), below(256) - 128), clamp);
  }
  Id add(Id left, Id right, Clamp clamp) {
    const auto scale = (at(left).scale + at(right).scale) * static_cast<float>(random_.uniform(0.4, 1.0));
    return spread(append(integer::Add{left, right, 0, clamp}, at(left).shape, scale, below(256) - 128), clamp);
  }
  Id mul(Id left, Id right, Clamp clamp) {
    const auto scale = at(left).scale * at(right).scale * static_cast<float>(random_.uniform(20, 90));
    return spread(append(integer::Mul{left, right, 0, clamp}, at(left).shape, scale, below(256) - 128), clamp);
  }
  template <class Pool>
  Id pool(Id from, std::int32_t kernel, std::int32_t stride, Margin margin, Clamp clamp = Clamp::none) {
    Pool one;
    one.input = from;
    one.window = window_of(at(from).shape, kernel, kernel, stride, margin);
    one.clamp = clamp;
    return append(std::move(one), positions(at(from).shape, one.window, at(from).shape[2]), at(from).scale,
                  at(from).zero_point);
  }
  Id mean(Id from, bool rescale) {
    const auto source = at(from);
    return rescale ? spread(append(integer::Mean{from, 0}, {source.shape[2]}, source.scale * 0.4F, below(100) - 50),
                            Clamp::none)
                   : append(integer::Mean{from, 0}, {source.shape[2]}, source.scale, source.zero_point);
  }
  Id softmax(Id from) {
    as_logits(from);
    return append(integer::Softmax{from, 0, 1.0F}, at(from).shape, 1.0F / 256, -128);
  }
  Id logistic(Id from) {
    as_logits(from);
    return append(integer::Logistic{from, 0}, at(from).shape, 1.0F / 256, -128);
  }
  Id hard_swish(Id from) {
    return spread(append(integer::HardSwish{from, 0}, at(from).shape, at(from).scale, below(200) - 128), Clamp::none);
  }
  Id reshape(Id from, Shape shape) {
    return append(integer::Reshape{from, 0}, std::move(shape), at(from).scale, at(from).zero_point);
  }
  Id requantize(Id from, float scale, std::int32_t zero_point) {
    return append(integer::Requantize{from, 0}, at(from).shape, scale, zero_point);
  }
  Id pad(Id from, std::int32_t top, std::int32_t bottom, std::int32_t left, std::int32_t right, bool lowest = false) {
    auto shape = at(from).shape;
    shape[0] += top + bottom, shape[1] += left + right;
    return append(integer::Pad{from, 0, top, bottom, left, right, lowest}, shape, at(from).scale, at(from).zero_point);
  }
  Id join(const std::vector<Id>& parts) {
    auto shape = at(parts.front()).shape;
    shape.back() = 0;
    for (const auto part : parts) shape.back() += at(part).shape.back();
    return append(integer::Concatenate{parts, 0}, shape, at(parts.front()).scale, at(parts.front()).zero_point);
  }

 private:
  /// A dense layer's real scale becomes that of a trained network's logits; its bytes stay.
  void as_logits(Id dense) {
    auto& logits = program.activations[static_cast<std::size_t>(dense)];
    const float factor = 0.04F / logits.scale;
    logits.scale *= factor;
    for (auto& scale : std::get<integer::FullyConnected>(program.instructions.back()).weight_scale) scale *= factor;
  }
  /// Chooses scale and zero point of the last activation so that random inputs use most of its range: an output that is
  /// constant or saturated would hide wrong arithmetic.
  Id spread(Id id, Clamp clamp) {
    constexpr std::int64_t samples = 6;
    auto& chosen = program.activations[static_cast<std::size_t>(id)];
    const auto inputs = random_inputs(program, samples, 99);
    const auto size = inputs.size() / samples;
    for (int attempt = 0; attempt < 12; ++attempt) {
      int low = 127, high = -128;
      const integer::Twin twin(program, integer::Arithmetic::tflm, 1);
      for (std::size_t i = 0; i < samples; ++i) {
        const auto all = twin.trace(std::span(inputs).subspan(i * size, size));
        for (const int value : all[static_cast<std::size_t>(id)])
          low = std::min(low, value), high = std::max(high, value);
      }
      const bool cut = high == 127 || (low == -128 && clamp == Clamp::none);
      if (!cut && high - low > 120) break;
      if (clamp == Clamp::none) chosen.zero_point = std::clamp(chosen.zero_point - (low + high) / 2, -128, 127);
      chosen.scale *= cut ? 1.5F : std::clamp(static_cast<float>(high - low) / 200, 0.1F, 0.9F);
    }
    return id;
  }
  static Shape positions(const Shape& input, const Window& w, std::int64_t channels) {
    return {(input[0] + w.pad_top + w.pad_bottom - w.kernel_height) / w.stride_height + 1,
            (input[1] + w.pad_left + w.pad_right - w.kernel_width) / w.stride_width + 1, channels};
  }
  /// So that a sum of random products fills the int8 range without saturating most of the time.
  float output_scale(float input_scale, std::int64_t products) {
    return static_cast<float>(input_scale * 0.01 * 74 * 73 * std::sqrt(static_cast<double>(products)) / 50 *
                              random_.uniform(0.7, 1.4));
  }
  template <class Layer>
  void fill(Layer& layer, std::int64_t outputs, std::int64_t products, std::int64_t scales) {
    for (std::int64_t i = 0; i < outputs * products; ++i)
      layer.weights.push_back(static_cast<std::int8_t>(below(255) - 127));
    for (std::int64_t i = 0; i < scales; ++i)
      layer.weight_scale.push_back(static_cast<float>(random_.uniform(0.005, 0.015)));
    for (std::int64_t i = 0; i < outputs; ++i) layer.bias.push_back(below(40001) - 20000);
  }
  template <class Layer>
  Id windowed(Layer layer, Id from, std::int64_t channels, std::int64_t products, Clamp clamp) {
    layer.input = from;
    layer.clamp = clamp;
    const auto shape = positions(at(from).shape, layer.window, channels);
    const auto zero_point = clamp == Clamp::none || below(3) == 0 ? below(256) - 128 : -128;
    return spread(append(std::move(layer), shape, output_scale(at(from).scale, products), zero_point), clamp);
  }
  template <class Instruction>
  Id append(Instruction instruction, Shape shape, float scale, std::int32_t zero_point) {
    instruction.output = activation(std::move(shape), scale, zero_point);
    program.output = instruction.output;
    program.instructions.push_back(std::move(instruction));
    return program.output;
  }

  Random random_;
};

inline integer::Program ds_cnn(std::uint64_t seed) {
  Builder net(seed, "ds_cnn");
  auto x = net.input({25 + net.below(25), 10, 1});
  x = net.conv(x, 4 + net.below(20), 10, 4, 2, Margin::same, Clamp::relu);
  for (int block = 0; block < 2; ++block) {
    x = net.depthwise(x, 3, 1, block == 0 ? Margin::same : Margin::half, Clamp::relu);
    x = net.conv(x, 4 + net.below(20), 1, 1, 1, Margin::none, block == 0 ? Clamp::relu : Clamp::relu6);
  }
  x = net.dense(net.mean(x, seed % 2 == 0), 12, seed % 3 != 0, Clamp::none);
  if (seed % 2 == 1) net.softmax(x);
  for (int i = 0; i < 12; ++i) net.program.labels.push_back(concat("word \"", i, "\""));
  return net.program;
}

inline integer::Program mlp(std::uint64_t seed) {
  Builder net(seed, "mlp");
  auto x = net.input({5 + net.below(4), 3 + net.below(5), 2});
  x = net.reshape(x, {integer::elements(net.at(x).shape)});
  x = net.dense(x, 8 + net.below(30), true, Clamp::relu);
  x = net.dense(x, 4 + net.below(20), false, Clamp::none);
  net.softmax(net.dense(x, 3 + net.below(8), true, Clamp::none));
  return net.program;
}

inline integer::Program resnet(std::uint64_t seed) {
  Builder net(seed, "resnet");
  auto x = net.input({12 + 2 * net.below(3), 12 + net.below(6), 3});
  x = net.conv(x, 8, 3, 3, 1, Margin::half, Clamp::relu);
  const auto around = net.conv(net.conv(x, 5 + net.below(8), 3, 3, 1, Margin::same, Clamp::relu), 8, 3, 3, 1,
                               Margin::half, Clamp::none);
  x = net.add(x, around, Clamp::relu);
  const auto down =
      net.conv(x, 11, 3, 3, 2, Margin::half, Clamp::none);  // stride 2 and padding 1 need a PAD on even sizes
  x = net.add(net.conv(x, 11, 1, 1, 2, Margin::none, Clamp::none), down, Clamp::none);
  net.dense(net.mean(x, true), 10, true, Clamp::none);
  return net.program;
}

inline integer::Program branches(std::uint64_t seed) {
  Builder net(seed, "branches");
  const auto x = net.input({9 + net.below(5), 8 + net.below(5), 2 + net.below(3)});
  const auto left = net.conv(x, 3 + net.below(5), 3, 3, 1, Margin::same, Clamp::relu6);
  const auto right = net.conv(x, 3 + net.below(5), 1, 1, 1, Margin::none, Clamp::none);
  const auto again = net.requantize(right, net.at(left).scale, net.at(left).zero_point);
  auto y = net.join({left, again, left});
  y = net.pool<integer::MaxPool2d>(y, 2, 2, Margin::none);
  y = net.pool<integer::AveragePool2d>(y, 3, 1, Margin::same, Clamp::relu);
  net.dense(y, 6, true, Clamp::none);
  return net.program;
}

inline integer::Program pads(std::uint64_t seed) {
  Builder net(seed, "pads");
  auto x = net.input({11 + net.below(4), 10 + net.below(5), 3});
  x = net.pad(x, 1, 0, net.below(3), 2);
  x = net.conv(x, 6, 3, 5, 2, Margin::uneven, Clamp::none);
  x = net.depthwise(x, 3, 2, Margin::half, Clamp::relu);
  x = net.pool<integer::MaxPool2d>(x, 3, 2, Margin::same);
  x = net.pool<integer::MaxPool2d>(net.pad(x, 1, 1, 1, 1, true), 3, 1, Margin::none);
  net.reshape(x, {integer::elements(net.at(x).shape)});
  return net.program;
}

/// A gate for each channel, as squeeze-excite networks have, and a product of two images.
inline integer::Program gates(std::uint64_t seed) {
  Builder net(seed, "gates");
  auto x = net.input({6 + net.below(5), 5 + net.below(5), 3});
  x = net.hard_swish(net.conv(x, 6, 3, 3, 1, Margin::same, Clamp::none));
  auto gate = net.dense(net.dense(net.mean(x, true), 4, true, Clamp::relu), 6, true, Clamp::none);
  gate = net.logistic(gate);
  if (seed % 2 == 1) gate = net.reshape(gate, {1, 1, 6});
  x = net.mul(x, gate, Clamp::none);
  x = net.mul(x, net.conv(x, 6, 1, 1, 1, Margin::none, Clamp::none), seed % 2 == 0 ? Clamp::relu : Clamp::none);
  net.dense(net.mean(x, true), 5, true, Clamp::none);
  return net.program;
}

/// Without the softmax at its end, which not every arithmetic has.
inline integer::Program cut_at_logits(integer::Program program) {
  const auto* last = std::get_if<integer::Softmax>(&program.instructions.back());
  if (!last) return program;
  program.output = last->input;
  program.instructions.pop_back();
  program.activations.pop_back();
  return program;
}

inline std::vector<integer::Program> every_kind(std::uint64_t seed) {
  return {ds_cnn(seed), mlp(seed), resnet(seed), branches(seed), pads(seed), gates(seed)};
}

}  // namespace espalier::exporting::random_programs
