#include "device_runtime/image_frontend.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.h"

namespace {

std::vector<std::uint8_t> noise(std::size_t count, std::uint32_t state = 7) {
  std::vector<std::uint8_t> bytes(count);
  for (auto& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

espalier_image_spec spec_of(int width, int height, int channels = 3, int filter = ESPALIER_FILTER_AREA) {
  return {width, height, channels, ESPALIER_ORDER_RGB, ESPALIER_FIT_STRETCH, filter};
}

espalier_frame frame_of(const std::vector<std::uint8_t>& pixels, int width, int height,
                        int format = ESPALIER_PIXELS_RGB888) {
  return {pixels.data(), width, height, width * espalier_pixel_bytes(format), format};
}

std::vector<std::uint8_t> pixels_of(const espalier_image_spec& spec, const espalier_frame& frame) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(spec.width * spec.height * spec.channels));
  REQUIRE(espalier_image_pixels(&spec, &frame, out.data()) == ESPALIER_IMAGE_OK);
  return out;
}

/// The mean over the rectangle, in double precision.
double area_mean(const std::vector<std::uint8_t>& gray, int width, int height, double x0, double x1, double y0,
                 double y1) {
  double sum = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double w = std::max(0.0, std::min(x1, x + 1.0) - std::max(x0, static_cast<double>(x))),
                   h = std::max(0.0, std::min(y1, y + 1.0) - std::max(y0, static_cast<double>(y)));
      sum += w * h * gray[static_cast<std::size_t>(y * width + x)];
    }
  return sum / ((x1 - x0) * (y1 - y0));
}

double bilinear(const std::vector<std::uint8_t>& gray, int width, int height, double x, double y) {
  x = std::clamp(x, 0.0, width - 1.0), y = std::clamp(y, 0.0, height - 1.0);
  const int left = static_cast<int>(x), top = static_cast<int>(y);
  const auto at = [&](int column, int row) {
    return gray[static_cast<std::size_t>(std::min(row, height - 1) * width + std::min(column, width - 1))];
  };
  const double u = x - left, v = y - top;
  return (1 - v) * ((1 - u) * at(left, top) + u * at(left + 1, top)) +
         v * ((1 - u) * at(left, top + 1) + u * at(left + 1, top + 1));
}

}  // namespace

TEST_CASE("image front end: area is the exact mean over what an output pixel covers, rounded half up") {
  for (const auto& [w, h, ow, oh] : std::vector<std::array<int, 4>>{
           {13, 9, 5, 4}, {64, 48, 32, 24}, {7, 5, 7, 3}, {3, 4, 8, 9}, {1, 1, 3, 2}, {100, 3, 7, 3}}) {
    const auto gray = noise(static_cast<std::size_t>(w * h));
    const auto found = pixels_of(spec_of(ow, oh, 1), frame_of(gray, w, h, ESPALIER_PIXELS_GRAY8));
    for (int y = 0; y < oh; ++y)
      for (int x = 0; x < ow; ++x) {
        const double mean =
            area_mean(gray, w, h, static_cast<double>(x * w) / ow, static_cast<double>((x + 1) * w) / ow,
                      static_cast<double>(y * h) / oh, static_cast<double>((y + 1) * h) / oh);
        // Where the mean is a half within the error of this double-precision sum, either neighbour is right.
        CHECK(std::abs(found[static_cast<std::size_t>(y * ow + x)] - mean) <= 0.5 + 1e-9);
      }
  }
}

TEST_CASE("image front end: bilinear between centres, edges repeated") {
  for (const auto& [w, h, ow, oh] :
       std::vector<std::array<int, 4>>{{13, 9, 5, 4}, {8, 8, 16, 20}, {2, 2, 9, 9}, {1, 1, 3, 2}, {40, 30, 96, 96}}) {
    const auto gray = noise(static_cast<std::size_t>(w * h), 3);
    const auto found =
        pixels_of(spec_of(ow, oh, 1, ESPALIER_FILTER_BILINEAR), frame_of(gray, w, h, ESPALIER_PIXELS_GRAY8));
    for (int y = 0; y < oh; ++y)
      for (int x = 0; x < ow; ++x) {
        const double value = bilinear(gray, w, h, (x + 0.5) * w / ow - 0.5, (y + 0.5) * h / oh - 0.5);
        CHECK(std::abs(found[static_cast<std::size_t>(y * ow + x)] - value) <= 0.5 + 1e-9);
      }
  }
}

