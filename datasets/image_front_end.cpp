#include "datasets/image_front_end.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace espalier::datasets {
namespace {

constexpr float step = 1.0f / 65536.0f;
constexpr std::int64_t levels_of_pixel = 256;

espalier_image_spec spec_of(const ImageOptions& options) {
  espalier_image_spec spec{};
  spec.width = static_cast<std::int32_t>(options.size.width);
  spec.height = static_cast<std::int32_t>(options.size.height);
  spec.channels = static_cast<std::int32_t>(options.channels);
  spec.order = options.order == "bgr" ? ESPALIER_ORDER_BGR : ESPALIER_ORDER_RGB;
  spec.fit = options.fit == "crop" ? ESPALIER_FIT_CROP : options.fit == "pad" ? ESPALIER_FIT_PAD : ESPALIER_FIT_STRETCH;
  spec.filter = options.filter == "bilinear" ? ESPALIER_FILTER_BILINEAR : ESPALIER_FILTER_AREA;
  return spec;
}

/// One number for all channels, or one for each.
double of_channel(const std::vector<double>& values, std::int64_t channel) {
  return values[values.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
}

bool fits(const std::vector<double>& values, std::int64_t channels) {
  return values.size() == 1 || static_cast<std::int64_t>(values.size()) == channels;
}

std::vector<double> numbers_of(const Json& list) {
  std::vector<double> numbers;
  for (const auto& item : list.items()) numbers.push_back(item.number());
  return numbers;
}

/// What is wrong with the options, as key and text.
std::vector<std::pair<std::string, std::string>> wrong(const ImageOptions& options) {
  std::vector<std::pair<std::string, std::string>> found;
  constexpr std::int64_t most = ESPALIER_IMAGE_MOST_OUTPUT;  // before anything is made shorter than 64 bits
  if (std::max(options.size.width, options.size.height) > most || options.channels < 0 || options.channels > 3)
    return {{"size", "image: a size or a number of channels is out of range"}};
  const auto spec = spec_of(options);
  if (const auto status = espalier_image_check(&spec); status != ESPALIER_IMAGE_OK)
    found.emplace_back(status == ESPALIER_IMAGE_BAD_SIZE ? "size" : "channels",
                       std::string("image: ") + espalier_image_status_text(status));
  for (const auto& [key, values] : {std::pair("mean", options.mean), std::pair("std", options.std)})
    if (!fits(values, options.channels))
      found.emplace_back(
          key, fmt::format("image: {} takes one number, or one for each of {} channels", key, options.channels));
  const auto in = [](const std::vector<double>& values, double low, double high) {
    return std::all_of(values.begin(), values.end(), [&](double value) { return value >= low && value <= high; });
  };
  if (!in(options.mean, 0, 1)) found.emplace_back("mean", "image: mean must be within 0 and 1 (of pixels / 255)");
  if (!in(options.std, 0.001, 1)) found.emplace_back("std", "image: std must be within 0.001 and 1 (of pixels / 255)");
  return found;
}

}  // namespace

void ImageOptions::describe(schema::Describe<ImageOptions>& d) {
  d.about("what the network sees of a picture, computed by the device's own code");
  d.key("size", &ImageOptions::size, "pixels: one number, or [height, width]").range(1, ESPALIER_IMAGE_MOST_OUTPUT);
  d.key("channels", &ImageOptions::channels, "3 for colours, 1 for gray").range(1, 3);
  d.key("order", &ImageOptions::order, "of three channels").one_of({"rgb", "bgr"});
  d.key("fit", &ImageOptions::fit,
        "of other proportions: stretch the whole, crop its centre, or pad the whole with gray")
      .one_of({"stretch", "crop", "pad"});
  d.key("filter", &ImageOptions::filter, "of resizing: mean over the area, or between the nearest four")
      .one_of({"area", "bilinear"});
  d.key("mean", &ImageOptions::mean, "of pixels / 255, subtracted: one number, or one a channel");
  d.key("std", &ImageOptions::std, "of pixels / 255, divided by: one number, or one a channel");
}

ImageFrontEnd::ImageFrontEnd(const ImageOptions& options, const schema::Value& block, std::vector<Problem>& problems) {
  const auto found = wrong(options);
  for (const auto& [key, text] : found) {
    const auto* value = block.find(key);
    problems.push_back({(value ? *value : block).origin().text(), text});
  }
  if (found.empty()) set(options);
}

ImageFrontEnd::ImageFrontEnd(const Json& json) {
  ImageOptions options;
  options.size = {json.at("height").integer(), json.at("width").integer()};
  options.channels = json.at("channels").integer();
  options.order = json.at("order").text();
  options.fit = json.at("fit").text();
  options.filter = json.at("filter").text();
  options.mean = numbers_of(json.at("mean"));
  options.std = numbers_of(json.at("std"));
  if (const auto found = wrong(options); !found.empty()) mistake("front_end", found.front().second);
  set(options);
}

void ImageFrontEnd::set(const ImageOptions& options) {
  spec_ = spec_of(options);
  mean_ = options.mean;
  std_ = options.std;
  shape_ = {options.channels, options.size.height, options.size.width};
  levels_.clear();
  for (std::int64_t channel = 0; channel < options.channels; ++channel)
    for (std::int64_t pixel = 0; pixel < levels_of_pixel; ++pixel)
      levels_.push_back(static_cast<std::int32_t>(std::llround(
          65536.0 * (static_cast<double>(pixel) / 255.0 - of_channel(mean_, channel)) / of_channel(std_, channel))));
}

Image ImageFrontEnd::pixels(const espalier_frame& frame) const {
  Image seen{spec_.width, spec_.height, spec_.channels, {}};
  seen.pixels.resize(static_cast<std::size_t>(elements()));
  const auto status = espalier_image_pixels(&spec_, &frame, seen.pixels.data());
  if (status != ESPALIER_IMAGE_OK)
    mistake("", std::string("the image front end refuses a picture: ") + espalier_image_status_text(status));
  return seen;
}

Image ImageFrontEnd::pixels(const Image& image) const { return pixels(frame_of(image)); }

void ImageFrontEnd::normalise(const Image& pixels, std::span<float> out) const {
  if (static_cast<std::int64_t>(out.size()) != elements() || pixels.pixels.size() != out.size())
    fail(fmt::format("image front end: {} pixels into {} features, where {} are due", pixels.pixels.size(), out.size(),
                     elements()));
  const auto channels = static_cast<std::size_t>(shape_[0]), plane = out.size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    const std::int32_t* levels = levels_.data() + c * levels_of_pixel;
    for (std::size_t i = 0; i < plane; ++i)
      out[c * plane + i] = static_cast<float>(levels[pixels.pixels[i * channels + c]]) * step;
  }
}

