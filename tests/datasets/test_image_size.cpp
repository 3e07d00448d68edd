#include "datasets/image_size.h"

#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

ImageSize size_of(const std::string& bytes) {
  return size_of_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace

TEST_CASE("size_of_image: what OpenCV writes is known by its first bytes") {
  Folder folder("image_sizes");
  const auto image = noisy_image(37, 21, 3, 1);
  for (const auto& [ending, format] : std::vector<std::pair<std::string, std::string>>{{".png", "PNG"},
                                                                                       {".jpg", "JPEG"},
                                                                                       {".bmp", "BMP"},
                                                                                       {".ppm", "PNM"},
                                                                                       {".webp", "WebP"},
                                                                                       {".tiff", "TIFF"},
                                                                                       {".ras", "Sun raster"}}) {
    INFO(ending);
    const auto file = folder.path() / ("a" + ending);
    write_image(file, image);
    const auto bytes = file_bytes(file);
    const auto size = size_of(bytes);
    CHECK(size.format == format);
    CHECK(size.width == 37);
    CHECK(size.height == 21);
    CHECK(size.whole);
    // Whatever is cut off, nothing is read behind the end; what the first kilobyte says is said of it too.
    for (std::size_t length = 0; length < bytes.size(); length += 1 + length / 8) size_of(bytes.substr(0, length));
    if (ending == ".png" || ending == ".jpg" || ending == ".bmp" || ending == ".ppm" || ending == ".webp")
      CHECK_FALSE(size_of(bytes.substr(0, bytes.size() / 2)).whole);
  }
}

TEST_CASE("size_of_image: JPEG 2000 by its image header") {
  const auto size = size_of(big(12) + "jP  " + std::string(32, '.') + big(22) + "ihdr" + big(21) + big(37));
  CHECK(size.format == "JPEG 2000");
  CHECK(size.width == 37);
  CHECK(size.height == 21);
}

TEST_CASE("size_of_image: hostile headers") {
  CHECK(size_of("").format.empty());
  CHECK(size_of("GIF89a and more").format.empty());
  CHECK(size_of("\x89PNG\r\n\x1A\n").width == 0);
  const auto png = "\x89PNG\r\n\x1A\n" + big(13) + "IHDR" + big(0xFFFFFFFF) + big(0xFFFFFFFF);
  CHECK(size_of(png).width == 0xFFFFFFFFll);
  CHECK_FALSE(size_of(png).whole);
  CHECK(size_of("P6\n99999999999999999999 7\n255\n").height == 0);  // no number that is read to its end
  CHECK(size_of("P6\n# a comment\n4000000000 4000000000\n255\n").width == 4000000000ll);
  CHECK_FALSE(size_of("P5 100 100 255 ").whole);
  CHECK(size_of("P1 2 2 1 0 0 1").whole);  // written as text: only the decoder can tell
  const std::string bmp = "BM" + little(0, 8) + little(54, 4) + little(40, 4) + little(100, 4) +
                          little(0x80000000u, 4) + little(1, 2) + little(24, 2) + little(0, 4);
  CHECK(size_of(bmp).height == 2147483648ll);
  CHECK_FALSE(size_of(bmp).whole);
  CHECK(size_of("II*" + std::string(1, '\0') + little(0xFFFFFFF0u, 4)).width == 0);
}
