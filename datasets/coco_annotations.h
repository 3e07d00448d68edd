// COCO's annotations of a split (Lin et al. 2014, arXiv:1405.0312): one JSON file of pictures, boxes and categories.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace espalier::datasets {

struct CocoBox {
  std::int64_t category = 0;  ///< index into `categories`
  double left = 0, top = 0, width = 0, height = 0;
  bool crowd = false;
};

struct CocoPicture {
  std::string file_name;
  std::int64_t width = 0, height = 0;  ///< 0 where the file does not say
  std::vector<CocoBox> boxes;
};

struct CocoAnnotations {
  std::vector<std::string> categories;  ///< by their ids
  std::vector<CocoPicture> pictures;    ///< in the file's order
  std::int64_t strays = 0;              ///< boxes of pictures or categories that there are not
};

/// Throws Error(mistake) at `origin` for damaged JSON, a list that is missing, an entry without its keys, two pictures
/// of one id. Outlines (segmentation) are not read.
CocoAnnotations parse_coco(const std::string& json, const std::string& origin);

}  // namespace espalier::datasets
