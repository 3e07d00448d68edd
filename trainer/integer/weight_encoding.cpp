#include "integer/weight_encoding.h"

#include <algorithm>
#include <bit>
#include <set>

#include "base/text.h"
#include "device_runtime/encoded_s8.h"
#include "integer/kernel_arguments.h"

namespace espalier::integer {
namespace {

constexpr std::size_t most_shared = 16;
constexpr std::int64_t slower_saves = 16;  // part of the int8 bytes that a slower encoding must save
// Where runs save as much over a bitmap they are decoded faster, too (instructions a weight on Cortex-M4: 12.8 for a
// bitmap of int8, 15.8 for runs of 70 % zeros, 10.1 of 80 %, 5.5 of 90 %).
constexpr std::int64_t sparse_saves = 64;
constexpr std::int64_t decoders_bytes = 1024;  // of code, for Cortex-M at -O2: one decoder and encoded layers

/// Lowest bits first.
class BitWriter {
 public:
  void write(std::uint32_t code, std::int32_t bits) {
    waiting_ |= code << held_;
    for (held_ += bits; held_ >= 8; held_ -= 8, waiting_ >>= 8) bytes_.push_back(static_cast<std::uint8_t>(waiting_));
  }
  std::vector<std::uint8_t> finish() {
    if (held_ > 0) bytes_.push_back(static_cast<std::uint8_t>(waiting_));
    held_ = 0, waiting_ = 0;
    return std::move(bytes_);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint32_t waiting_ = 0;
  std::int32_t held_ = 0;
};

/// Of two's complement for every weight.
std::int32_t bits_of(std::span<const std::int8_t> weights) {
  std::int32_t bits = 1;
  for (const int weight : weights)
    while (weight < -(1 << (bits - 1)) || weight >= 1 << (bits - 1)) ++bits;
  return bits;
}

/// Calls `run(zeros, ends)` for each length of a stream of runs: `ends` where a weight follows it.
template <class Run>
void for_each_run(std::span<const std::int8_t> weights, std::int64_t most, Run run) {
  std::int64_t zeros = 0;
  for (const std::int8_t weight : weights) {
    if (weight != 0) {
      run(zeros, weight);
      zeros = 0;
    } else if (++zeros == most) {
      run(zeros, weight);
      zeros = 0;
    }
  }
  if (zeros > 0) run(zeros, std::int8_t{0});
}

/// The bits of a run's length that give the shortest stream.
std::int32_t best_run_bits(std::span<const std::int8_t> weights) {
  const auto size = [&](std::int32_t bits) {
    std::int64_t runs = 0;
    for_each_run(weights, (1 << bits) - 1, [&](std::int64_t, std::int8_t) { ++runs; });
    return runs * bits;
  };
  std::int32_t best = 1;
  for (std::int32_t bits = 2; bits <= 8; ++bits)
    if (size(bits) < size(best)) best = bits;
  return best;
}

enum class Zeros { coded, bitmap, runs };

WeightEncoding encoded(std::span<const std::int8_t> weights, Zeros zeros, bool shared) {
  const bool sparse = zeros != Zeros::coded;
  WeightEncoding encoding;
  encoding.plain = false;
  encoding.sparse = sparse;
  encoding.count = static_cast<std::int64_t>(weights.size());
  std::set<std::int8_t> values(weights.begin(), weights.end());
  if (sparse) values.erase(0);
  if (shared) {
    encoding.table.assign(values.begin(), values.end());
    encoding.bits = std::max(1, static_cast<std::int32_t>(std::bit_width(values.size() - 1)));
  } else {
    encoding.bits = bits_of(weights);
  }
  const auto code_of = [&](std::int8_t weight) {
    const auto place = std::lower_bound(encoding.table.begin(), encoding.table.end(), weight) - encoding.table.begin();
    const auto code = shared ? static_cast<std::uint32_t>(place) : static_cast<std::uint8_t>(weight);
    return code & ((1U << encoding.bits) - 1);
  };
  BitWriter flags, codes;
  if (zeros == Zeros::runs) {
    encoding.run_bits = best_run_bits(weights);
    for_each_run(weights, (1 << encoding.run_bits) - 1, [&](std::int64_t run, std::int8_t weight) {
      codes.write(static_cast<std::uint32_t>(run), encoding.run_bits);
      if (weight != 0) codes.write(code_of(weight), encoding.bits);
    });
  } else {
    for (const std::int8_t weight : weights) {
      if (sparse) flags.write(weight != 0 ? 1 : 0, 1);
      if (!sparse || weight != 0) codes.write(code_of(weight), encoding.bits);
    }
  }
  encoding.stream = flags.finish();
  const auto tail = codes.finish();
  encoding.stream.insert(encoding.stream.end(), tail.begin(), tail.end());
  return encoding;
}

/// Shared encodings of few enough values, packed ones of fewer than eight bits.
std::vector<WeightEncoding> candidates(std::span<const std::int8_t> weights) {
  std::set<std::int8_t> values(weights.begin(), weights.end());
  std::vector<WeightEncoding> all;
  for (const Zeros zeros : {Zeros::coded, Zeros::bitmap, Zeros::runs}) {
    if (zeros != Zeros::coded) values.erase(0);
    if (values.empty()) break;
    if (zeros != Zeros::coded || bits_of(weights) < 8) all.push_back(encoded(weights, zeros, false));
    if (values.size() <= most_shared) all.push_back(encoded(weights, zeros, true));
  }
  return all;
}

std::int64_t count_of(const Instruction& instruction) {
  return static_cast<std::int64_t>(stream_order(instruction).size());
}

const Activation& at(const Program& program, Id id) { return program.activations[static_cast<std::size_t>(id)]; }

std::int64_t scratch_bytes(const Program& program, const Instruction& instruction, const WeightEncoding& encoding) {
  if (encoding.plain) return integer::scratch_bytes(program, instruction);
  const espalier_shape input = shape_of(at(program, inputs_of(instruction).front())),
                       output = shape_of(at(program, output_of(instruction)));
  if (const auto* conv = std::get_if<Conv2d>(&instruction))
    return espalier_encoded_conv2d_s8_scratch(input, window_of(conv->window), output);
  if (const auto* conv = std::get_if<DepthwiseConv2d>(&instruction))
    return espalier_encoded_depthwise_conv2d_s8_scratch(window_of(conv->window), output);
  return espalier_encoded_fully_connected_s8_scratch(input.height * input.width * input.channels, output.channels);
}

}  // namespace

std::int64_t WeightEncoding::bytes() const {
  return plain ? count : static_cast<std::int64_t>(stream.size() + table.size());
}

std::string WeightEncoding::name() const {
  if (plain) return "int8";
  const std::string codes = table.empty() ? concat("int", bits) : concat("shared ", bits, bits == 1 ? " bit" : " bits");
  return run_bits > 0 ? "run-length " + codes : sparse ? "sparse " + codes : codes;
}

WeightEncoding encode(std::span<const std::int8_t> weights) {
  WeightEncoding best;
  best.count = static_cast<std::int64_t>(weights.size());
  for (auto& candidate : candidates(weights)) {
    const auto least_saved = best.count / (best.sparse ? sparse_saves : slower_saves);
    if (candidate.bytes() + least_saved < best.bytes()) best = std::move(candidate);
  }
  return best;
}

std::vector<std::int8_t> decode(const WeightEncoding& encoding) {
  std::vector<std::int8_t> weights(static_cast<std::size_t>(encoding.count));
  const espalier_encoded_weights view{encoding.run_bits > 0 ? espalier_decode_runs
                                      : encoding.sparse     ? espalier_decode_sparse
                                                            : espalier_decode_dense,
                                      encoding.stream.data(),
                                      encoding.table.empty() ? nullptr : encoding.table.data(),
                                      encoding.bits,
                                      static_cast<std::int32_t>(encoding.count),
                                      encoding.run_bits};
  espalier_weight_cursor cursor{};
  view.decode(&view, &cursor, view.count, weights.data());
  return weights;
}

std::vector<std::int8_t> stream_order(const Instruction& instruction) {
  if (const auto* conv = std::get_if<Conv2d>(&instruction)) return conv->weights;
  if (const auto* full = std::get_if<FullyConnected>(&instruction)) return full->weights;
  const auto* conv = std::get_if<DepthwiseConv2d>(&instruction);
  if (!conv) return {};
  constexpr std::size_t block = ESPALIER_ENCODED_DEPTHWISE_BLOCK;
  const std::size_t channels = conv->bias.size();
  std::vector<std::int8_t> all;
  for (std::size_t first = 0; first < channels; first += block)
    for (std::size_t tap = 0; tap < conv->weights.size() / channels; ++tap) {
      const auto* begin = conv->weights.data() + tap * channels + first;
      all.insert(all.end(), begin, begin + std::min(block, channels - first));
    }
  return all;
}

std::vector<WeightEncoding> weight_encodings(const Program& program) {
  std::vector<WeightEncoding> all;
  std::int64_t saved = 0;
  for (const Instruction& instruction : program.instructions) {
    all.push_back(encode(stream_order(instruction)));
    saved += all.back().count - all.back().bytes();
  }
  if (saved > decoders_bytes) return all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = {};
    all[i].count = count_of(program.instructions[i]);
  }
  return all;
}

ArenaPlan plan_arena(const Program& program, const std::vector<WeightEncoding>& encodings) {
  std::vector<std::int64_t> scratch;
  std::vector<bool> elsewhere;
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const auto* conv = std::get_if<Conv2d>(&program.instructions[i]);
    const bool pointwise = conv && conv->window.kernel_height == 1 && conv->window.kernel_width == 1;
    scratch.push_back(scratch_bytes(program, program.instructions[i], encodings[i]));
    elsewhere.push_back(conv && !pointwise && !encodings[i].plain);
  }
  return plan_arena(program, scratch, Sharing::windows, elsewhere);
}

}  // namespace espalier::integer
