#include "datasets/image_front_end.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "catch.h"
#include "schema/document.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

ImageFrontEnd made(const std::string& yaml) {
  std::vector<Problem> problems;
  const auto block = schema::parse(yaml, "recipe.yaml");
  const auto options = schema::read_options<ImageOptions>(block, "image", problems);
  refuse(problems);
  ImageFrontEnd front_end(options, block, problems);
  refuse(problems);
  return front_end;
}

std::string refusal_of(const std::string& yaml) {
  try {
    made(yaml);
  } catch (const Error& error) {
    return error.problems()[0].origin + ": " + error.problems()[0].text;
  }
  return "accepted";
}

void says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

/// The largest difference between the front end's pixels and OpenCV's.
int farthest_from_opencv(const Image& image, const std::string& filter, int width, int height) {
  const auto front_end =
      made("{size: [" + std::to_string(height) + ", " + std::to_string(width) + "], filter: " + filter + "}");
  const auto seen = front_end.pixels(image);
  const cv::Mat source(static_cast<int>(image.height), static_cast<int>(image.width), CV_8UC3,
                       const_cast<std::uint8_t*>(image.pixels.data()));
  cv::Mat resized;
  cv::resize(source, resized, {width, height}, 0, 0, filter == "area" ? cv::INTER_AREA : cv::INTER_LINEAR);
  int farthest = 0;
  for (std::size_t i = 0; i < seen.pixels.size(); ++i)
    farthest = std::max(farthest, std::abs(seen.pixels[i] - resized.data[i]));
  return farthest;
}

}  // namespace

TEST_CASE("image front end: within one step of OpenCV's resize") {
  // OpenCV's own INTER_LINEAR rounds its weights to 2^-11; its INTER_AREA sums float32.
  for (const auto& [width, height] : std::vector<std::pair<int, int>>{{96, 96}, {32, 32}, {50, 31}}) {
    const auto image = noisy_image(160, 120, 3, 5);
    CHECK(farthest_from_opencv(image, "area", width, height) <= 1);
    CHECK(farthest_from_opencv(image, "bilinear", width, height) <= 1);
  }
  CHECK(farthest_from_opencv(noisy_image(20, 14, 3, 6), "bilinear", 96, 96) <= 1);
  CHECK(farthest_from_opencv(noisy_image(640, 480, 3, 7), "area", 96, 96) <= 1);
}

TEST_CASE("image front end: gray as OpenCV weighs colours") {
  const auto image = noisy_image(64, 64, 3, 8);
  const auto seen = made("{size: 64, channels: 1}").pixels(image);
  cv::Mat gray;
  cv::cvtColor(cv::Mat(64, 64, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data())), gray, cv::COLOR_RGB2GRAY);
  int farthest = 0;
  for (std::size_t i = 0; i < seen.pixels.size(); ++i)
    farthest = std::max(farthest, std::abs(seen.pixels[i] - gray.data[i]));
  CHECK(farthest <= 1);
}

TEST_CASE("image front end: features are normalised pixels, planes apart, in steps of 2^-16") {
  const auto front_end = made("{size: [2, 3], mean: [0.5, 0.4, 0.3], std: [0.25, 0.5, 1]}");
  CHECK(front_end.shape() == std::vector<std::int64_t>{3, 2, 3});
  const auto image = noisy_image(3, 2, 3, 9);
  std::vector<float> features(18);
  front_end.compute(image, features);
  const double mean[] = {0.5, 0.4, 0.3}, deviation[] = {0.25, 0.5, 1};
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < 6; ++i) {
      const float found = features[c * 6 + i];
      CHECK(found == Approx((image.pixels[i * 3 + c] / 255.0 - mean[c]) / deviation[c]).margin(1.0 / 131072));
      CHECK(found * 65536.0f == std::round(found * 65536.0f));
    }
}

TEST_CASE("image front end: its description makes it again") {
  const auto front_end = made("{size: [48, 64], channels: 1, fit: crop, filter: bilinear, mean: 0.1307, std: 0.3081}");
  const auto json = front_end.json();
  CHECK(json.at("type").text() == "image");
  CHECK(json.at("lsb").number() == 1.0 / 65536);
  const ImageFrontEnd again(Json::parse(json.dump(), "front_end"));
  CHECK(again.levels() == front_end.levels());
  CHECK(again.json().dump() == json.dump());
  auto damaged = json;
  damaged.set("channels", 2);
  CHECK_THROWS_AS(ImageFrontEnd(damaged), Error);
  damaged = json;
  damaged.set("width", std::int64_t{1} << 32);
  CHECK_THROWS_AS(ImageFrontEnd(damaged), Error);
}

TEST_CASE("image front end: mistakes are told at their keys") {
  says(refusal_of("size: 2000"), "size");
  says(refusal_of("{size: 32, channels: 2}"), "recipe.yaml:1:22: image: there are 1 or 3 channels");
  says(refusal_of("{size: 32, mean: [0.1, 0.2]}"), "mean takes one number, or one for each of 3 channels");
  says(refusal_of("{size: 32, std: 0}"), "std must be within");
  says(refusal_of("{size: 32, mean: 127}"), "mean must be within 0 and 1");
}

TEST_CASE("image front end: files, damaged ones named") {
  Folder folder("front_end_files");
  const auto image = noisy_image(20, 10, 3, 10);
  write_image(folder.path() / "a.png", image);
  const auto front_end = made("{size: 8, fit: crop}");
  std::vector<float> expected(static_cast<std::size_t>(front_end.elements()));
  front_end.compute(image, expected);
  CHECK(features_of_image_file(front_end, (folder.path() / "a.png").string()) == expected);
  CHECK_THROWS_AS(features_of_image_file(front_end, (folder.path() / "b.png").string()), Error);
}
