// make_layers <file>: random layers and the bytes that the kernels give on the host, for kernel_harness.c. The first
// two are those whose instructions are budgeted: 3x3 depthwise on 16x16x16, 1x1 convolution from 16 to 32 channels on
// 16x16.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"
#include "layer_file.h"

namespace {

using espalier::Random;

std::int32_t between(Random& random, int low, int high) {
  return low + static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(high - low + 1)));
}

std::vector<std::int8_t> bytes(Random& random, std::int32_t count, int least) {
  std::vector<std::int8_t> all(static_cast<std::size_t>(count));
  for (auto& byte : all) byte = static_cast<std::int8_t>(between(random, least, 127));
  return all;
}

struct Layer {
  layer_head head{};
  std::vector<std::int8_t> weights, shifts, input, output;
  std::vector<std::int32_t> bias, multipliers;
};

/// Most layers are of the kind that networks have; some have what the fast paths leave to the slow ones: shifts to the
/// left, far to the right or none, and accumulators near the ends of int32.
void add_numbers(Layer& layer, Random& random) {
  layer_head& head = layer.head;
  const std::int32_t run = head.weights / head.output.channels, odd = between(random, 0, 9);
  layer.weights = bytes(random, head.weights, -127);
  layer.input = bytes(random, elements_of(head.input), -128);
  int bits = 0;
  while ((1 << bits) < run * 64) ++bits;
  for (std::int32_t c = 0; c < head.output.channels; ++c) {
    layer.bias.push_back(odd == 0 ? (1 << 30) - between(random, 0, 1 << 20) : between(random, -9000, 9000));
    layer.multipliers.push_back((1 << 30) + between(random, 0, (1 << 30) - 1));
    const std::int32_t usual = -between(random, bits, bits + 3);
    layer.shifts.push_back(static_cast<std::int8_t>(odd == 1 ? between(random, -2, 2) : odd == 2 ? -24 : usual));
  }
  head.input_zero_point = odd == 3 ? -128 : odd == 4 ? 127 : between(random, -128, 127);
  head.output_zero_point = between(random, -128, 127);
  head.low = odd < 5 ? -128 : std::max(-128, head.output_zero_point);
  head.high = odd == 6 ? std::min(127, head.output_zero_point + 90) : 127;
  layer.output.resize(static_cast<std::size_t>(elements_of(head.output)));
}

Layer layer_of(std::int32_t kind, espalier_shape input, espalier_window window, std::int32_t channels) {
  Layer layer;
  layer_head& head = layer.head;
  head.kind = kind;
  head.input = input;
  head.window = window;
  // The last window still starts inside; what hangs over is padding.
  head.output = {1 + (input.height - 1 + window.pad_top) / window.stride_height,
                 1 + (input.width - 1 + window.pad_left) / window.stride_width,
                 kind == LAYER_DEPTHWISE ? input.channels : channels};
  head.weights = window.kernel_height * window.kernel_width * input.channels * (kind == LAYER_DEPTHWISE ? 1 : channels);
  if (kind == LAYER_FULLY_CONNECTED) {
    head.output = {1, 1, channels};
    head.weights = elements_of(input) * channels;
  }
  return layer;
}

Layer random_layer(Random& random) {
  const std::int32_t kind = between(random, 0, 2), form = between(random, 0, 5);
  const espalier_shape input = {between(random, 1, 9), between(random, 1, 9), between(random, 1, 40)};
  espalier_window window = {
      between(random, 1, 5), between(random, 1, 6), between(random, 1, 3), between(random, 1, 3), 0, 0};
  if (form == 0) window = {1, 1, between(random, 1, 2), between(random, 1, 2), 0, 0};
  if (form == 1 || form == 2) window = {3, 3, between(random, 1, 2), 1, 0, 0};
  window.pad_top = between(random, 0, window.kernel_height - 1);
  window.pad_left = between(random, 0, window.kernel_width - 1);
  const bool full = kind == LAYER_FULLY_CONNECTED;
  Layer layer = layer_of(kind, full ? espalier_shape{1, 1, between(random, 1, 300)} : input, window,
                         between(random, 1, full ? 40 : 24));
  const bool keeps_shape = kind == LAYER_CONVOLUTION && form == 3;
  if (keeps_shape) {
    window.stride_height = window.stride_width = 1;
    layer = layer_of(kind, input, window, input.channels);
    layer.head.output = input;
  }
  add_numbers(layer, random);
  const bool pointwise = window.kernel_height == 1 && window.kernel_width == 1;
  const bool can = kind == LAYER_DEPTHWISE || (kind == LAYER_CONVOLUTION && pointwise);
  layer.head.in_place =
      keeps_shape || (can && layer.head.output.width <= input.width && layer.head.output.channels <= input.channels &&
                      elements_of(layer.head.output) <= elements_of(input));
  return layer;
}

