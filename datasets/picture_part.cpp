#include "datasets/picture_part.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace espalier::datasets {
namespace {

struct Span {
  std::int64_t from = 0, from_length = 0, to = 0, to_length = 0;
};

/// Of one axis: the pixels of [0, size) inside [begin, begin + length), and where they land in `network` pixels.
Span placed_along(double begin, double length, std::int64_t size, std::int64_t network) {
  const double scale = static_cast<double>(network) / length;
  Span span;
  const auto within = [](double value, std::int64_t low, std::int64_t high) {
    return std::clamp(std::llround(value), static_cast<long long>(low), static_cast<long long>(high));
  };
  span.from = within(begin, 0, size - 1);
  span.from_length = within(begin + length, span.from + 1, size) - span.from;
  span.to = within((static_cast<double>(span.from) - begin) * scale, 0, network - 1);
  const double end = (static_cast<double>(span.from + span.from_length) - begin) * scale;
  span.to_length = within(end, span.to + 1, network) - span.to;
  return span;
}

Box cut(const Box& box, float width, float height) {
  return {std::clamp(box.left, 0.0f, width),
          std::clamp(box.top, 0.0f, height),
          std::clamp(box.right, 0.0f, width),
          std::clamp(box.bottom, 0.0f, height),
          box.label,
          box.ignored};
}

double area(const Box& box) {
  return std::max(0.0, static_cast<double>(box.right) - box.left) *
         std::max(0.0, static_cast<double>(box.bottom) - box.top);
}

}  // namespace

PicturePart whole_picture(std::int64_t width, std::int64_t height, std::int64_t network_width,
                          std::int64_t network_height) {
  const auto w = static_cast<double>(width), h = static_cast<double>(height);
  const double ratio = static_cast<double>(network_width) / static_cast<double>(network_height);
  PicturePart part;
  part.width = std::max(w, h * ratio);
  part.height = part.width / ratio;
  part.left = (w - part.width) / 2;
  part.top = (h - part.height) / 2;
  return part;
}

Placement place(const PicturePart& part, std::int64_t width, std::int64_t height, std::int64_t network_width,
                std::int64_t network_height) {
  const auto x = placed_along(part.left, part.width, width, network_width),
             y = placed_along(part.top, part.height, height, network_height);
  return {x.from, y.from, x.from_length, y.from_length, x.to, y.to, x.to_length, y.to_length};
}

Placement placement(const ImageFrontEnd& front_end, std::int64_t width, std::int64_t height) {
  espalier_frame frame{};
  frame.width = static_cast<std::int32_t>(width);
  frame.height = static_cast<std::int32_t>(height);
  const auto place = espalier_image_place(&front_end.spec(), &frame);
  return {place.from_x, place.from_y, place.from_width, place.from_height,
          place.to_x,   place.to_y,   place.to_width,   place.to_height};
}

Image placed(const Image& image, const Placement& p, const ImageFrontEnd& front_end) {
  const auto& spec = front_end.spec();
  auto frame = frame_of(image);
  const auto channels = static_cast<std::size_t>(spec.channels);
  frame.pixels += (p.from_y * image.width + p.from_x) * image.channels;
  frame.width = static_cast<std::int32_t>(p.from_width);
  frame.height = static_cast<std::int32_t>(p.from_height);
  auto part = spec;
  part.width = static_cast<std::int32_t>(p.to_width);
  part.height = static_cast<std::int32_t>(p.to_height);
  part.fit = ESPALIER_FIT_STRETCH;
  std::vector<std::uint8_t> resized(static_cast<std::size_t>(p.to_width * p.to_height) * channels);
  const auto status = espalier_image_pixels(&part, &frame, resized.data());
  if (status != ESPALIER_IMAGE_OK)
    fail(concat("a picture's part cannot be resized: ", espalier_image_status_text(status)));
  Image whole{spec.width, spec.height, spec.channels, {}};
  whole.pixels.assign(static_cast<std::size_t>(spec.width * spec.height) * channels, letterbox_gray);
  const auto row = static_cast<std::size_t>(p.to_width) * channels;
  for (std::int64_t y = 0; y < p.to_height; ++y)
    std::copy_n(resized.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(y) * row), row,
                whole.pixels.begin() + ((p.to_y + y) * spec.width + p.to_x) * spec.channels);
  return whole;
}

std::vector<Box> placed(const std::vector<Box>& boxes, const Placement& p, std::int64_t network_width,
                        std::int64_t network_height, double least_visible) {
  std::vector<Box> all;
  for (const auto& box : boxes) {
    const auto x = [&](float edge) {
      return static_cast<float>((edge - static_cast<double>(p.from_x)) * p.scale_x() + static_cast<double>(p.to_x));
    };
    const auto y = [&](float edge) {
      return static_cast<float>((edge - static_cast<double>(p.from_y)) * p.scale_y() + static_cast<double>(p.to_y));
    };
    const Box moved{x(box.left), y(box.top), x(box.right), y(box.bottom), box.label, box.ignored};
    auto left = cut(moved, static_cast<float>(network_width), static_cast<float>(network_height));
    if (!(area(left) > 0)) continue;
    left.ignored = left.ignored || area(left) < least_visible * area(moved);
    all.push_back(left);
  }
  return all;
}

Box in_picture(const Box& box, const Placement& p) {
  const auto back = [](float edge, std::int64_t to, double scale, std::int64_t from, std::int64_t length) {
    const double pixel = (edge - static_cast<double>(to)) / scale;
    return static_cast<float>(std::clamp(pixel, 0.0, static_cast<double>(length)) + static_cast<double>(from));
  };
  return {back(box.left, p.to_x, p.scale_x(), p.from_x, p.from_width),
          back(box.top, p.to_y, p.scale_y(), p.from_y, p.from_height),
          back(box.right, p.to_x, p.scale_x(), p.from_x, p.from_width),
          back(box.bottom, p.to_y, p.scale_y(), p.from_y, p.from_height),
          box.label,
          box.ignored};
}

}  // namespace espalier::datasets
