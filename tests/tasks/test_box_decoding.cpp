#include "tasks/box_decoding.h"

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "catch.h"

using namespace espalier;

TEST_CASE("the device's decoder finds the boxes that the float one finds") {
  Random random(7, "grid");
  const tasks::BoxGrid grid{2, 4, 6, 8, 4};
  const float scale = 0.05f;
  const tasks::SuppressionOptions options{0.05, 0.5, 20};
  const tasks::DeviceBoxDecoder device(grid, options, scale, 12);
  std::size_t boxes = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::int8_t> codes(7 * 24);
    std::vector<float> numbers(7 * 24);
    for (std::size_t cell = 0; cell < 24; ++cell)
      for (std::size_t channel = 0; channel < 7; ++channel) {
        const auto code = static_cast<std::int8_t>(static_cast<int>(random.below(200)) - 100);
        codes[cell * 7 + channel] = code;
        numbers[channel * 24 + cell] = scale * static_cast<float>(code - 12);
      }
    const auto by_device = device.decode(codes), by_float = tasks::decode_boxes(grid, options, numbers);
    REQUIRE(by_device.size() == by_float.size());
    boxes += by_device.size();
    for (std::size_t i = 0; i < by_device.size(); ++i) {
      CHECK(by_device[i].box.label == by_float[i].box.label);
      CHECK(by_device[i].score == Approx(by_float[i].score).margin(1e-4));
      CHECK(std::abs(by_device[i].box.left - by_float[i].box.left) <= 1.0f / 8);
      CHECK(std::abs(by_device[i].box.bottom - by_float[i].box.bottom) <= 1.0f / 8);
    }
  }
  CHECK(boxes > 300);
}

TEST_CASE("many cells of one sure thing crowd out no other thing, and the limit counts things") {
  const tasks::BoxGrid grid{1, 4, 6, 8, 8};
  const tasks::SuppressionOptions two{0.1, 0.5, 2}, one{0.1, 0.5, 1};
  const float scale = 0.0625f;
  std::vector<std::int8_t> codes(6 * 24, -128);
  std::vector<float> numbers(6 * 24, -8);
  const auto say = [&](std::size_t cell, std::initializer_list<float> channels) {
    std::size_t channel = 0;
    for (const float value : channels) {
      codes[cell * 6 + channel] = static_cast<std::int8_t>(value / scale);
      numbers[channel++ * 24 + cell] = value;
    }
  };
  // Eight cells say the box from (0, 0) to (32, 16), in units of 8 pixels from each cell's centre; one says another.
  for (std::size_t row = 0; row < 2; ++row)
    for (std::size_t column = 0; column < 4; ++column) {
      const float x = static_cast<float>(column) + 0.5f, y = static_cast<float>(row) + 0.5f;
      say(row * 6 + column, {5, x, y, 4 - x, 2 - y, 5});
    }
  say(3 * 6 + 5, {1, 0.5f, 0.5f, 0.5f, 0.5f, 1});
  for (const bool by_device : {false, true}) {
    INFO(by_device);
    const auto found = [&](const tasks::SuppressionOptions& options) {
      return by_device ? tasks::DeviceBoxDecoder(grid, options, scale, 0).decode(codes)
                       : tasks::decode_boxes(grid, options, numbers);
    };
    const auto both = found(two);
    REQUIRE(both.size() == 2);
    CHECK(both[0].box.right == Approx(32));
    CHECK(both[1].box.left == Approx(40));
    CHECK(found(one).size() == 1);
  }
}

TEST_CASE("outputs that are all but constant, or absurdly large, are decoded as well") {
  const tasks::BoxGrid grid{1, 2, 2, 8, 8};
  std::vector<std::int8_t> outputs(static_cast<std::size_t>(grid.channels() * 4), 127);
  for (const float scale : {1e-12f, 1e9f}) {
    const tasks::DeviceBoxDecoder device(grid, {0, 1, 100}, scale, 0);
    const auto found = device.decode(outputs);
    CHECK(found.size() == (scale < 1 ? 0 : 4));
    for (const auto& one : found) CHECK((one.box.left == 0 && one.box.right == 16));
  }
}

TEST_CASE("outputs of another size are refused") {
  const tasks::BoxGrid grid{2, 4, 6, 8, 4};
  CHECK_THROWS_AS(tasks::decode_boxes(grid, {}, std::vector<float>(5)), Error);
  CHECK_THROWS_AS(tasks::DeviceBoxDecoder(grid, {}, 0.1f, 0).decode(std::vector<std::int8_t>(5)), Error);
}
