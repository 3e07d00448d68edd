#include "datasets/detection_dataset.h"

#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

/// Black, but white in its left tenth.
Image striped(std::int64_t width, std::int64_t height) {
  Image image{width, height, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3))};
  for (std::int64_t y = 0; y < height; ++y)
    std::fill_n(image.pixels.begin() + y * width * 3, width / 10 * 3, std::uint8_t{255});
  return image;
}

/// A camera's note that the stored picture is to be turned by 90 degrees to the right (Exif 2.32, tag 274 is 6).
void note_as_turned(const fs::path& file) {
  const std::string note =
      std::string("Exif\0\0II*\0\x08\0\0\0\x01\0", 16) + std::string("\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 16);
  const auto jpeg = file_bytes(file);
  write_bytes(file, jpeg.substr(0, 2) + "\xFF\xE1" + big(static_cast<std::uint32_t>(note.size()) + 2, 2) + note +
                        jpeg.substr(2));
}

void annotate(const fs::path& root, const std::string& id, std::int64_t width, std::int64_t height,
              const std::array<std::int64_t, 4>& box) {
  const auto number = [](const char* name, std::int64_t value) {
    return std::string("<") + name + ">" + std::to_string(value) + "</" + name + ">";
  };
  write_bytes(root / ("Annotations/" + id + ".xml"),
              "<annotation><size>" + number("width", width) + number("height", height) +
                  "</size><object><name>stripe</name><bndbox>" + number("xmin", box[0]) + number("ymin", box[1]) +
                  number("xmax", box[2]) + number("ymax", box[3]) + "</bndbox></object></annotation>");
}

/// A recipe of a picture in each split, of the split's name.
std::string voc(const fs::path& root, int height, int width) {
  for (const char* list : {"train", "val", "test"})
    write_bytes(root / "ImageSets" / (list + std::string(".txt")), list);
  return "type: pascal_voc\nroot: " + root.string() + "\nvalidation: val\ntest: test\nimage: {size: [" +
         std::to_string(height) + ", " + std::to_string(width) + "], fit: stretch}\n";
}

/// Is the network's input bright in the box of its target alone?
bool box_is_bright_part(const Dataset& data, Split split) {
  const auto height = data.shape()[1], width = data.shape()[2];
  std::vector<float> features(static_cast<std::size_t>(3 * height * width));
  const auto boxes = data.sample(split, 0, {true, 0}, features).boxes;
  REQUIRE(boxes.size() == 1);
  CHECK(boxes == data.target(split, 0).boxes);
  double inside = 0, outside = 0, pixels_inside = 0;
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const auto at = static_cast<float>(x) + 0.5f, down = static_cast<float>(y) + 0.5f;
      const bool is_in = at > boxes[0].left && at < boxes[0].right && down > boxes[0].top && down < boxes[0].bottom;
      (is_in ? inside : outside) += features[static_cast<std::size_t>(y * width + x)];
      pixels_inside += is_in;
    }
  const auto pixels = static_cast<double>(width * height);
  return pixels_inside > 0 && inside / pixels_inside > outside / (pixels - pixels_inside) + 0.8;
}

}  // namespace

TEST_CASE("detection: boxes fit the picture as it is stored, or turned where the annotation's size says so") {
  Folder folder("turned");
  const auto& root = folder.path();
  fs::create_directories(root / "JPEGImages");
  for (const char* id : {"train", "val", "test"}) {
    const auto file = root / "JPEGImages" / (id + std::string(".jpg"));
    write_image(file, striped(80, 40));
    note_as_turned(file);
  }
  REQUIRE(read_image(root / "JPEGImages/train.jpg").width == 40);
  REQUIRE(read_image(root / "JPEGImages/train.jpg", 3, Orientation::stored).width == 80);
  annotate(root, "train", 80, 40, {0, 0, 8, 40});
  annotate(root, "val", 40, 80, {0, 0, 40, 8});
  annotate(root, "test", 0, 0, {0, 0, 8, 40});
  const auto data = make_data(voc(root, 40, 40));
  for (const auto split : {Split::train, Split::validation, Split::test}) CHECK(box_is_bright_part(*data, split));
  annotate(root, "test", 60, 40, {0, 0, 8, 40});
  CHECK(problems_of(voc(root, 40, 40)).find("is 80x40, its annotation says 60x40") != std::string::npos);
}

TEST_CASE("detection: what no frame holds is halved with its boxes; a picture of one pixel is one") {
  Folder folder("wide");
  const auto& root = folder.path();
  fs::create_directories(root / "JPEGImages");
  write_image(root / "JPEGImages/train.png", striped(most_frame_side + 16, 20));
  write_image(root / "JPEGImages/val.png", striped(10, 10));
  write_image(root / "JPEGImages/test.png", noisy_image(1, 1, 3, 1));
  annotate(root, "train", most_frame_side + 16, 20, {0, 0, (most_frame_side + 16) / 10, 20});
  annotate(root, "val", 10, 10, {-5, -5, 1, 900});
  annotate(root, "test", 1, 1, {0, 0, 1, 1});
  const auto data = make_data(voc(root, 20, 40));
  CHECK(box_is_bright_part(*data, Split::train));
  CHECK(box_is_bright_part(*data, Split::validation));
  CHECK(data->target(Split::test, 0).boxes == std::vector<Box>{{0, 0, 40, 20, 0}});
  // A file that changes while a run goes on is named, not read beyond its end.
  write_image(root / "JPEGImages/val.png", striped(10, 5));
  std::vector<float> features(3 * 20 * 40);
  CHECK_THROWS_AS(data->sample(Split::validation, 0, {false, 0}, features), Error);
}
