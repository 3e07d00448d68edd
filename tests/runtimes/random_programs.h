// Random integer programs with scales that spread the outputs over int8's range, for proofs and benchmarks.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "integer/program.h"

namespace espalier::integer {

/// Adds instructions to a program one by one; each returns the Id of its output.
class ProgramMaker {
 public:
  explicit ProgramMaker(Random random, std::string name) : random_(random) { program_.name = std::move(name); }

  Id input(Shape shape);
  /// Of one of many magnitudes, as activations' scales are.
  Id input(Shape shape, double least_scale, double largest_scale);
  /// same: TFLite's SAME padding, else none. Encodings of the outputs are random.
  Id conv(Id input, std::int64_t channels, int kernel_height, int kernel_width, int stride_height, int stride_width,
          bool same, Clamp clamp);
  Id depthwise(Id input, int kernel_height, int kernel_width, int stride_height, int stride_width, bool same,
               Clamp clamp);
  Id fully_connected(Id input, std::int64_t outputs, bool per_channel, Clamp clamp);
  Id add(Id left, Id right, Clamp clamp);
  Id mul(Id left, Id right, Clamp clamp);
  Id pool(Id input, bool largest, int kernel_height, int kernel_width, int stride, bool same, Clamp clamp);
  Id mean(Id input, bool rescale);
  Id softmax(Id input, float beta);
  Id logistic(Id input);
  Id hard_swish(Id input);
  Id reshape(Id input, Shape shape);
  Id concatenate(const std::vector<Id>& inputs);
  Id pad(Id input, int top, int bottom, int left, int right, bool lowest = false);
  Id requantize(Id input);

  /// The program, its output set to `output`.
  Program finish(Id output);
  Random& random() { return random_; }
  const Activation& at(Id id) const { return program_.activations[static_cast<std::size_t>(id)]; }
  /// Another input of the encoding of `like`.
  Id alike(Id like, Shape shape);

 private:
  Id activation(Shape shape, float scale, std::int32_t zero_point);
  template <class Layer>
  void fill(Layer& layer, std::int64_t channels, std::int64_t run, std::size_t scales);
  float spread_scale(float input, const std::vector<float>& weights, std::int64_t run);
  Window window(Id input, int kernel_height, int kernel_width, int stride_height, int stride_width, bool same) const;

  Random random_;
  Program program_;
};

/// A program of one instruction (and what it needs) by the name of its operator, as name_of gives it. simple: without
/// fused clamps, with per-channel weights, as a QDQ graph writes it.
Program random_row(std::string_view operator_name, std::uint64_t index, bool simple);
/// A small network: convolutions, depthwise blocks, an Add branch, pooling, a classifier, softmax.
Program random_network(std::uint64_t index);
/// DS-CNN-S of Hello Edge (49x10x1, 64 channels, 4 blocks, 12 classes; 2.7 M MACs) with random weights.
Program random_ds_cnn_s();

}  // namespace espalier::integer
