#include "datasets/coco_annotations.h"

#include <cmath>
#include <map>
#include <unordered_map>

#include "base/error.h"
#include "base/json_part.h"
#include "base/text.h"

namespace espalier::datasets {
namespace {

class Reading {
 public:
  Reading(const std::string& json, const std::string& origin)
      : origin_(origin), root_(parse_json_without(json, origin, {"segmentation"})) {}

  CocoAnnotations read() {
    if (!root_.is_map()) mistake(origin_, "is no map of images, annotations and categories");
    read_categories();
    for (const auto& entry : list("images")) add_picture(entry);
    for (const auto& entry : list("annotations")) add_box(entry);
    return std::move(all_);
  }

 private:
  const Json::List& list(const char* key) const {
    if (!root_.at(key).is_list()) mistake(origin_, concat("has no list '", key, "'"));
    return root_.at(key).items();
  }

  std::int64_t id(const Json& entry, const char* key, const char* what) const {
    const auto& value = entry.at(key);
    if (!entry.is_map() || !value.is_number() || value.number() != std::floor(value.number()) ||
        std::abs(value.number()) > 9e15)
      mistake(origin_, concat(what, " has no whole number '", key, "'"));
    return static_cast<std::int64_t>(value.number());
  }

  void read_categories() {
    std::map<std::int64_t, std::string> by_id;
    for (const auto& entry : list("categories")) {
      if (!entry.is_map() || !entry.at("name").is_text()) mistake(origin_, "a category has no name");
      if (!by_id.emplace(id(entry, "id", "a category"), entry.at("name").text()).second)
        mistake(origin_, concat("two categories have the id ", entry.at("id").integer()));
    }
    for (const auto& [number, name] : by_id) {
      categories_[number] = static_cast<std::int64_t>(all_.categories.size());
      all_.categories.push_back(name);
    }
  }

  static std::int64_t side(const Json& value) {
    return value.is_number() && value.number() >= 1 && value.number() <= 1e6 ? static_cast<std::int64_t>(value.number())
                                                                             : 0;
  }

  void add_picture(const Json& entry) {
    const auto number = id(entry, "id", "an image");
    if (!entry.at("file_name").is_text()) mistake(origin_, concat("image ", number, " has no file_name"));
    if (!pictures_.emplace(number, all_.pictures.size()).second)
      mistake(origin_, concat("two images have the id ", number));
    all_.pictures.push_back({entry.at("file_name").text(), side(entry.at("width")), side(entry.at("height")), {}});
  }

  void add_box(const Json& entry) {
    const auto picture = pictures_.find(id(entry, "image_id", "an annotation"));
    const auto category = categories_.find(id(entry, "category_id", "an annotation"));
    const auto& numbers = entry.at("bbox");
    if (!numbers.is_list() || numbers.items().size() != 4)
      mistake(origin_, "an annotation has no bbox of four numbers");
    double box[4];
    for (std::size_t i = 0; i < 4; ++i) {
      const auto& number = numbers.items()[i];
      if (!number.is_number() || !(std::abs(number.number()) < 1e9))
        mistake(origin_, "an annotation has no bbox of four numbers");
      box[i] = number.number();
    }
    if (picture == pictures_.end() || category == categories_.end()) return void(++all_.strays);
    const auto& crowd = entry.at("iscrowd");
    all_.pictures[picture->second].boxes.push_back(
        {category->second, box[0], box[1], box[2], box[3], crowd.is_number() && crowd.number() != 0});
  }

  const std::string& origin_;
  Json root_;
  CocoAnnotations all_;
  std::unordered_map<std::int64_t, std::int64_t> categories_;
  std::unordered_map<std::int64_t, std::size_t> pictures_;
};

}  // namespace

CocoAnnotations parse_coco(const std::string& json, const std::string& origin) { return Reading(json, origin).read(); }

}  // namespace espalier::datasets