Json ImageFrontEnd::json() const {
  Json json = Json::map();
  json.set("type", "image");
  json.set("arithmetic", "integer");
  json.set("width", std::int64_t{spec_.width});
  json.set("height", std::int64_t{spec_.height});
  json.set("channels", std::int64_t{spec_.channels});
  json.set("order", spec_.order == ESPALIER_ORDER_BGR ? "bgr" : "rgb");
  json.set("fit", spec_.fit == ESPALIER_FIT_CROP ? "crop" : spec_.fit == ESPALIER_FIT_PAD ? "pad" : "stretch");
  json.set("filter", spec_.filter == ESPALIER_FILTER_BILINEAR ? "bilinear" : "area");
  json.set("mean", Json::list_of(mean_));
  json.set("std", Json::list_of(std_));
  json.set("shape", Json::list_of(shape_));
  json.set("lsb", static_cast<double>(step));
  return json;
}

bool is_image(const Json& json) { return json.at("type").is_text() && json.at("type").text() == "image"; }

espalier_frame frame_of(const Image& image) {
  espalier_frame frame{};
  frame.pixels = image.pixels.data();
  frame.width = static_cast<std::int32_t>(image.width);
  frame.height = static_cast<std::int32_t>(image.height);
  frame.stride = static_cast<std::int32_t>(image.width * image.channels);
  frame.format = image.channels == 1 ? ESPALIER_PIXELS_GRAY8 : ESPALIER_PIXELS_RGB888;
  return frame;
}

std::vector<float> features_of_image_file(const ImageFrontEnd& front_end, const std::string& path) {
  const auto image = read_image(path);
  std::vector<float> features(static_cast<std::size_t>(front_end.elements()));
  front_end.compute(image, features);
  return features;
}

}  // namespace espalier::datasets
