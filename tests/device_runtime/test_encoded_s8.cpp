// Layers with encoded weights against the same layers with int8 ones, over random shapes, by every decoder.
#include "device_runtime/encoded_s8.h"

#include <algorithm>
#include <vector>

#include "base/random.h"
#include "catch.h"
#include "device_runtime/layer_parts_s8.h"

namespace {

using Bytes = std::vector<std::int8_t>;

std::int32_t between(espalier::Random& random, int low, int high) {
  return low + static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(high - low + 1)));
}

enum class Zeros { coded, bitmap, runs };

struct Form {
  Zeros zeros;
  bool shared;
  std::int32_t bits, run_bits, percent;  ///< percent: of the weights that are not zero
};
Form form_of(espalier::Random& random) {
  const bool shared = random.below(2) == 0;
  return {static_cast<Zeros>(random.below(3)), shared, between(random, 1, shared ? 4 : 8), between(random, 1, 8),
          between(random, 0, 100)};
}

/// Weights and their stream, written here bit by bit and independently of the exporter.
struct Encoded {
  Bytes weights, table;
  std::vector<std::uint8_t> bytes;
  espalier_encoded_weights view{};

  Encoded(espalier::Random& random, std::int32_t count, const Form& form) {
    const auto bits = form.bits;
    for (int i = 0; form.shared && i < 1 << bits; ++i)
      table.push_back(static_cast<std::int8_t>(between(random, -127, 127)));
    std::vector<bool> flags, codes;
    std::int32_t zeros = 0;
    for (std::int32_t i = 0; i < count; ++i) {
      const bool present = form.zeros == Zeros::coded || between(random, 0, 99) < form.percent;
      flags.push_back(present);
      const int code = form.shared ? between(random, 0, (1 << bits) - 1)
                                   : between(random, -(1 << (bits - 1)) + (bits == 8), (1 << (bits - 1)) - 1);
      weights.push_back(static_cast<std::int8_t>(!present      ? 0
                                                 : form.shared ? table[static_cast<std::size_t>(code)]
                                                               : static_cast<std::int8_t>(code)));
      if (form.zeros == Zeros::runs && !present && ++zeros < (1 << form.run_bits) - 1) continue;
      if (form.zeros == Zeros::runs) put(codes, static_cast<unsigned>(zeros), form.run_bits), zeros = 0;
      if (present) put(codes, static_cast<unsigned>(code), bits);
    }
    if (zeros > 0) put(codes, static_cast<unsigned>(zeros), form.run_bits);
    if (form.zeros == Zeros::bitmap) append(flags);
    append(codes);
    bytes.shrink_to_fit();  // whatever is read behind the end is found by the sanitizers
    const auto decoder = form.zeros == Zeros::runs     ? espalier_decode_runs
                         : form.zeros == Zeros::bitmap ? espalier_decode_sparse
                                                       : espalier_decode_dense;
    view = {decoder, bytes.data(), form.shared ? table.data() : nullptr, bits, count, form.run_bits};
  }
  Encoded(const Encoded&) = delete;
  Encoded& operator=(const Encoded&) = delete;

 private:
  static void put(std::vector<bool>& to, unsigned number, std::int32_t bits) {
    for (int bit = 0; bit < bits; ++bit) to.push_back((number >> bit & 1U) != 0);
  }
  void append(const std::vector<bool>& bits) {
    const auto start = bytes.size();
    bytes.resize(start + (bits.size() + 7) / 8);
    for (std::size_t i = 0; i < bits.size(); ++i)
      if (bits[i]) bytes[start + i / 8] = static_cast<std::uint8_t>(bytes[start + i / 8] | 1U << i % 8);
  }
};

struct Layer {
  espalier_shape in, out;
  espalier_window window;
  std::int32_t zero;
  Bytes input;
  std::vector<std::int32_t> bias, multipliers;
  Bytes shifts;
  espalier_rescale rescale{};

