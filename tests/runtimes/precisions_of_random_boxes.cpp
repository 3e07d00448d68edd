// Random pictures with boxes and detections, and the average precisions that the project computes of them, as JSON on
// standard output: judge_precisions.py compares them with pycocotools.
//   precisions_of_random_boxes SEED
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/json.h"
#include "base/random.h"
#include "tasks/average_precision.h"

using namespace espalier;

namespace {

constexpr std::int64_t classes = 4;

datasets::Box random_box(Random& random) {
  const double left = random.uniform(0, 90), top = random.uniform(0, 90);
  datasets::Box box;
  box.left = static_cast<float>(left), box.top = static_cast<float>(top);
  box.right = static_cast<float>(left + random.uniform(2, 60)),
  box.bottom = static_cast<float>(top + random.uniform(2, 60));
  box.label = random.below(classes - 1);  // the last class has no boxes
  box.ignored = random.uniform() < 0.1;
  return box;
}

/// Some near what is there, some twice, some of another class, some anywhere.
std::vector<tasks::FoundBox> detections_of(const std::vector<datasets::Box>& truth, Random& random) {
  std::vector<tasks::FoundBox> all;
  for (const auto& box : truth)
    for (auto times = random.below(4); times > 0; --times) {
      auto near = box;
      near.ignored = false;
      const double spread = random.uniform(0, 6);
      for (float* edge : {&near.left, &near.top, &near.right, &near.bottom})
        *edge += static_cast<float>(spread * random.normal());
      if (random.uniform() < 0.1) near.label = random.below(classes);
      if (near.right > near.left && near.bottom > near.top)
        all.push_back({near, static_cast<double>(random.below(1000)) / 1000});  // equal scores happen
    }
  for (auto others = random.below(5); others > 0; --others) {
    auto box = random_box(random);
    box.ignored = false;
    all.push_back({box, random.uniform()});
  }
  return all;
}

Json json_of(const datasets::Box& box) {
  auto json = Json::map();
  json.set("label", box.label).set("ignored", box.ignored);
  return json.set("box", Json::list_of(std::vector<double>{box.left, box.top, box.right, box.bottom}));
}

Json number(double value) { return std::isnan(value) ? Json() : Json(value); }

}  // namespace

int main(int, char** arguments) {
  Random random(std::strtoull(arguments[1], nullptr, 10), "precisions");
  std::vector<tasks::FoundInPicture> pictures;
  auto listed = Json::list();
  for (int i = 0; i < 40; ++i) {
    tasks::FoundInPicture picture;
    for (auto boxes = random.below(8); boxes > 0; --boxes) picture.truth.push_back(random_box(random));
    picture.found = detections_of(picture.truth, random);
    auto truth = Json::list(), found = Json::list();
    for (const auto& box : picture.truth) truth.push(json_of(box));
    for (const auto& one : picture.found) found.push(json_of(one.box).set("score", one.score));
    listed.push(Json::map().set("truth", std::move(truth)).set("found", std::move(found)));
    pictures.push_back(std::move(picture));
  }
  const auto all = tasks::precisions(pictures, classes);
  auto of_classes = Json::list();
  for (const double value : all.map50_of_class) of_classes.push(number(value));
  auto json = Json::map();
  json.set("classes", classes).set("pictures", std::move(listed)).set("mAP", number(all.map));
  json.set("mAP50", number(all.map50)).set("mAP75", number(all.map75)).set("voc_mAP50", number(all.voc50));
  std::printf("%s\n", json.set("AP50", std::move(of_classes)).dump().c_str());
}
