#include "tasks/object_detection.h"

#include "base/error.h"
#include "catch.h"
#include "tasks/scene.h"

using namespace espalier;

namespace {

const tasks::Scene scenes(32, 48);  // cells of 8
const tasks::ObjectDetection task("mAP50", 4, {0.3, 0.5, 100});

/// One picture whose cell (1, 2) says cat from (14, 6) to (30, 26).
tasks::Answers answers() {
  tasks::Answers all;
  all.shape = {7, 4, 6};
  all.width = 7 * 24;
  all.values.assign(static_cast<std::size_t>(all.width), -8);
  const auto set = [&](std::size_t channel, float value) { all.values[channel * 24 + 1 * 6 + 2] = value; };
  set(1, 4), set(6, 3);
  set(2, 6.0f / 4), set(3, 6.0f / 4), set(4, 10.0f / 4), set(5, 14.0f / 4);
  datasets::Target target;
  target.boxes = {{14, 6, 30, 26, 1}};
  all.targets = {target};
  return all;
}

}  // namespace

TEST_CASE("a detector's grid follows from its outputs, and what does not fit is told") {
  CHECK(task.outputs(scenes) == 7);
  CHECK(task.objection({7, 4, 6}, scenes).empty());
  CHECK(task.objection({2}, scenes).find("out: outputs") != std::string::npos);
  CHECK(task.objection({6, 4, 6}, scenes).find("7 channels") != std::string::npos);
  CHECK(task.objection({7, 4, 5}, scenes).find("whole multiple") != std::string::npos);
  const auto grid = task.grid({7, 4, 6}, scenes);
  CHECK(grid.stride == 8);
  CHECK(grid.unit == 4);
  CHECK(tasks::ObjectDetection("mAP", 0, {}).grid({7, 4, 6}, scenes).unit == 8);
}

TEST_CASE("what was said exactly scores 1, by float numbers and by the device's codes") {
  auto said = answers();
  CHECK(task.score(said, scenes).value == Approx(1));
  const auto report = task.report(said, scenes);
  CHECK(report.at("mAP50").number() == Approx(1));
  CHECK(report.at("classes").items()[0].at("AP50").is_null());
  said.code_scale = 0.0625f, said.code_zero_point = 3;
  CHECK(task.score(said, scenes).value == Approx(1));
  said.targets[0].boxes[0].label = 0;
  CHECK(task.score(said, scenes).value == 0);
}

TEST_CASE("of each picture and class it tells what counts, and what is right of what was found") {
  CHECK(task.of_samples({}, scenes, datasets::Split::test) == tasks::Lines{{"sample", "label", "boxes"}});
  auto said = answers();
  said.targets[0].boxes.push_back({0, 0, 8, 8, 1, true});
  said.targets[0].boxes.push_back({20, 6, 30, 26, 0});
  auto codes = said;
  codes.code_scale = 0.0625f, codes.code_zero_point = 3;
  const auto lines = task.of_samples({{"float", &said}, {"integer", &codes}}, scenes, datasets::Split::test);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == std::vector<std::string>{"sample", "label", "boxes", "float", "integer"});
  CHECK(lines[1] == std::vector<std::string>{scenes.id(datasets::Split::test, 0), "cup", "1", "", ""});
  CHECK(lines[2][1] == "cat");
  CHECK(lines[2][2] == "1");          // the crowd does not count
  CHECK(lines[2][3] == "+0.935440");  // 1 / (1 + e^-4) / (1 + e^-3) in steps of 1/65536
  CHECK(lines[2][4].front() == '+');
  said.targets[0].boxes[0] = {0, 20, 10, 30, 1};
  CHECK(task.of_samples({{"float", &said}}, scenes, datasets::Split::test)[2][3] == "-0.935440");
}

TEST_CASE("the decoding that travels with exports reads as the same, and damaged ones are refused") {
  auto json = task.decoding(scenes, {7, 4, 6});
  tasks::BoxGrid grid;
  tasks::SuppressionOptions options;
  tasks::from_json(json, "model.tflite", grid, options);
  CHECK(tasks::to_json(grid, options).dump() == json.dump());
  json.set("rows", 1e9);
  CHECK_THROWS_AS(tasks::from_json(json, "model.tflite", grid, options), Error);
  json.set("rows", "four");
  CHECK_THROWS_AS(tasks::from_json(json, "model.tflite", grid, options), Error);
}