  Layer(espalier::Random& random, bool depthwise, bool pointwise) {
    in = {between(random, 1, 7), between(random, 1, 7), between(random, 1, 40)};
    window = {1, 1, 1, 1, 0, 0};
    if (!pointwise) {
      window = {between(random, 1, 4), between(random, 1, 4), between(random, 1, 2), between(random, 1, 2), 0, 0};
      window.pad_top = between(random, 0, window.kernel_height - 1);
      window.pad_left = between(random, 0, window.kernel_width - 1);
    }
    out = {1 + (in.height - 1 + window.pad_top) / window.stride_height,
           1 + (in.width - 1 + window.pad_left) / window.stride_width,
           depthwise ? in.channels : between(random, 1, 45)};
    zero = between(random, -128, 127);
    input.resize(static_cast<std::size_t>(in.height * in.width * in.channels));
    for (auto& q : input) q = static_cast<std::int8_t>(random.bits());
    for (int c = 0; c < out.channels; ++c) {
      bias.push_back(between(random, -5000, 5000));
      multipliers.push_back((1 << 30) + between(random, 0, (1 << 30) - 1));
      shifts.push_back(static_cast<std::int8_t>(between(random, -12, -6)));
    }
    rescale = {multipliers.data(), shifts.data(), nullptr, between(random, -50, 50), -100, 110};
  }
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  /// As many outputs as inputs, over more pixels: what can be computed in place.
  void make_square(espalier::Random& random) {
    in = {between(random, 1, 9), between(random, 1, 9), std::min(in.channels, out.channels)};
    out = in;
    input.resize(static_cast<std::size_t>(in.height * in.width * in.channels));
    for (auto& q : input) q = static_cast<std::int8_t>(random.bits());
  }
  std::size_t outputs() const { return static_cast<std::size_t>(out.height * out.width * out.channels); }
};

/// Scratch memory with a fence behind it.
struct Scratch {
  explicit Scratch(std::int32_t bytes) : words(static_cast<std::size_t>(bytes + 3) / 4 + 1, 0x5A5A5A5A) {}
  bool whole() const { return words.back() == 0x5A5A5A5A; }
  std::vector<std::uint32_t> words;
};

}  // namespace

TEST_CASE("streams decode to their weights, whatever the pieces") {
  for (std::uint64_t index = 0; index < 300; ++index) {
    espalier::Random random(41, "stream", index);
    const Form form = form_of(random);
    const Encoded encoded(random, between(random, 1, 200), form);
    Bytes found(encoded.weights.size());
    espalier_weight_cursor cursor{};
    for (std::int32_t at = 0; at < encoded.view.count;) {
      const std::int32_t piece = std::min(between(random, 1, 40), encoded.view.count - at);
      encoded.view.decode(&encoded.view, &cursor, piece, found.data() + at);
      at += piece;
    }
    REQUIRE(found == encoded.weights);
  }
}

TEST_CASE("convolutions with encoded weights give the bytes of those with int8 weights") {
  for (std::uint64_t index = 0; index < 150; ++index) {
    espalier::Random random(42, "conv", index);
    Layer l(random, false, index % 2 == 0);
    if (index % 4 == 0) l.make_square(random);
    const Form form = form_of(random);
    const std::int32_t run = l.window.kernel_height * l.window.kernel_width * l.in.channels;
    const Encoded weights(random, run * l.out.channels, form);
    Bytes expected(l.outputs()), found(l.outputs());
    Scratch plain(espalier_conv2d_s8_scratch(l.in, l.window));
    Scratch scratch(espalier_encoded_conv2d_s8_scratch(l.in, l.window, l.out));
    REQUIRE(espalier_conv2d_s8(l.input.data(), l.in, l.zero, weights.weights.data(), l.bias.data(), l.window,
                               &l.rescale, expected.data(), l.out, plain.words.data()) == ESPALIER_OK);
    REQUIRE(espalier_encoded_conv2d_s8(l.input.data(), l.in, l.zero, &weights.view, l.bias.data(), l.window, &l.rescale,
                                       found.data(), l.out, scratch.words.data()) == ESPALIER_OK);
    REQUIRE(found == expected);
    REQUIRE(scratch.whole());
    if (index % 4 != 0) continue;
    Bytes over = l.input;
    REQUIRE(espalier_encoded_conv2d_s8(over.data(), l.in, l.zero, &weights.view, l.bias.data(), l.window, &l.rescale,
                                       over.data(), l.out, scratch.words.data()) == ESPALIER_OK);
    REQUIRE(over == expected);
    REQUIRE(scratch.whole());
  }
}