Layer budgeted(bool depthwise) {
  Random random(31, "budgeted", depthwise ? 0 : 1);
  const espalier_window window = depthwise ? espalier_window{3, 3, 1, 1, 1, 1} : espalier_window{1, 1, 1, 1, 0, 0};
  Layer layer = layer_of(depthwise ? LAYER_DEPTHWISE : LAYER_CONVOLUTION, {16, 16, 16}, window, 32);
  layer.weights = bytes(random, layer.head.weights, -127);
  layer.input = bytes(random, elements_of(layer.head.input), -128);
  for (std::int32_t c = 0; c < layer.head.output.channels; ++c) {
    layer.bias.push_back(between(random, -3000, 3000));
    layer.multipliers.push_back((1 << 30) + between(random, 0, (1 << 30) - 1));
    layer.shifts.push_back(static_cast<std::int8_t>(-between(random, 9, 11)));
  }
  // As in a network: a ReLU, whose range begins at the lowest code.
  layer.head.input_zero_point = -3, layer.head.output_zero_point = -128, layer.head.low = -128, layer.head.high = 127;
  layer.output.resize(static_cast<std::size_t>(elements_of(layer.head.output)));
  return layer;
}

std::int32_t scratch_of(const layer_head& head) {
  if (head.kind == LAYER_CONVOLUTION)
    return espalier_conv2d_s8_scratch(head.input, head.window) +
           (head.in_place ? espalier_conv2d_s8_in_place_scratch(head.input, head.window) : 0);
  return head.kind == LAYER_DEPTHWISE ? espalier_depthwise_conv2d_s8_scratch(head.window, head.output) : 0;
}

template <class Value>
void put(std::ofstream& file, const std::vector<Value>& values) {
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(Value)));
}

void write(std::ofstream& file, Layer& layer) {
  const layer_head& head = layer.head;
  const std::int32_t scratch = scratch_of(head);
  if (head.weights > MOST_WEIGHTS || std::max(elements_of(head.input), elements_of(head.output)) > MOST_ELEMENTS ||
      head.output.channels > MOST_CHANNELS || scratch > MOST_SCRATCH)
    throw std::runtime_error("a layer is larger than layer_file.h allows");
  std::vector<std::uint32_t> work(static_cast<std::size_t>(scratch / 4 + 1));
  const espalier_rescale rescale{
      layer.multipliers.data(), layer.shifts.data(), nullptr, head.output_zero_point, head.low, head.high};
  if (run_layer(&head, layer.weights.data(), layer.bias.data(), &rescale, layer.input.data(), layer.output.data(),
                work.data()) != ESPALIER_OK)
    throw std::runtime_error("a kernel refused a layer");
  file.write(reinterpret_cast<const char*>(&head), sizeof head);
  put(file, layer.weights);
  put(file, layer.bias);
  put(file, layer.multipliers);
  put(file, layer.shifts);
  put(file, layer.input);
  put(file, layer.output);
}

}  // namespace

int main(int count, char** arguments) {
  constexpr std::uint64_t layers = 200;
  try {
    if (count != 2) throw std::runtime_error("usage: make_layers <file>");
    std::ofstream file(arguments[1], std::ios::binary);
    for (const bool depthwise : {true, false}) {
      Layer layer = budgeted(depthwise);
      write(file, layer);
    }
    for (std::uint64_t i = 0; i < layers; ++i) {
      Random random(32, "layers", i);
      Layer layer = random_layer(random);
      write(file, layer);
    }
    file.flush();
    if (!file) throw std::runtime_error(std::string(arguments[1]) + " cannot be written");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_layers: %s\n", error.what());
    return 1;
  }
}
