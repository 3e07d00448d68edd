#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

const std::string categories = R"("categories": [{"id": 7, "name": "cup"}, {"id": 3, "name": "cat"}])";

std::string image(int id, const std::string& name) {
  return R"({"id": )" + std::to_string(id) + R"(, "file_name": ")" + name + R"(", "width": 32, "height": 32})";
}
std::string box(int image, int category, const std::string& numbers, bool crowd = false) {
  return R"({"id": 1, "image_id": )" + std::to_string(image) + R"(, "category_id": )" + std::to_string(category) +
         R"(, "bbox": [)" + numbers + R"(], "iscrowd": )" + (crowd ? "1" : "0") +
         R"(, "segmentation": [[1, 2, 3, 4, 5, 6]]})";
}
std::string file(const std::string& images, const std::string& boxes) {
  return "{\"images\": [" + images + "], \"annotations\": [" + boxes + "], " + categories + "}";
}

void write_corpus(const fs::path& root, const std::string& train_boxes) {
  for (const char* name : {"train/a.png", "train/b.png", "val/c.png"}) {
    fs::create_directories((root / name).parent_path());
    write_image(root / name, noisy_image(32, 32, 3, 3));
  }
  write_bytes(root / "train.json", file(image(10, "a.png") + ", " + image(11, "b.png"), train_boxes));
  write_bytes(root / "val.json", file(image(1, "c.png"), box(1, 7, "0, 0, 8, 8")));
}

std::string recipe(const fs::path& root, const std::string& more = "") {
  return "type: coco\nroot: " + root.string() +
         "\ntrain: train.json\ntrain_images: train\nvalidation: val.json\nvalidation_images: val\ntest: val.json\n"
         "test_images: val\nimage: {size: 32}\n" +
         more;
}

}  // namespace

TEST_CASE("coco: boxes, crowds, boxes without area, boxes of nothing") {
  Folder folder("coco");
  write_corpus(folder.path(), box(10, 7, "4, 2, 8.5, 10") + ", " + box(10, 3, "0, 0, 32, 32", true) + ", " +
                                  box(11, 3, "5, 5, 0, 3") + ", " + box(99, 3, "1, 1, 2, 2") + ", " +
                                  box(11, 99, "1, 1, 2, 2"));
  const auto data = make_data(recipe(folder.path()));
  CHECK(data->classes() == std::vector<std::string>{"cat", "cup"});
  const auto boxes = data->target(Split::train, 0).boxes;
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[0] == Box{4, 2, 12.5, 12, 1, false});
  CHECK(boxes[1].ignored);
  CHECK(data->target(Split::train, 1).boxes.empty());
  CHECK(data->summary().find("2 boxes of no picture or category") != std::string::npos);
  CHECK(data->summary().find("1 boxes without area") != std::string::npos);
}

TEST_CASE("coco: damaged files are named") {
  Folder folder("coco_bad");
  const auto says = [&](const std::string& json, const std::string& part) {
    write_corpus(folder.path(), "");
    write_bytes(folder.path() / "train.json", json);
    const auto said = problems_of(recipe(folder.path()));
    INFO(said);
    CHECK(said.find(part) != std::string::npos);
    CHECK(said.find("train.json") != std::string::npos);
  };
  says("{", "is not valid JSON");
  says("[]", "no map");
  says("{\"images\": []}", "no list 'categories'");
  says(file(image(1, "a.png"), R"({"image_id": 1, "category_id": 7, "bbox": [1, 2, 3]})"), "bbox of four numbers");
  says(file(image(1, "a.png"), R"({"image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 1e300]})"),
       "bbox of four numbers");
  says(file(image(1, "a.png") + ", " + image(1, "b.png"), ""), "two images have the id 1");
  says(file(image(1, "../c.png"), ""), "leads out");
  says(file(image(1, "a.png"), R"({"image_id": "x", "category_id": 7, "bbox": [1, 2, 3, 4]})"), "whole number");
}

TEST_CASE("coco: missing pictures are refused, or skipped and counted") {
  Folder folder("coco_missing");
  write_corpus(folder.path(), box(11, 7, "4, 2, 8, 10"));
  fs::remove(folder.path() / "train/a.png");
  CHECK(problems_of(recipe(folder.path())).find("a.png") != std::string::npos);
  CHECK(make_data(recipe(folder.path(), "on_error: skip\n"))->size(Split::train) == 1);
}

TEST_CASE("coco: categories of one name are one class, and there must be boxes to learn from") {
  Folder folder("coco_names");
  write_corpus(folder.path(), box(10, 7, "4, 2, 8, 10") + ", " + box(11, 3, "4, 2, 8, 10"));
  auto json = file_bytes(folder.path() / "train.json");
  json.replace(json.rfind("cat\""), 3, "cup");
  write_bytes(folder.path() / "train.json", json);
  const auto data = make_data(recipe(folder.path()));
  CHECK(data->classes() == std::vector<std::string>{"cup"});
  for (const int picture : {0, 1}) CHECK(data->target(Split::train, picture).boxes.at(0).label == 0);
  write_corpus(folder.path(), box(10, 7, "4, 2, 8, 10", true));
  CHECK(problems_of(recipe(folder.path())).find("no train picture") != std::string::npos);
}
