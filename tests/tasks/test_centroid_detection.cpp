#include "tasks/centroid_detection.h"

#include "base/error.h"
#include "base/random.h"
#include "catch.h"
#include "tasks/scene.h"

using namespace espalier;

namespace {

const tasks::Scene scenes(24, 32);  // cells of 8
const tasks::CentroidDetection task(0.5);

/// A cup in cell (1, 2) and a cat in cell (0, 0).
tasks::Answers answers(std::vector<datasets::Box> truth) {
  tasks::Answers all;
  all.shape = {3, 3, 4};
  all.width = 36;
  all.values.assign(36, -4);
  for (std::size_t cell = 0; cell < 12; ++cell) all.values[cell] = 4;
  all.values[12 + 1 * 4 + 2] = 8;
  all.values[24] = 8;
  datasets::Target target;
  target.boxes = std::move(truth);
  all.targets = {target};
  return all;
}

}  // namespace

TEST_CASE("points in boxes of their class are right, each box once") {
  CHECK(task.objection({3, 3, 4}, scenes).empty());
  CHECK(task.objection({2, 3, 4}, scenes).find("3 channels") != std::string::npos);
  CHECK(task.score(answers({{16, 8, 24, 16, 0}, {0, 0, 9, 9, 1}}), scenes).value == Approx(1));
  CHECK(task.score(answers({{16, 8, 24, 16, 1}, {0, 0, 9, 9, 1}}), scenes).value == Approx(0.5));
  // One found and right, one found and wrong, one missed.
  const auto score = task.score(answers({{16, 8, 24, 16, 0}, {24, 16, 32, 24, 0}}), scenes);
  CHECK(score.value == Approx(0.5));
  // Boxes to be ignored count neither way.
  CHECK(task.score(answers({{16, 8, 24, 16, 0}, {0, 0, 9, 9, 1, true}}), scenes).value == Approx(1));
  CHECK(task.report(answers({{16, 8, 24, 16, 0}}), scenes).at("classes").items()[1].at("label").text() == "cat");
}

TEST_CASE("the device's codes say what the float numbers say") {
  Random random(9, "centroids");
  const tasks::CentroidGrid grid{2, 3, 4, 8};
  const float scale = 0.125f;  // exact in float, so that equal margins are equal there, too
  for (int round = 0; round < 300; ++round) {
    std::vector<std::int8_t> codes(36);
    std::vector<float> numbers(36);
    for (std::size_t cell = 0; cell < 12; ++cell)
      for (std::size_t c = 0; c < 3; ++c) {
        codes[cell * 3 + c] = static_cast<std::int8_t>(static_cast<int>(random.below(100)) - 50);
        numbers[c * 12 + cell] = scale * static_cast<float>(codes[cell * 3 + c] + 7);
      }
    const auto by_device = tasks::decode_centroids(grid, 0.7, codes, scale),
               by_float = tasks::decode_centroids(grid, 0.7, std::span<const float>(numbers));
    REQUIRE(by_device.size() == by_float.size());
    for (std::size_t i = 0; i < by_device.size(); ++i) {
      CHECK(by_device[i].x == by_float[i].x);
      CHECK(by_device[i].label == by_float[i].label);
      CHECK(by_device[i].score == Approx(by_float[i].score).margin(1e-4));
    }
  }
}

TEST_CASE("the decoding of points that travels with exports reads back") {
  double least_score = 0;
  auto json = task.decoding(scenes, {3, 3, 4});
  const auto grid = tasks::centroid_grid_of(json, "m.tflite", least_score);
  CHECK(grid.columns == 4);
  CHECK(grid.stride == 8);
  CHECK(least_score == 0.5);
  json.set("rows", 0);
  CHECK_THROWS_AS(tasks::centroid_grid_of(json, "m.tflite", least_score), Error);
}