TEST_CASE("image front end: the same size is the same picture, by both filters") {
  const auto pixels = noise(6 * 4 * 3);
  for (const int filter : {ESPALIER_FILTER_AREA, ESPALIER_FILTER_BILINEAR})
    CHECK(pixels_of(spec_of(6, 4, 3, filter), frame_of(pixels, 6, 4)) == pixels);
}

TEST_CASE("image front end: every format of pixels gives the same colours") {
  // Colours that five and six bits hold exactly.
  std::vector<std::uint8_t> rgb, bgr, low_first, high_first;
  for (int i = 0; i < 20 * 10; ++i) {
    const int r = i % 32, g = (3 * i) % 64, b = (7 * i) % 32, packed = r << 11 | g << 5 | b;
    const auto red = static_cast<std::uint8_t>(r << 3 | r >> 2), green = static_cast<std::uint8_t>(g << 2 | g >> 4),
               blue = static_cast<std::uint8_t>(b << 3 | b >> 2);
    rgb.insert(rgb.end(), {red, green, blue});
    bgr.insert(bgr.end(), {blue, green, red});
    low_first.insert(low_first.end(),
                     {static_cast<std::uint8_t>(packed & 255), static_cast<std::uint8_t>(packed >> 8)});
    high_first.insert(high_first.end(),
                      {static_cast<std::uint8_t>(packed >> 8), static_cast<std::uint8_t>(packed & 255)});
  }
  for (const int channels : {1, 3}) {
    for (const auto& spec : {spec_of(8, 6, channels), spec_of(20, 10, channels)}) {
      const auto expected = pixels_of(spec, frame_of(rgb, 20, 10));
      CHECK(pixels_of(spec, frame_of(bgr, 20, 10, ESPALIER_PIXELS_BGR888)) == expected);
      CHECK(pixels_of(spec, frame_of(low_first, 20, 10, ESPALIER_PIXELS_RGB565)) == expected);
      CHECK(pixels_of(spec, frame_of(high_first, 20, 10, ESPALIER_PIXELS_RGB565_SWAPPED)) == expected);
    }
  }
}

TEST_CASE("image front end: gray and colours of each other, and the order of channels") {
  const std::vector<std::uint8_t> red = {255, 0, 0}, gray = {77};
  CHECK(pixels_of(spec_of(1, 1, 1), frame_of(red, 1, 1)) == std::vector<std::uint8_t>{76});  // 0.299 * 255
  CHECK(pixels_of(spec_of(1, 1, 3), frame_of(gray, 1, 1, ESPALIER_PIXELS_GRAY8)) ==
        std::vector<std::uint8_t>{77, 77, 77});
  auto spec = spec_of(1, 1, 3);
  spec.order = ESPALIER_ORDER_BGR;
  CHECK(pixels_of(spec, frame_of(red, 1, 1)) == std::vector<std::uint8_t>{0, 0, 255});
  for (int value = 0; value < 256; ++value) {  // a gray picture in colours is that gray
    const auto v = static_cast<std::uint8_t>(value);
    CHECK(pixels_of(spec_of(1, 1, 1), frame_of({v, v, v}, 1, 1)) == std::vector<std::uint8_t>{v});
  }
}

TEST_CASE("image front end: crop takes the largest centred part; a stride passes over what lies between rows") {
  // 6 x 2: columns 2 and 3 are the middle square.
  std::vector<std::uint8_t> wide = {9, 9, 10, 20, 9, 9, 9, 9, 30, 40, 9, 9};
  auto spec = spec_of(2, 2, 1);
  spec.fit = ESPALIER_FIT_CROP;
  const std::vector<std::uint8_t> square = {10, 20, 30, 40};
  CHECK(pixels_of(spec, frame_of(wide, 6, 2, ESPALIER_PIXELS_GRAY8)) == square);
  const std::vector<std::uint8_t> tall = {1, 1, 10, 20, 30, 40, 1, 1};
  CHECK(pixels_of(spec, frame_of(tall, 2, 4, ESPALIER_PIXELS_GRAY8)) == square);
  espalier_frame part = frame_of(wide, 2, 2, ESPALIER_PIXELS_GRAY8);
  part.pixels += 2;
  part.stride = 6;
  CHECK(pixels_of(spec_of(2, 2, 1), part) == square);
}

