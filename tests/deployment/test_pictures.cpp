#include "deployment/pictures.h"

#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "catch.h"

using namespace espalier;

namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("espalier_pictures_" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

datasets::Image colour(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  datasets::Image image{64, 48, 3, {}};
  for (int i = 0; i < 64 * 48; ++i) image.pixels.insert(image.pixels.end(), {red, green, blue});
  return image;
}

}  // namespace

TEST_CASE("a video of pictures gives them back, in order and colour") {
  const Folder folder;
  const auto file = folder.path / "v.avi";
  {
    deployment::VideoFile video(file, 12);
    for (const auto& image : {colour(250, 10, 10), colour(10, 250, 10), colour(10, 10, 250)}) video.write(image);
    CHECK_FALSE(std::filesystem::exists(file));
    video.finish();
  }
  deployment::PictureSource source(file.string());
  CHECK(source.rate() == Approx(12));
  CHECK_FALSE(source.is_picture());
  datasets::Image image;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    REQUIRE(source.next(image));
    CHECK(image.width == 64);
    for (std::size_t c = 0; c < 3; ++c) CHECK((image.pixels[c] > 150) == (c == channel));
  }
  CHECK_FALSE(source.next(image));
}

TEST_CASE("a video that was not finished is not there") {
  const Folder folder;
  { deployment::VideoFile(folder.path / "v.avi", 12).write(colour(1, 2, 3)); }
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("a picture is a source of one") {
  const Folder folder;
  datasets::write_image(folder.path / "p.png", colour(200, 0, 0));
  deployment::PictureSource source((folder.path / "p.png").string());
  CHECK(source.is_picture());
  datasets::Image image;
  REQUIRE(source.next(image));
  CHECK(image.pixels == colour(200, 0, 0).pixels);
  CHECK_FALSE(source.next(image));
}

TEST_CASE("what is no picture, no video, no camera and no screen is told") {
  const Folder folder;
  CHECK_THROWS_AS(deployment::PictureSource("nowhere.png"), Error);
  CHECK_THROWS_AS(deployment::PictureSource("camera:one"), Error);
  CHECK_THROWS_AS(deployment::VideoFile(folder.path / "v.txt", 5), Error);
  write_atomically(folder.path / "v.mp4", std::string("no video"));
  CHECK_THROWS_AS(deployment::PictureSource((folder.path / "v.mp4").string()), Error);
  ::unsetenv("DISPLAY"), ::unsetenv("WAYLAND_DISPLAY");
  CHECK_THROWS_AS(deployment::Window("t"), Error);
}
