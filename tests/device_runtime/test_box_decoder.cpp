#include "device_runtime/box_decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "catch.h"

using namespace espalier;

namespace {

constexpr double scale = 0.0625;

/// Two rows of three cells of 8 pixels, two classes; an output of 1 is 8 pixels.
struct Decoder {
  std::array<std::uint16_t, 256> sigmoid{};
  espalier_box_decoder spec{};
  std::vector<std::int8_t> output = std::vector<std::int8_t>(2 * 3 * 7, -128);
  std::vector<espalier_box> boxes = std::vector<espalier_box>(8);

  Decoder() {
    for (int q = -128; q < 128; ++q)
      sigmoid[static_cast<std::size_t>(q + 128)] =
          static_cast<std::uint16_t>(std::lround(65535 / (1 + std::exp(-scale * (q + 10)))));
    spec = {
        2, 3, 2, 8, -10, static_cast<std::int32_t>(std::lround(65536 * 16 * 8 * scale)), 6554, 16384, sigmoid.data()};
  }
  static std::int8_t code(double real) { return static_cast<std::int8_t>(std::lround(real / scale) - 10); }
  void say(int row, int column, std::array<double, 7> numbers) {
    for (std::size_t i = 0; i < 7; ++i) output[static_cast<std::size_t>(row * 3 + column) * 7 + i] = code(numbers[i]);
  }
  int decode(int capacity = 8) { return espalier_decode_boxes(&spec, output.data(), boxes.data(), capacity); }
};

}  // namespace

TEST_CASE("a cell's logits and distances become a box with a class and a score") {
  Decoder decoder;
  decoder.say(1, 2, {-2, 3, 0.5, 0.25, 0.375, 0.125, 2});
  REQUIRE(decoder.decode() == 1);
  const auto& box = decoder.boxes[0];
  CHECK(box.label == 1);
  CHECK(box.left == 16 * (20 - 4));
  CHECK(box.top == 16 * (12 - 2));
  CHECK(box.right == 16 * (20 + 3));
  CHECK(box.bottom == 16 * (12 + 1));
  CHECK(box.score / 65536.0 == Approx(1 / (1 + std::exp(-3.0)) / (1 + std::exp(-2.0))).margin(1e-4));
}

TEST_CASE("boxes are cut at the picture's edges, and empty ones are none") {
  Decoder decoder;
  decoder.say(0, 0, {3, 0, 5, 5, 5, 5, 3});
  decoder.say(0, 2, {3, 0, 0, 1, 0, 1, 3});
  decoder.say(1, 1, {3, 0, -1, 1, 0.5, 1, 3});
  REQUIRE(decoder.decode() == 1);
  CHECK(decoder.boxes[0].left == 0);
  CHECK(decoder.boxes[0].top == 0);
  CHECK(decoder.boxes[0].right == 16 * 24);
  CHECK(decoder.boxes[0].bottom == 16 * 16);
}

TEST_CASE("of boxes of one class that cover each other the best is kept, others stay") {
  Decoder decoder;
  decoder.say(0, 0, {2, -3, 0.5, 0.5, 1.5, 1.5, 3});
  decoder.say(0, 1, {3, -3, 1.5, 0.5, 0.5, 1.5, 3});      // the same box, surer
  decoder.say(1, 1, {-3, 1, 1.5, 1.5, 0.5, 0.5, 3});      // the same, another class
  decoder.say(1, 2, {-3, 2, 0.25, 0.25, 0.25, 0.25, 3});  // elsewhere
  REQUIRE(decoder.decode() == 3);
  CHECK(decoder.boxes[0].label == 0);
  CHECK(decoder.boxes[0].score > decoder.boxes[1].score);
  CHECK(decoder.boxes[1].right - decoder.boxes[1].left == 16 * 4);
  CHECK(decoder.boxes[2].label == 1);
  CHECK(decoder.boxes[2].score < decoder.boxes[1].score);
}

TEST_CASE("overlap is compared exactly: at the limit both boxes stay") {
  // Two boxes of 4x4 that share half of each: 8 of 24, a third.
  std::array<espalier_box, 2> boxes = {{{0, 0, 4, 4, 0, 9}, {2, 0, 6, 4, 0, 8}}};
  CHECK(espalier_suppress_boxes(boxes.data(), 2, 10923) == 2);  // 10923 / 32768 is above a third
  CHECK(espalier_suppress_boxes(boxes.data(), 2, 10922) == 1);
}

TEST_CASE("of more candidates than there is room for the best take part, in order") {
  Random random(3, "boxes");
  for (int round = 0; round < 50; ++round) {
    std::vector<espalier_box> all;
    for (int i = 0; i < 40; ++i) all.push_back({i, 0, i + 1, 1, 0, static_cast<std::uint16_t>(random.below(20))});
    std::vector<espalier_box> kept(7);
    std::int32_t count = 0;
    for (const auto& box : all) count = espalier_keep_box(box, kept.data(), count, 7);
    REQUIRE(count == 7);
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    for (std::size_t i = 0; i < 7; ++i) CHECK(kept[i].left == all[i].left);
  }
}

TEST_CASE("boxes: what is out of range is refused, extreme codes are not") {
  Decoder decoder;
  CHECK(decoder.decode(0) == -1);
  CHECK(espalier_decode_boxes(nullptr, decoder.output.data(), decoder.boxes.data(), 8) == -1);
  const auto refused = [&](auto change) {
    Decoder other;
    change(other.spec);
    CHECK(other.decode() == -1);
  };
  refused([](auto& spec) { spec.rows = 0; });
  refused([](auto& spec) { spec.classes = 2000; });
  refused([](auto& spec) { spec.stride = 300; });
  refused([](auto& spec) { spec.distance = 0; });
  refused([](auto& spec) { spec.most_overlap = 40000; });
  refused([](auto& spec) { spec.sigmoid = nullptr; });
  decoder.spec.distance = 1 << 30;
  decoder.output.assign(decoder.output.size(), 127);
  const auto count = decoder.decode();
  REQUIRE(count == 1);
  CHECK(decoder.boxes[0].right == 16 * 24);
}
