#include "tasks/drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/text.h"
#include "tasks/name_places.h"

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

const cv::Scalar dark(20, 20, 20), light(255, 255, 255), paper(235, 235, 235);

/// Letters' height and lines' width for a picture of this size; lines of one pixel would lose their colour in videos.
struct Pen {
  double letters = 0.4;
  int half_line = 1;  ///< how far a line reaches to each side of its middle
  explicit Pen(const datasets::Image& image)
      : letters(std::clamp(static_cast<double>(std::min(image.width, image.height)) / 1100.0, 0.35, 1.5)),
        half_line(static_cast<int>(std::clamp<std::int64_t>((std::min(image.width, image.height) + 120) / 360, 0, 4))) {
  }
  /// Of letters' strokes.
  int stroke() const { return letters > 0.8 ? 2 : 1; }
};

constexpr int font = cv::FONT_HERSHEY_SIMPLEX;

/// As large as the text asks for.
Plate plate_of(const std::string& text, const Pen& pen) {
  int below = 0;
  const auto size = cv::getTextSize(text, font, pen.letters, pen.stroke(), &below);
  return {0, 0, size.width + 3, size.height + below + 1};
}

/// Dark letters on light grounds, light ones on dark grounds.
void write(cv::Mat& picture, const std::string& text, const Plate& plate, const cv::Scalar& ground, const Pen& pen) {
  int below = 0;
  cv::getTextSize(text, font, pen.letters, pen.stroke(), &below);
  const double brightness = 0.299 * ground[0] + 0.587 * ground[1] + 0.114 * ground[2];
  cv::rectangle(picture, cv::Rect(plate.left, plate.top, plate.width, plate.height), ground, cv::FILLED);
  cv::putText(picture, text, {plate.left + 1, plate.top + plate.height - below}, font, pen.letters,
              brightness > 120 ? dark : light, pen.stroke(), cv::LINE_AA);
}

const cv::Scalar& colour_of(const FoundBox& found) {
  return colours[static_cast<std::size_t>(found.box.label) % colours.size()];
}

std::string name_of(const FoundBox& found, const std::vector<std::string>& labels) {
  const auto label = static_cast<std::size_t>(found.box.label);
  return concat(label < labels.size() ? labels[label] : std::to_string(label), " ", std::lround(100 * found.score));
}

cv::Point point(double x, double y) { return {static_cast<int>(std::lround(x)), static_cast<int>(std::lround(y))}; }

/// `half`: how far the coloured line reaches to each side of its middle. OpenCV's own thick lines are a pixel wider
/// than asked for.
void draw_frame(cv::Mat& picture, cv::Point low, cv::Point high, const cv::Scalar& colour, int half) {
  for (int away = -half - 1; away <= half + 1; ++away) {
    const cv::Point by(away, away);
    const auto inner = low + by, outer = high - by;
    if (inner.x <= outer.x && inner.y <= outer.y)
      cv::rectangle(picture, inner, outer, std::abs(away) > half ? dark : colour, 1);
  }
}

std::vector<datasets::Box> boxes_of(std::span<const FoundBox> found) {
  std::vector<datasets::Box> boxes;
  for (const auto& one : found) boxes.push_back(one.box);
  return boxes;
}

/// The caption first, since names can give way to it and it shall stand still.
void write_all(cv::Mat& picture, std::span<const FoundBox> found, const std::vector<datasets::Box>& marks,
               const std::vector<std::string>& labels, const Pen& pen, NamesStand stand, Caption* caption) {
  std::vector<Plate> taken, plates;
  if (caption && !caption->text.empty()) {
    auto plate = plate_of(caption->text, pen);
    caption->corner = place_caption(marks, plate, picture.cols, picture.rows, caption->corner);
    write(picture, caption->text, plate, paper, pen);
    taken.push_back(plate);
  }
  std::vector<std::string> names;
  for (const auto& one : found) {
    names.push_back(name_of(one, labels));
    plates.push_back(plate_of(names.back(), pen));
  }
  const auto places = place_names(marks, plates, picture.cols, picture.rows, stand, taken);
  for (std::size_t i = found.size(); i-- > 0;) write(picture, names[i], places[i], colour_of(found[i]), pen);
}

}  // namespace

void draw_boxes(datasets::Image& image, std::span<const FoundBox> boxes, const std::vector<std::string>& labels,
                Caption* caption) {
  auto picture = view_of(image);
  const Pen pen(image);
  for (std::size_t i = boxes.size(); i-- > 0;) {
    const auto& box = boxes[i].box;
    draw_frame(picture, point(box.left, box.top), point(box.right, box.bottom), colour_of(boxes[i]), pen.half_line);
  }
  write_all(picture, boxes, boxes_of(boxes), labels, pen, NamesStand::above, caption);
}

void draw_points(datasets::Image& image, std::span<const FoundBox> boxes, const std::vector<std::string>& labels,
                 Caption* caption) {
  auto picture = view_of(image);
  const Pen pen(image);
  auto marks = boxes_of(boxes);
  const int radius = 3 * pen.half_line + 4;
  for (std::size_t i = boxes.size(); i-- > 0;) {
    auto& mark = marks[i];
    const auto at =
        point((static_cast<double>(mark.left) + mark.right) / 2, (static_cast<double>(mark.top) + mark.bottom) / 2);
    cv::circle(picture, at, radius + 1, dark, cv::FILLED, cv::LINE_AA);
    cv::circle(picture, at, radius, colour_of(boxes[i]), cv::FILLED, cv::LINE_AA);
    mark = {static_cast<float>(at.x - radius), static_cast<float>(at.y - radius), static_cast<float>(at.x + radius),
            static_cast<float>(at.y + radius), mark.label};
  }
  write_all(picture, boxes, marks, labels, pen, NamesStand::beside, caption);
}

}  // namespace espalier::tasks