TEST_CASE("depthwise convolutions with encoded weights do too, over their input where that is allowed") {
  for (std::uint64_t index = 0; index < 150; ++index) {
    espalier::Random random(43, "depthwise", index);
    const Layer l(random, true, false);
    const Form form = form_of(random);
    const std::int32_t taps = l.window.kernel_height * l.window.kernel_width, channels = l.out.channels;
    const Encoded weights(random, taps * channels, form);
    Bytes plain_order(weights.weights.size());  // [taps][channels] of [blocks][taps][16]
    std::size_t at = 0;
    for (std::int32_t first = 0; first < channels; first += ESPALIER_ENCODED_DEPTHWISE_BLOCK)
      for (std::int32_t tap = 0; tap < taps; ++tap)
        for (std::int32_t c = first; c < std::min(channels, first + ESPALIER_ENCODED_DEPTHWISE_BLOCK); ++c)
          plain_order[static_cast<std::size_t>(tap * channels + c)] = weights.weights[at++];
    Bytes expected(l.outputs()), found(l.outputs());
    Scratch plain(espalier_depthwise_conv2d_s8_scratch(l.window, l.out));
    Scratch scratch(espalier_encoded_depthwise_conv2d_s8_scratch(l.window, l.out));
    REQUIRE(espalier_depthwise_conv2d_s8(l.input.data(), l.in, l.zero, plain_order.data(), l.bias.data(), l.window,
                                         &l.rescale, expected.data(), l.out, plain.words.data()) == ESPALIER_OK);
    REQUIRE(espalier_encoded_depthwise_conv2d_s8(l.input.data(), l.in, l.zero, &weights.view, l.bias.data(), l.window,
                                                 &l.rescale, found.data(), l.out, scratch.words.data()) == ESPALIER_OK);
    REQUIRE(found == expected);
    REQUIRE(scratch.whole());
    if (l.in.height != l.out.height || l.in.width != l.out.width) continue;
    Bytes over = l.input;
    REQUIRE(espalier_encoded_depthwise_conv2d_s8(over.data(), l.in, l.zero, &weights.view, l.bias.data(), l.window,
                                                 &l.rescale, over.data(), l.out, scratch.words.data()) == ESPALIER_OK);
    REQUIRE(over == expected);
  }
}

TEST_CASE("fully connected layers with encoded weights do too") {
  for (std::uint64_t index = 0; index < 150; ++index) {
    espalier::Random random(44, "dense", index);
    Layer l(random, false, true);
    const Form form = form_of(random);
    const std::int32_t inputs = l.in.height * l.in.width * l.in.channels, outputs = l.out.channels;
    const Encoded weights(random, inputs * outputs, form);
    Bytes expected(static_cast<std::size_t>(outputs)), found(expected.size());
    Scratch scratch(espalier_encoded_fully_connected_s8_scratch(inputs, outputs));
    REQUIRE(espalier_fully_connected_s8(l.input.data(), inputs, l.zero, weights.weights.data(), l.bias.data(),
                                        &l.rescale, expected.data(), outputs) == ESPALIER_OK);
    REQUIRE(espalier_encoded_fully_connected_s8(l.input.data(), inputs, l.zero, &weights.view, l.bias.data(),
                                                &l.rescale, found.data(), outputs,
                                                scratch.words.data()) == ESPALIER_OK);
    REQUIRE(found == expected);
    REQUIRE(scratch.whole());
  }
}

TEST_CASE("a stream of another number of weights is refused") {
  espalier::Random random(45, "refused", 0);
  const Layer l(random, true, false);
  const Encoded weights(random, 3, {Zeros::coded, false, 4, 0, 100});
  std::int8_t output[4] = {};
  std::uint32_t scratch[4] = {};
  CHECK(espalier_encoded_fully_connected_s8(l.input.data(), 2, 0, &weights.view, l.bias.data(), &l.rescale, output, 2,
                                            scratch) == ESPALIER_ARGUMENT);
  CHECK(espalier_encoded_fully_connected_s8(l.input.data(), 0, 0, &weights.view, l.bias.data(), &l.rescale, output, 2,
                                            scratch) == ESPALIER_ARGUMENT);
  CHECK(espalier_encoded_conv2d_s8(l.input.data(), {1, 1, 1}, 0, &weights.view, l.bias.data(), {1, 1, 1, 1, 0, 0},
                                   &l.rescale, output, {1, 1, 2}, scratch) == ESPALIER_ARGUMENT);
  CHECK(espalier_encoded_depthwise_conv2d_s8(l.input.data(), {1, 1, 1}, 0, &weights.view, l.bias.data(),
                                             {1, 1, 1, 1, 0, 0}, &l.rescale, output, {1, 1, 1},
                                             scratch) == ESPALIER_ARGUMENT);
}
