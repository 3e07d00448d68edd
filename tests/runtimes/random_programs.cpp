#include "tests/runtimes/random_programs.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace espalier::integer {
namespace {

std::int64_t outputs_of(std::int64_t size, int kernel, int stride, bool same) {
  return same ? (size + stride - 1) / stride : (size - kernel) / stride + 1;
}

float log_uniform(Random& random, double low, double high) {
  return static_cast<float>(std::exp(random.uniform(std::log(low), std::log(high))));
}

int between(Random& random, int low, int high) {
  return low + static_cast<int>(random.below(static_cast<std::uint32_t>(high - low + 1)));
}

Clamp any_clamp(Random& random, bool simple) { return simple ? Clamp::none : static_cast<Clamp>(random.below(3)); }

}  // namespace

Id ProgramMaker::activation(Shape shape, float scale, std::int32_t zero_point) {
  const auto id = static_cast<Id>(program_.activations.size());
  program_.activations.push_back({"a" + std::to_string(id), std::move(shape), scale, zero_point});
  return id;
}

Id ProgramMaker::input(Shape shape) {
  return program_.input = activation(std::move(shape), log_uniform(random_, 0.005, 0.2), between(random_, -128, 127));
}

Id ProgramMaker::input(Shape shape, double least_scale, double largest_scale) {
  return program_.input = activation(std::move(shape), log_uniform(random_, least_scale, largest_scale),
                                     between(random_, -128, 127));
}

Id ProgramMaker::alike(Id like, Shape shape) {
  return activation(std::move(shape), at(like).scale, at(like).zero_point);
}

template <class Layer>
void ProgramMaker::fill(Layer& layer, std::int64_t channels, std::int64_t run, std::size_t scales) {
  const float base = log_uniform(random_, 0.001, 0.02);
  for (std::size_t i = 0; i < scales; ++i) layer.weight_scale.push_back(base * log_uniform(random_, 0.3, 3));
  for (std::int64_t i = 0; i < channels * run; ++i)
    layer.weights.push_back(static_cast<std::int8_t>(between(random_, -127, 127)));
  const int reach = 40 * static_cast<int>(std::sqrt(static_cast<double>(run)) * 74);
  for (std::int64_t i = 0; i < channels; ++i) layer.bias.push_back(between(random_, -reach, reach));
}

float ProgramMaker::spread_scale(float input, const std::vector<float>& weights, std::int64_t run) {
  float mean = 0;
  for (const float weight : weights) mean += weight / static_cast<float>(weights.size());
  const double deviation = std::sqrt(static_cast<double>(run)) * 90 * 74;
  return static_cast<float>(input * mean * deviation / random_.uniform(25, 90));
}

Window ProgramMaker::window(Id input, int kernel_height, int kernel_width, int stride_height, int stride_width,
                            bool same) const {
  Window w{kernel_height, kernel_width, stride_height, stride_width};
  if (!same) return w;
  const auto total = [&](std::size_t axis, int kernel, int stride) {
    const std::int64_t size = at(input).shape[axis];
    return static_cast<std::int32_t>(
        std::max<std::int64_t>((outputs_of(size, kernel, stride, true) - 1) * stride + kernel - size, 0));
  };
  const std::int32_t rows = total(0, kernel_height, stride_height), columns = total(1, kernel_width, stride_width);
  w.pad_top = rows / 2;
  w.pad_bottom = rows - rows / 2;
  w.pad_left = columns / 2;
  w.pad_right = columns - columns / 2;
  return w;
}

Id ProgramMaker::conv(Id input, std::int64_t channels, int kernel_height, int kernel_width, int stride_height,
                      int stride_width, bool same, Clamp clamp) {
  Conv2d layer;
  const Shape in = at(input).shape;
  const std::int64_t run = in[2] * kernel_height * kernel_width;
  fill(layer, channels, run, static_cast<std::size_t>(channels));
  layer.input = input;
  layer.window = window(input, kernel_height, kernel_width, stride_height, stride_width, same);
  layer.clamp = clamp;
  layer.output = activation({outputs_of(in[0], kernel_height, stride_height, same),
                             outputs_of(in[1], kernel_width, stride_width, same), channels},
                            spread_scale(at(input).scale, layer.weight_scale, run), between(random_, -60, 60));
  const Id output = layer.output;
  program_.instructions.push_back(std::move(layer));
  return output;
}

Id ProgramMaker::depthwise(Id input, int kernel_height, int kernel_width, int stride_height, int stride_width,
                           bool same, Clamp clamp) {
  DepthwiseConv2d layer;
  const Shape in = at(input).shape;
  const std::int64_t run = std::int64_t{kernel_height} * kernel_width;
  fill(layer, in[2], run, static_cast<std::size_t>(in[2]));
  layer.input = input;
  layer.window = window(input, kernel_height, kernel_width, stride_height, stride_width, same);
  layer.clamp = clamp;
  layer.output = activation({outputs_of(in[0], kernel_height, stride_height, same),
                             outputs_of(in[1], kernel_width, stride_width, same), in[2]},
                            spread_scale(at(input).scale, layer.weight_scale, run), between(random_, -60, 60));
  const Id output = layer.output;
  program_.instructions.push_back(std::move(layer));
  return output;
}

