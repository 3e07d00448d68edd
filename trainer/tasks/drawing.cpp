#include "tasks/drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/text.h"

namespace espalier::tasks {
namespace {

/// Apart for people who see colours otherwise, too (Okabe & Ito 2008).
const std::array<cv::Scalar, 7> colours = {cv::Scalar(230, 159, 0),  cv::Scalar(86, 180, 233), cv::Scalar(0, 158, 115),
                                           cv::Scalar(240, 228, 66), cv::Scalar(0, 114, 178),  cv::Scalar(213, 94, 0),
                                           cv::Scalar(204, 121, 167)};

/// The same pixels: what is drawn is drawn in the picture.
cv::Mat view_of(datasets::Image& image) {
  if (image.channels != 3) fail("only colour pictures can be drawn in");
  return {static_cast<int>(image.height), static_cast<int>(image.width), CV_8UC3, image.pixels.data()};
}

/// Letters' height and lines' width for a picture of this size.
struct Pen {
  double letters = 0.4;
  int line = 1;
  explicit Pen(const datasets::Image& image)
      : letters(std::clamp(static_cast<double>(std::min(image.width, image.height)) / 900.0, 0.35, 1.5)),
        line(static_cast<int>(std::clamp<std::int64_t>(std::min(image.width, image.height) / 240, 1, 4))) {}
};

/// Dark letters on a ground; `at` is the lower left corner, moved into the picture.
void write(cv::Mat& picture, const std::string& text, cv::Point at, const cv::Scalar& ground, const Pen& pen) {
  int below = 0;
  const auto size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, pen.letters, 1, &below);
  at.x = std::clamp(at.x, 0, std::max(0, picture.cols - size.width));
  at.y = std::clamp(at.y, size.height + 2, std::max(size.height + 2, picture.rows - below));
  cv::rectangle(picture, {at.x, at.y - size.height - 2, size.width + 1, size.height + below + 2}, ground, cv::FILLED);
  cv::putText(picture, text, at, cv::FONT_HERSHEY_SIMPLEX, pen.letters, cv::Scalar(20, 20, 20), 1, cv::LINE_AA);
}

const cv::Scalar& colour_of(const FoundBox& found) {
  return colours[static_cast<std::size_t>(found.box.label) % colours.size()];
}

std::string name_of(const FoundBox& found, const std::vector<std::string>& labels) {
  const auto label = static_cast<std::size_t>(found.box.label);
  return concat(label < labels.size() ? labels[label] : std::to_string(label), " ", std::lround(100 * found.score));
}

cv::Point point(double x, double y) { return {static_cast<int>(std::lround(x)), static_cast<int>(std::lround(y))}; }

}  // namespace

void draw_boxes(datasets::Image& image, std::span<const FoundBox> boxes, const std::vector<std::string>& labels) {
  auto picture = view_of(image);
  const Pen pen(image);
  for (const auto& found : boxes) {
    const auto& box = found.box;
    cv::rectangle(picture, point(box.left, box.top), point(box.right, box.bottom), colour_of(found), pen.line);
  }
  for (const auto& found : boxes)
    write(picture, name_of(found, labels), point(found.box.left, found.box.top - 2), colour_of(found), pen);
}

void draw_points(datasets::Image& image, std::span<const FoundBox> boxes, const std::vector<std::string>& labels) {
  auto picture = view_of(image);
  const Pen pen(image);
  for (const auto& found : boxes) {
    const auto& box = found.box;
    const auto at =
        point((static_cast<double>(box.left) + box.right) / 2, (static_cast<double>(box.top) + box.bottom) / 2);
    cv::circle(picture, at, 3 * pen.line + 1, colour_of(found), cv::FILLED);
    write(picture, name_of(found, labels), at + cv::Point(4 * pen.line + 2, 0), colour_of(found), pen);
  }
}

void draw_caption(datasets::Image& image, const std::string& text) {
  auto picture = view_of(image);
  write(picture, text, {2, picture.rows}, cv::Scalar(235, 235, 235), Pen(image));
}

}  // namespace espalier::tasks
