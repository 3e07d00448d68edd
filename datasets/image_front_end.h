// What a network sees of a picture, computed by the device's own C code (device_runtime/image_frontend.h).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "datasets/image_file.h"
#include "device_runtime/image_frontend.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// The recipe's `image:` block: what the network's input is made of.
struct ImageOptions {
  schema::Pair size{32, 32};
  std::int64_t channels = 3;
  std::string order = "rgb", fit = "stretch", filter = "area";
  std::vector<double> mean = {0.5}, std = {0.5};
  static void describe(schema::Describe<ImageOptions>& d);
};

/// Pixels -> features {channels, height, width}: (pixel / 255 - mean) / std in steps of 2^-16, so that a float holds
/// them exactly and a device finds the int8 code of each in a table of 256. Const methods may be called from several
/// threads.
class ImageFrontEnd {
 public:
  ImageFrontEnd() = default;
  /// Adds Problems, at the keys' own lines or at `origin`, and is not valid() where the options make no sense.
  ImageFrontEnd(const ImageOptions& options, const schema::Value& block, std::vector<Problem>& problems);
  /// From what json() gave. Throws Error(mistake).
  explicit ImageFrontEnd(const Json& json);

  bool valid() const { return !shape_.empty(); }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  std::int64_t elements() const { return shape_[0] * shape_[1] * shape_[2]; }
  const espalier_image_spec& spec() const { return spec_; }
  /// The feature of each pixel value, in steps of 2^-16: [channels][256].
  const std::vector<std::int32_t>& levels() const { return levels_; }

  /// The picture as the network's size and channels have it, [height][width][channels], 8 bits.
  Image pixels(const espalier_frame& frame) const;
  Image pixels(const Image& image) const;
  /// Features of what pixels() gave, possibly changed since. out: elements().
  void normalise(const Image& pixels, std::span<float> out) const;
  /// Both steps.
  void compute(const Image& image, std::span<float> out) const { normalise(pixels(image), out); }

  /// `type: image`, the specification under the names of ImageOptions, `shape`, and `lsb`: 2^-16.
  Json json() const;

 private:
  void set(const ImageOptions& options);
  espalier_image_spec spec_{};
  std::vector<double> mean_, std_;
  std::vector<std::int64_t> shape_;
  std::vector<std::int32_t> levels_;
};

/// Is this the description of an image front end?
bool is_image(const Json& json);

/// An image as the C code takes it; valid while the image lives and is not changed.
espalier_frame frame_of(const Image& image);

/// Features of a file that is in no data set. Throws Error(mistake) that names a damaged file.
std::vector<float> features_of_image_file(const ImageFrontEnd& front_end, const std::string& path);

}  // namespace espalier::datasets