Id ProgramMaker::fully_connected(Id input, std::int64_t outputs, bool per_channel, Clamp clamp) {
  FullyConnected layer;
  const std::int64_t run = elements(at(input).shape);
  fill(layer, outputs, run, per_channel ? static_cast<std::size_t>(outputs) : 1);
  layer.input = input;
  layer.clamp = clamp;
  layer.output =
      activation({outputs}, spread_scale(at(input).scale, layer.weight_scale, run), between(random_, -60, 60));
  const Id output = layer.output;
  program_.instructions.push_back(std::move(layer));
  return output;
}

Id ProgramMaker::add(Id left, Id right, Clamp clamp) {
  const float scale = std::max(at(left).scale, at(right).scale) * static_cast<float>(random_.uniform(0.7, 2.5));
  const Id output = activation(at(left).shape, scale, between(random_, -100, 100));
  program_.instructions.push_back(Add{left, right, output, clamp});
  return output;
}

Id ProgramMaker::mul(Id left, Id right, Clamp clamp) {
  const float scale = at(left).scale * at(right).scale * static_cast<float>(random_.uniform(20, 150));
  const Id output = activation(at(left).shape, scale, between(random_, -100, 100));
  program_.instructions.push_back(Mul{left, right, output, clamp});
  return output;
}

Id ProgramMaker::pool(Id input, bool largest, int kernel_height, int kernel_width, int stride, bool same, Clamp clamp) {
  const Shape in = at(input).shape;
  const Window w = window(input, kernel_height, kernel_width, stride, stride, same);
  const Id output = alike(
      input, {outputs_of(in[0], kernel_height, stride, same), outputs_of(in[1], kernel_width, stride, same), in[2]});
  if (largest)
    program_.instructions.push_back(MaxPool2d{input, output, w, clamp});
  else
    program_.instructions.push_back(AveragePool2d{input, output, w, clamp});
  return output;
}

Id ProgramMaker::mean(Id input, bool rescale) {
  const Shape shape{at(input).shape[2]};
  const float pixels = static_cast<float>(at(input).shape[0] * at(input).shape[1]);
  const Id output =
      rescale ? activation(shape, at(input).scale * static_cast<float>(random_.uniform(1, 3) / std::pow(pixels, 0.25)),
                           between(random_, -40, 40))
              : alike(input, shape);
  program_.instructions.push_back(Mean{input, output});
  return output;
}

Id ProgramMaker::softmax(Id input, float beta) {
  const Id output = activation(at(input).shape, 1.0f / 256, -128);
  program_.instructions.push_back(Softmax{input, output, beta});
  return output;
}

Id ProgramMaker::logistic(Id input) {
  const Id output = activation(at(input).shape, 1.0f / 256, -128);
  program_.instructions.push_back(Logistic{input, output});
  return output;
}

Id ProgramMaker::hard_swish(Id input) {
  const Id output =
      activation(at(input).shape, at(input).scale * log_uniform(random_, 0.3, 4), between(random_, -128, 100));
  program_.instructions.push_back(HardSwish{input, output});
  return output;
}

Id ProgramMaker::reshape(Id input, Shape shape) {
  const Id output = alike(input, std::move(shape));
  program_.instructions.push_back(Reshape{input, output});
  return output;
}

Id ProgramMaker::concatenate(const std::vector<Id>& inputs) {
  Shape shape = at(inputs[0]).shape;
  shape.back() = 0;
  for (const Id id : inputs) shape.back() += at(id).shape.back();
  const Id output = alike(inputs[0], shape);
  program_.instructions.push_back(Concatenate{inputs, output});
  return output;
}

Id ProgramMaker::pad(Id input, int top, int bottom, int left, int right, bool lowest) {
  const Shape in = at(input).shape;
  const Id output = alike(input, {in[0] + top + bottom, in[1] + left + right, in[2]});
  program_.instructions.push_back(Pad{input, output, top, bottom, left, right, lowest});
  return output;
}

Id ProgramMaker::requantize(Id input) {
  const Id output =
      activation(at(input).shape, at(input).scale * log_uniform(random_, 0.4, 3), between(random_, -100, 100));
  program_.instructions.push_back(Requantize{input, output});
  return output;
}

Program ProgramMaker::finish(Id output) {
  program_.output = output;
  return program_;
}

