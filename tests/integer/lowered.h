// Networks with weights and encodings as a training leaves them, lowered, and what their integers mean.
#pragma once
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "catch.h"
#include "graph/naive_executor.h"
#include "graph/random_networks.h"
#include "integer/lowering.h"
#include "integer/twin.h"
#include "passes/fusion.h"
#include "passes/rewrite.h"

namespace espalier::lowered {

using graph::Network;
using integer::lower;
using integer::Program;
using naive::network_of;
using naive::Values;

/// The encoding of [low, high], widened to hold 0 and nudged so that 0 is exact.
inline graph::Encoding encoding_of(double low, double high) {
  low = std::min(low, 0.0), high = std::max(high, low + 1e-3);
  const auto scale = static_cast<float>((high - low) / 255);
  return {
      {scale}, {static_cast<std::int32_t>(std::clamp(std::round(-128 - low / scale), -128.0, 127.0))}, -128, 127, -1};
}

inline void quantize_weights(Network& network) {
  for (auto& [name, weight] : network.weights) {
    if (!ends_with(name, ".weight")) continue;
    const auto channels = static_cast<std::size_t>(weight.shape[0]);
    auto& encoding =
        network.encodings[name] = {std::vector<float>(channels), std::vector<std::int32_t>(channels), -127, 127, 0};
    auto values = weight.floats();
    const auto run = values.size() / channels;
    for (std::size_t c = 0; c < channels; ++c) {
      float largest = 1e-6f;
      for (std::size_t i = 0; i < run; ++i) largest = std::max(largest, std::abs(values[c * run + i]));
      encoding.scale[c] = largest / 127;
      for (std::size_t i = 0; i < run; ++i)
        values[c * run + i] = std::round(values[c * run + i] / encoding.scale[c]) * encoding.scale[c];
    }
  }
}

/// Folds, quantizes the weights and gives every layer's output the range that it had over eight inputs.
inline Network calibrated(const Network& trained) {
  auto network = passes::fold_batch_norm(passes::remove_dropout(trained).network).network;
  quantize_weights(network);
  const auto groups = passes::encoding_groups(network);
  std::map<std::string, std::pair<double, double>> ranges;
  for (std::uint64_t seed = 100; seed < 108; ++seed)
    for (const auto& [name, values] : naive::execute_all(network, naive::random_input(network, seed)))
      if (groups.count(name))
        for (const double value : values) {
          auto& [low, high] = ranges[groups.at(name)];
          low = std::min(low, value), high = std::max(high, value);
        }
  for (const auto& [name, group] : groups) {
    const auto& op = *network.node(group).op;
    network.encodings[name] = op.encoding == graph::EncodingTrait::fixed
                                  ? graph::Encoding{{op.fixed.scale}, {op.fixed.zero_point}}
                                  : encoding_of(ranges[group].first, ranges[group].second);
  }
  return network;
}

inline double code_of(double value, const graph::Encoding& e) {
  return std::clamp(std::round(value / e.scale[0]) + e.zero_point[0], -128.0, 127.0);
}

/// What the integers should mean: the naive execution, rounded to the encodings at every layer's output.
inline Values expected(const Network& network, const Values& input) {
  const auto groups = passes::encoding_groups(network);
  return naive::execute_all(network, input,
                            [&](const graph::Node& node, Values& values) {
                              if (!groups.count(node.name)) return;
                              const auto& e = network.encodings.at(node.name);
                              for (auto& value : values) value = (code_of(value, e) - e.zero_point[0]) * e.scale[0];
                            })
      .at(network.nodes.back().name);
}

/// {c, h, w} values as {h, w, c} codes.
inline std::vector<std::int8_t> input_codes(const Network& network, const Values& values) {
  const auto& shape = network.input_shape();
  const auto pixels = static_cast<std::size_t>(shape[1] * shape[2]), channels = static_cast<std::size_t>(shape[0]);
  std::vector<std::int8_t> codes(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    codes[i % pixels * channels + i / pixels] =
        static_cast<std::int8_t>(code_of(values[i], network.encodings.at("input")));
  return codes;
}

inline Values output_values(const Network& network, const Program& program, const std::vector<std::int8_t>& codes) {
  const auto& output = program.activations[static_cast<std::size_t>(program.output)];
  const auto& shape = network.output_shape();
  const auto channels = static_cast<std::size_t>(shape[0]), pixels = codes.size() / channels;
  Values values(codes.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = output.scale * (codes[i % pixels * channels + i / pixels] - output.zero_point);
  return values;
}

struct Deviation {
  double largest = 0, mean = 0;  ///< in steps of the output
};

inline Deviation deviation(const Network& network, const Program& program) {
  const integer::Twin twin(program, integer::Arithmetic::tflm, 1);
  Deviation all;
  constexpr int samples = 4;
  for (std::uint64_t seed = 0; seed < samples; ++seed) {
    const auto input = naive::random_input(network, 200 + seed);
    std::vector<std::int8_t> out(static_cast<std::size_t>(graph::elements(network.output_shape())));
    twin.run(input_codes(network, input), 1, out);
    const auto got = output_values(network, program, out), wanted = expected(network, input);
    const double step = program.activations[static_cast<std::size_t>(program.output)].scale;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double steps = std::abs(got[i] - wanted[i]) / step;
      all.largest = std::max(all.largest, steps);
      all.mean += steps / static_cast<double>(got.size()) / samples;
    }
  }
  return all;
}

inline void check_lowered(const Network& network, double most_steps) {
  const auto program = lower(network);
  const auto off = deviation(network, program);
  CHECK(off.largest <= most_steps + 0.01);
  CHECK(off.mean <= most_steps / 3);
}

inline Network random_of(const std::string& yaml, std::uint64_t seed = 1, graph::Shape input = {2, 9, 7}) {
  auto network = network_of(yaml, std::move(input));
  naive::randomize(network, seed);
  return calibrated(network);
}

template <class Kind>
int count(const Program& program) {
  int found = 0;
  for (const auto& instruction : program.instructions) found += std::holds_alternative<Kind>(instruction);
  return found;
}

inline std::string failure(const Network& network) {
  try {
    lower(network);
  } catch (const Error& e) {
    return e.problems().at(0).text;
  }
  return "lowered";
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace espalier::lowered
