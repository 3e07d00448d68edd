// What compression makes of a program's weights: half of them zero without structure, few values a tensor, few bits.
#pragma once
#include <functional>

#include "exporting/random_programs.h"

namespace espalier::exporting::compressed_programs {

/// Calls `change` with every tensor of weights.
inline integer::Program changed(integer::Program program,
                                const std::function<void(std::vector<std::int8_t>&, Random&)>& change) {
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    Random random(31, "compressed", i);
    std::visit(
        [&](auto& one) {
          if constexpr (requires { one.weights; }) change(one.weights, random);
        },
        program.instructions[i]);
  }
  return program;
}

inline integer::Program pruned(const integer::Program& program, double share) {
  return changed(program, [&](std::vector<std::int8_t>& weights, Random& random) {
    for (auto& weight : weights)
      if (random.uniform(0, 1) < share) weight = 0;
  });
}

/// `count` values in each tensor, evenly spread over [-127, 127].
inline integer::Program shared(const integer::Program& program, int count) {
  return changed(program, [&](std::vector<std::int8_t>& weights, Random& random) {
    for (auto& weight : weights)
      weight = static_cast<std::int8_t>(-127 + 254 * random.below(static_cast<std::uint32_t>(count)) /
                                                   static_cast<std::uint32_t>(count - 1));
  });
}

inline integer::Program narrow(const integer::Program& program, int bits) {
  return changed(program, [&](std::vector<std::int8_t>& weights, Random& random) {
    const auto values = static_cast<std::uint32_t>((1 << bits) - 1);
    for (auto& weight : weights)
      weight = static_cast<std::int8_t>(static_cast<int>(random.below(values)) - (1 << (bits - 1)) + 1);
  });
}

/// DS-CNN-S of "Hello Edge" (arXiv 1711.07128): 22,016 weights.
inline integer::Program ds_cnn_s(std::uint64_t seed) {
  random_programs::Builder net(seed, "ds_cnn_s");
  auto x = net.input({49, 10, 1});
  x = net.conv(x, 64, 10, 4, 2, random_programs::Margin::same, integer::Clamp::relu);
  for (int block = 0; block < 4; ++block) {
    x = net.depthwise(x, 3, 1, random_programs::Margin::same, integer::Clamp::relu);
    x = net.conv(x, 64, 1, 1, 1, random_programs::Margin::none, integer::Clamp::relu);
  }
  net.dense(net.mean(x, true), 12, true, integer::Clamp::none);
  return net.program;
}

inline std::int64_t weights_of(const integer::Program& program) {
  std::int64_t count = 0;
  changed(program,
          [&](std::vector<std::int8_t>& weights, Random&) { count += static_cast<std::int64_t>(weights.size()); });
  return count;
}

}  // namespace espalier::exporting::compressed_programs
