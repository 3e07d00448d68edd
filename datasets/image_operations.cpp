#include "datasets/image_operations.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

namespace espalier::datasets {
namespace {

using Table = std::array<std::uint8_t, 256>;
constexpr double pi = 3.14159265358979323846;

/// The picture as OpenCV sees it, nothing copied.
cv::Mat view_of(const Image& image) {
  return {static_cast<int>(image.height), static_cast<int>(image.width), image.channels == 1 ? CV_8UC1 : CV_8UC3,
          const_cast<std::uint8_t*>(image.pixels.data())};
}

Image blank_like(const Image& image) {
  return {image.width, image.height, image.channels, std::vector<std::uint8_t>(image.pixels.size())};
}

/// Runs `fill(source, target)` into a new picture of the same size.
template <class Fill>
Image made_from(const Image& image, const Fill& fill) {
  Image made = blank_like(image);
  cv::Mat target = view_of(made);
  fill(view_of(image), target);
  return made;
}

std::uint8_t saturated(double value) { return cv::saturate_cast<std::uint8_t>(value); }

/// pixel -> tables[channel][pixel].
Image looked_up(const Image& image, const std::array<Table, 3>& tables) {
  Image made = blank_like(image);
  const auto channels = static_cast<std::size_t>(image.channels);
  for (std::size_t i = 0; i < image.pixels.size(); i += channels)
    for (std::size_t c = 0; c < channels; ++c) made.pixels[i + c] = tables[c][image.pixels[i + c]];
  return made;
}

template <class Function>
Image each_pixel(const Image& image, const Function& function) {
  Table table;
  for (int value = 0; value < 256; ++value) table[static_cast<std::size_t>(value)] = function(value);
  return looked_up(image, {table, table, table});
}

cv::Mat gray_of(const cv::Mat& source) {
  if (source.channels() == 1) return source;
  cv::Mat gray;
  cv::cvtColor(source, gray, cv::COLOR_RGB2GRAY);
  return gray;
}

std::array<std::array<std::int64_t, 256>, 3> histograms(const Image& image) {
  std::array<std::array<std::int64_t, 256>, 3> counts{};
  const auto channels = static_cast<std::size_t>(image.channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) ++counts[i % channels][image.pixels[i]];
  return counts;
}

}  // namespace

Image flipped(const Image& image) {
  return made_from(image, [](const cv::Mat& source, cv::Mat& target) { cv::flip(source, target, 1); });
}

Image moved(const Image& image, std::int64_t right, std::int64_t down) {
  const auto across = static_cast<int>(std::abs(right)), along = static_cast<int>(std::abs(down));
  cv::Mat padded;
  cv::copyMakeBorder(view_of(image), padded, along, along, across, across, cv::BORDER_REFLECT);
  const cv::Rect seen(across - static_cast<int>(right), along - static_cast<int>(down), static_cast<int>(image.width),
                      static_cast<int>(image.height));
  return made_from(image, [&](const cv::Mat&, cv::Mat& target) { padded(seen).copyTo(target); });
}

Image transformed(const Image& image, const Affine& map) {
  const double c = std::cos(map.degrees * pi / 180) / map.scale, s = std::sin(map.degrees * pi / 180) / map.scale;
  // From new to old: undo the shift, then turn and scale, then shear, all about the centre.
  const double a = c + map.shear_x * s, b = -s + map.shear_x * c, d = s + map.shear_y * c, e = c - map.shear_y * s;
  const double centre_x = (static_cast<double>(image.width) - 1) / 2,
               centre_y = (static_cast<double>(image.height) - 1) / 2;
  const double x = centre_x + map.right * static_cast<double>(image.width),
               y = centre_y + map.down * static_cast<double>(image.height);
  const cv::Matx23d matrix(a, b, centre_x - a * x - b * y, d, e, centre_y - d * x - e * y);
  return made_from(image, [&](const cv::Mat& source, cv::Mat& target) {
    cv::warpAffine(source, target, matrix, source.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
  });
}

Image with_brightness(const Image& image, double factor) {
  return each_pixel(image, [&](int value) { return saturated(factor * value); });
}

Image with_contrast(const Image& image, double factor) {
  const double mean = cv::mean(gray_of(view_of(image)))[0];
  return each_pixel(image, [&](int value) { return saturated(mean + factor * (value - mean)); });
}

Image with_saturation(const Image& image, double factor) {
  if (image.channels == 1) return image;
  return made_from(image, [&](const cv::Mat& source, cv::Mat& target) {
    cv::Mat gray;
    cv::cvtColor(gray_of(source), gray, cv::COLOR_GRAY2RGB);
    cv::addWeighted(source, factor, gray, 1 - factor, 0, target);
  });
}

Image with_hue(const Image& image, double turns) {
  if (image.channels == 1) return image;
  return made_from(image, [&](const cv::Mat& source, cv::Mat& target) {
    cv::Mat hsv;
    cv::cvtColor(source, hsv, cv::COLOR_RGB2HSV_FULL);
    const auto shift = static_cast<std::uint8_t>(static_cast<int>(std::lround(turns * 256)) & 255);
    for (int row = 0; row < hsv.rows; ++row) {
      auto* pixel = hsv.ptr<std::uint8_t>(row);
      for (int i = 0; i < hsv.cols; ++i, pixel += 3) pixel[0] = static_cast<std::uint8_t>(pixel[0] + shift);
    }
    cv::cvtColor(hsv, target, cv::COLOR_HSV2RGB_FULL);
  });
}

Image with_sharpness(const Image& image, double factor) {
  return made_from(image, [&](const cv::Mat& source, cv::Mat& target) {
    const cv::Matx33f weights(1, 1, 1, 1, 5, 1, 1, 1, 1);
    cv::Mat smooth;
    cv::filter2D(source, smooth, -1, weights * (1.0f / 13.0f), {-1, -1}, 0, cv::BORDER_REFLECT);
    cv::addWeighted(source, factor, smooth, 1 - factor, 0, target);
  });
}

Image with_full_range(const Image& image) {
  std::array<Table, 3> tables{};
  const auto counts = histograms(image);
  for (std::size_t c = 0; c < 3; ++c) {
    const auto some = [](std::int64_t count) { return count > 0; };
    const auto low = std::find_if(counts[c].begin(), counts[c].end(), some) - counts[c].begin();
    const auto high = 255 - (std::find_if(counts[c].rbegin(), counts[c].rend(), some) - counts[c].rbegin());
    for (int value = 0; value < 256; ++value)
      tables[c][static_cast<std::size_t>(value)] =
          high > low ? saturated(255.0 * static_cast<double>(value - low) / static_cast<double>(high - low))
                     : static_cast<std::uint8_t>(value);
  }
  return looked_up(image, tables);
}

Image equalized(const Image& image) {
  std::array<Table, 3> tables{};
  const auto counts = histograms(image);
  for (std::size_t c = 0; c < 3; ++c) {
    const auto all = std::accumulate(counts[c].begin(), counts[c].end(), std::int64_t{0});
    const auto first = std::find_if(counts[c].begin(), counts[c].end(), [](std::int64_t n) { return n > 0; });
    const double rest = first == counts[c].end() ? 0 : static_cast<double>(all - *first);
    std::int64_t below = 0;
    for (std::size_t value = 0; value < 256; ++value) {
      below += counts[c][value];
      tables[c][value] =
          rest > 0 ? saturated(255.0 * static_cast<double>(below - *first) / rest) : static_cast<std::uint8_t>(value);
    }
  }
  return looked_up(image, tables);
}

Image solarized(const Image& image, int threshold) {
  return each_pixel(image,
                    [&](int value) { return static_cast<std::uint8_t>(value >= threshold ? 255 - value : value); });
}

Image posterized(const Image& image, int bits) {
  const int mask = 0xFF << (8 - bits) & 0xFF;
  return each_pixel(image, [&](int value) { return static_cast<std::uint8_t>(value & mask); });
}

void blank(Image& image, const Rectangle& hole, std::uint8_t value) {
  const auto left = std::clamp<std::int64_t>(hole.left, 0, image.width),
             right = std::clamp<std::int64_t>(hole.left + hole.width, 0, image.width),
             top = std::clamp<std::int64_t>(hole.top, 0, image.height),
             bottom = std::clamp<std::int64_t>(hole.top + hole.height, 0, image.height);
  for (auto row = top; row < bottom; ++row) {
    auto* pixels = image.pixels.data() + static_cast<std::size_t>(row * image.width * image.channels);
    std::fill(pixels + left * image.channels, pixels + right * image.channels, value);
  }
}

}  // namespace espalier::datasets