TEST_CASE("image front end: the largest frame does not overflow") {
  const std::vector<std::uint8_t> white(4096 * 4096, 255);
  const auto frame = frame_of(white, 4096, 4096, ESPALIER_PIXELS_GRAY8);
  CHECK(pixels_of(spec_of(1, 1, 1), frame) == std::vector<std::uint8_t>{255});
  const std::vector<std::uint8_t> small(2 * 2, 255);
  const auto large =
      pixels_of(spec_of(1024, 1024, 1, ESPALIER_FILTER_BILINEAR), frame_of(small, 2, 2, ESPALIER_PIXELS_GRAY8));
  CHECK(std::all_of(large.begin(), large.end(), [](int value) { return value == 255; }));
  const std::vector<std::uint8_t> line(16384, 255);
  CHECK(pixels_of(spec_of(1024, 3, 1), frame_of(line, 16384, 1, ESPALIER_PIXELS_GRAY8))[3000] == 255);
}

TEST_CASE("image front end: codes are a table's entries of each channel's pixels") {
  const auto pixels = noise(12 * 8 * 3);
  std::vector<std::int8_t> codes(3 * 256);
  for (int i = 0; i < 3 * 256; ++i)
    codes[static_cast<std::size_t>(i)] = static_cast<std::int8_t>((i * 31 + i / 256) % 251 - 125);
  const auto spec = spec_of(5, 5);
  const auto frame = frame_of(pixels, 12, 8);
  const auto seen = pixels_of(spec, frame);
  std::vector<std::int8_t> found(seen.size());
  REQUIRE(espalier_image_codes(&spec, &frame, codes.data(), found.data()) == ESPALIER_IMAGE_OK);
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(found[i] == codes[i % 3 * 256 + seen[i]]);
}

TEST_CASE("image front end: what is wrong is told, nothing is read") {
  const auto pixels = noise(12);
  std::vector<std::uint8_t> out(1024);
  const auto with_spec = [&](int width, int height, int channels, int order, int fit, int filter) {
    const espalier_image_spec spec = {width, height, channels, order, fit, filter};
    const auto frame = frame_of(pixels, 2, 2);
    return espalier_image_pixels(&spec, &frame, out.data());
  };
  CHECK(with_spec(0, 1, 3, 0, 0, 0) == ESPALIER_IMAGE_BAD_SIZE);
  CHECK(with_spec(1, 1025, 3, 0, 0, 0) == ESPALIER_IMAGE_BAD_SIZE);
  CHECK(with_spec(1, 1, 2, 0, 0, 0) == ESPALIER_IMAGE_BAD_CHANNELS);
  CHECK(with_spec(1, 1, 3, 2, 0, 0) == ESPALIER_IMAGE_BAD_CHOICE);
  CHECK(with_spec(1, 1, 3, 0, -1, 0) == ESPALIER_IMAGE_BAD_CHOICE);
  CHECK(with_spec(1, 1, 3, 0, 0, 9) == ESPALIER_IMAGE_BAD_CHOICE);
  const auto with_frame = [&](const std::uint8_t* data, int width, int height, int stride, int format) {
    const auto spec = spec_of(2, 2);
    const espalier_frame frame = {data, width, height, stride, format};
    return espalier_image_pixels(&spec, &frame, out.data());
  };
  CHECK(with_frame(nullptr, 2, 2, 6, 0) == ESPALIER_IMAGE_NULL_POINTER);
  CHECK(with_frame(pixels.data(), 2, 2, 5, 0) == ESPALIER_IMAGE_BAD_FRAME);
  CHECK(with_frame(pixels.data(), 0, 2, 6, 0) == ESPALIER_IMAGE_BAD_FRAME);
  CHECK(with_frame(pixels.data(), 16384, 16384, 1 << 20, 0) == ESPALIER_IMAGE_BAD_FRAME);
  CHECK(with_frame(pixels.data(), 2, 2, 6, 7) == ESPALIER_IMAGE_BAD_CHOICE);
  const auto spec = spec_of(2, 2);
  const auto frame = frame_of(pixels, 2, 2);
  CHECK(espalier_image_pixels(&spec, &frame, nullptr) == ESPALIER_IMAGE_NULL_POINTER);
  CHECK(espalier_image_pixels(nullptr, &frame, out.data()) == ESPALIER_IMAGE_NULL_POINTER);
  CHECK(espalier_image_codes(&spec, &frame, nullptr, nullptr) == ESPALIER_IMAGE_NULL_POINTER);
  for (int status = 0; status < 6; ++status)
    CHECK(std::string(espalier_image_status_text(static_cast<espalier_image_status>(status))) != "unknown status");
}
