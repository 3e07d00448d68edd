#include "datasets/image_file.h"

#include <algorithm>

#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

std::string refusal_of(const fs::path& file) {
  try {
    probe_image(file);
    read_image(file);
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    CHECK(error.problems()[0].origin == file.string());
    return error.problems()[0].text;
  }
  return "accepted";
}

std::string refusal_of_bytes(const Folder& folder, const std::string& bytes) {
  write_bytes(folder.path() / "damaged", bytes);
  return refusal_of(folder.path() / "damaged");
}

void says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("read_image: pixels pass through lossless files, as red, green, blue") {
  Folder folder("image_exact");
  const auto image = noisy_image(13, 7, 3, 2);
  for (const char* name : {"a.png", "a.bmp", "a.ppm", "a.tiff"}) {
    write_image(folder.path() / name, image);
    const auto read = read_image(folder.path() / name);
    CHECK(read.width == 13);
    CHECK(read.height == 7);
    CHECK(read.pixels == image.pixels);
    CHECK(probe_image(folder.path() / name).width == 13);
  }
  Image red{1, 1, 3, {255, 0, 0}};
  write_image(folder.path() / "red.ppm", red);
  CHECK(file_bytes(folder.path() / "red.ppm").substr(11) == std::string("\xFF\0\0", 3));
}

TEST_CASE("read_image: gray pictures and JPEG") {
  Folder folder("image_gray");
  const auto gray = noisy_image(9, 5, 1, 3);
  write_image(folder.path() / "g.png", gray);
  CHECK(read_image(folder.path() / "g.png", 1).pixels == gray.pixels);
  const auto colours = read_image(folder.path() / "g.png");
  CHECK(is_gray(colours));
  CHECK(colours.pixels[3] == gray.pixels[1]);
  CHECK_FALSE(is_gray(noisy_image(9, 5, 3, 3)));
  Image smooth{64, 48, 3, {}};
  for (int i = 0; i < 64 * 48; ++i)
    for (int c = 0; c < 3; ++c) smooth.pixels.push_back(static_cast<std::uint8_t>(i % 64 * 3 + 20 * c));
  write_image(folder.path() / "s.jpg", smooth);
  const auto read = read_image(folder.path() / "s.jpg");
  REQUIRE(read.pixels.size() == smooth.pixels.size());
  int farthest = 0;
  for (std::size_t i = 0; i < read.pixels.size(); ++i)
    farthest = std::max(farthest, std::abs(read.pixels[i] - smooth.pixels[i]));
  CHECK(farthest <= 12);
}

TEST_CASE("read_image: damaged files are named and refused") {
  Folder folder("image_damaged");
  says(refusal_of(folder.path() / "absent.png"), "no such image file");
  says(refusal_of_bytes(folder, ""), "is empty");
  says(refusal_of_bytes(folder, "hello, world"), "no picture");
  const auto image = noisy_image(64, 64, 3, 4);
  for (const char* name : {"a.png", "a.jpg", "a.bmp", "a.ppm", "a.webp"}) {
    write_image(folder.path() / name, image);
    const auto bytes = file_bytes(folder.path() / name);
    says(refusal_of_bytes(folder, bytes.substr(0, bytes.size() / 2)), "is cut off");
  }
  // Pixels that do not decode: the compressed stream is overwritten.
  auto bytes = file_bytes(folder.path() / "a.png");
  for (std::size_t i = 60; i < 400; ++i) bytes[i] = 'x';
  says(refusal_of_bytes(folder, bytes), "damaged");
}

TEST_CASE("read_image: a header of gigapixels allocates nothing") {
  Folder folder("image_bomb");
  const auto bomb = "\x89PNG\r\n\x1A\n" + big(13) + "IHDR" + big(60000) + big(60000) +
                    std::string("\x08\x02\0\0\0", 5) + big(0) + big(0) + "IEND" + big(0);
  says(refusal_of_bytes(folder, bomb), "claims 60000 x 60000 pixels");
  says(refusal_of_bytes(folder, "P6 65535 65535 255\n" + std::string(1000, 'x')), "claims 65535 x 65535");
  says(refusal_of_bytes(folder, "P6 0 5 255\n"), "damaged PNM header");
}

TEST_CASE("write_image: what cannot be written is said") {
  Folder folder("image_unwritable");
  CHECK_THROWS_AS(write_image(folder.path() / "a.unknown", noisy_image(2, 2, 3, 1)), Error);
}