Program random_row(std::string_view name, std::uint64_t index, bool simple) {
  ProgramMaker make(Random(3, name, index), std::string(name) + " " + std::to_string(index));
  Random& random = make.random();
  const int height = between(random, 3, 13), width = between(random, 3, 13), channels = between(random, 1, 40);
  const int kernel_height = between(random, 1, 3), kernel_width = between(random, 1, 3), stride = between(random, 1, 2);
  const int other_stride = simple ? stride : between(random, 1, 2);
  const bool same = random.below(2) == 0;
  const Clamp clamp = any_clamp(random, simple);
  const Shape image{height, width, channels};
  if (name == "CONV_2D") {
    const Id input = make.input(image);
    return make.finish(
        make.conv(input, between(random, 1, 40), kernel_height, kernel_width, stride, other_stride, same, clamp));
  }
  if (name == "DEPTHWISE_CONV_2D") {
    const Id input = make.input(image);
    return make.finish(make.depthwise(input, kernel_height, kernel_width, stride, stride, same, clamp));
  }
  if (name == "FULLY_CONNECTED") {
    const Id input = make.input({between(random, 1, 300)});
    return make.finish(make.fully_connected(input, between(random, 2, 60), simple || index % 2 == 0, clamp));
  }
  if (name == "ADD") {  // of two different rescalings of one input, so that the program keeps one input
    const Id input = make.input(image);
    const Id left = make.depthwise(input, 1, 1, 1, 1, false, Clamp::none);
    return make.finish(make.add(left, index % 3 == 0 ? left : input, clamp));
  }
  if (name == "MUL") {  // squares, products of two images, and gates
    const Id input = make.input(image);
    const Id other = index % 4 == 0 ? input : make.depthwise(input, 1, 1, 1, 1, false, Clamp::none);
    Id gate = index % 4 < 2 ? other : make.mean(other, true);
    if (index % 4 == 3) gate = make.reshape(gate, {1, 1, channels});
    return make.finish(make.mul(input, gate, clamp));
  }
  if (name == "AVERAGE_POOL_2D" || name == "MAX_POOL_2D") {
    const Id input = make.input(image);
    return make.finish(make.pool(input, name == "MAX_POOL_2D", kernel_height, kernel_width, stride, same, clamp));
  }
  if (name == "MEAN") {
    const Id input = make.input(image);
    return make.finish(make.mean(input, index % 4 != 0));
  }
  if (name == "SOFTMAX") {
    const Id input = make.input({between(random, 2, 60)});
    return make.finish(make.softmax(input, index % 3 == 0 ? 1.0f : static_cast<float>(random.uniform(0.3, 3))));
  }
  if (name == "LOGISTIC") return make.finish(make.logistic(make.input(image, 0.0002, 1)));
  if (name == "HARD_SWISH") return make.finish(make.hard_swish(make.input(image, 0.001, 2)));
  if (name == "RESHAPE") {
    const Id input = make.input(image);
    return make.finish(make.reshape(input, {elements(image)}));
  }
  if (name == "CONCATENATION") {
    const Id input = make.input(image);
    const Id pooled = make.pool(input, true, 1, 1, 1, false, simple ? Clamp::none : Clamp::relu);
    return make.finish(make.concatenate({input, pooled, input}));
  }
  if (name == "PAD" || name == "PADV2") {
    const Id input = make.input(image);
    return make.finish(make.pad(input, between(random, 0, 2), between(random, 0, 2), between(random, 0, 3),
                                between(random, 0, 3), name == "PADV2"));
  }
  if (name == "QUANTIZE") {
    const Id input = make.input(image);
    return make.finish(make.requantize(input));
  }
  fail("no operator is called '" + std::string(name) + "'");
}

Program random_network(std::uint64_t index) {
  ProgramMaker make(Random(4, "network", index), "network " + std::to_string(index));
  Random& random = make.random();
  const int channels = between(random, 4, 24);
  Id at = make.input({between(random, 12, 25), between(random, 8, 12), between(random, 1, 3)});
  at = make.conv(at, channels, between(random, 3, 7), between(random, 2, 4), 2, between(random, 1, 2), true,
                 Clamp::relu);
  for (int block = between(random, 1, 3); block > 0; --block) {
    const Id before = at;
    at = make.depthwise(at, 3, 3, 1, 1, true, Clamp::relu);
    at = make.conv(at, channels, 1, 1, 1, 1, false, block % 2 ? Clamp::none : Clamp::relu6);
    if (block % 2) at = make.add(before, at, Clamp::relu);
  }
  if (random.below(2)) {
    at = make.mean(at, random.below(2) == 0);
  } else {
    at = make.pool(at, false, 2, 2, 2, true, Clamp::none);
    at = make.reshape(at, {elements(make.at(at).shape)});
  }
  at = make.fully_connected(at, between(random, 3, 12), random.below(2) == 0, Clamp::none);
  return make.finish(random.below(2) ? make.softmax(at, 1) : at);
}

Program random_ds_cnn_s() {
  ProgramMaker make(Random(5, "ds_cnn_s"), "ds_cnn_s");
  Id at = make.conv(make.input({49, 10, 1}), 64, 10, 4, 2, 2, true, Clamp::relu);
  for (int block = 0; block < 4; ++block) {
    at = make.depthwise(at, 3, 3, 1, 1, true, Clamp::relu);
    at = make.conv(at, 64, 1, 1, 1, 1, false, Clamp::relu);
  }
  at = make.mean(at, false);
  at = make.fully_connected(at, 12, false, Clamp::none);
  return make.finish(make.softmax(at, 1));
}

}  // namespace espalier::integer
