#include "deployment/input_reader.h"

#include "base/error.h"
#include "catch.h"
#include "datasets/image_front_end.h"
#include "deployment/made_export.h"
#include "reporting/scratch_folder.h"

namespace espalier::deployment {

TEST_CASE("a recording becomes the features that its front end computes") {
  const ScratchFolder scratch;
  const auto samples = sound(16000, 4);
  write_wav(scratch / "sound.wav", samples);
  for (const char* arithmetic : {"integer", "float32"}) {
    const auto front_end = default_front_end(arithmetic);
    std::vector<float> expected(static_cast<std::size_t>(front_end.elements()));
    front_end.compute(samples, expected);
    const auto reader = input_reader(front_end.json(), "here");
    CHECK(reader->elements() == front_end.elements());
    CHECK(reader->read((scratch / "sound.wav").string()) == expected);
  }
  CHECK_THROWS_AS(input_reader(default_front_end().json(), "here")->read((scratch / "absent.wav").string()), Error);
}

TEST_CASE("a picture becomes the features that its front end computes") {
  const ScratchFolder scratch;
  datasets::Image image{7, 5, 3, {}};
  for (int i = 0; i < 7 * 5 * 3; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * 37));
  datasets::write_image(scratch / "picture.png", image);
  std::vector<Problem> problems;
  datasets::ImageOptions options;
  options.size = {4, 4};
  const datasets::ImageFrontEnd front_end(options, {}, problems);
  std::vector<float> expected(48);
  front_end.compute(image, expected);
  const auto reader = input_reader(front_end.json(), "here");
  CHECK(reader->elements() == 48);
  CHECK(reader->read((scratch / "picture.png").string()) == expected);
  CHECK_THROWS_AS(reader->read((scratch / "absent.png").string()), Error);
}

TEST_CASE("a front end that has no reader is named") {
  for (const auto& front_end : {Json::map(), Json::map().set("type", "smell"), Json::map().set("type", 3)}) {
    try {
      input_reader(front_end, "model.tflite");
      FAIL("accepted");
    } catch (const Error& e) {
      CHECK(e.code() == Exit::mistake);
      CHECK(std::string(e.what()).find("model.tflite") != std::string::npos);
      CHECK(std::string(e.what()).find("front end of type") != std::string::npos);
    }
  }
}

}  // namespace espalier::deployment
