#include "datasets/raw_picture.h"

#include <algorithm>
#include <cmath>

namespace espalier::datasets {

RawSample raw_of(const Image& image) {
  return {{Matter::image, image.height, image.width, image.channels}, {image.pixels.begin(), image.pixels.end()}};
}

Image picture_of(const RawSample& sample) {
  Image image{sample.form.width, sample.form.height, sample.form.channels, {}};
  image.pixels.reserve(sample.values.size());
  for (const float value : sample.values)
    image.pixels.push_back(static_cast<std::uint8_t>(std::nearbyint(std::clamp(value, 0.0f, 255.0f))));
  return image;
}

}  // namespace espalier::datasets
