#include "datasets/raw_picture.h"

#include "catch.h"

using namespace espalier::datasets;

TEST_CASE("a picture becomes a raw sample and a picture again") {
  const Image image{3, 2, 1, {0, 1, 2, 253, 254, 255}};
  const auto raw = raw_of(image);
  CHECK((raw.form.matter == Matter::image && raw.form.height == 2 && raw.form.width == 3 && raw.form.channels == 1));
  CHECK(raw.values == std::vector<float>{0, 1, 2, 253, 254, 255});
  const auto again = picture_of(raw);
  CHECK((again.width == 3 && again.height == 2 && again.channels == 1));
  CHECK(again.pixels == image.pixels);
}

TEST_CASE("what a disturbance left is rounded and saturated as a camera does") {
  const auto image = picture_of({{Matter::image, 1, 5, 1}, {-3, 0.5f, 1.5f, 254.6f, 300}});
  CHECK(image.pixels == std::vector<std::uint8_t>{0, 0, 2, 255, 255});
}
