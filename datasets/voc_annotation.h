// One file of Pascal VOC's annotations (Everingham et al. 2010): XML of a picture's size and its boxes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espalier::datasets {

/// As it is written: edges in pixels, unordered or beyond the picture where the file says so.
struct VocObject {
  std::string name;
  double left = 0, top = 0, right = 0, bottom = 0;
  bool difficult = false;
};

struct VocAnnotation {
  std::string file_name;               ///< may be empty
  std::int64_t width = 0, height = 0;  ///< 0 where it does not say
  std::vector<VocObject> objects;
};

/// Longest text and most objects that are read; beyond them the file is taken for damaged.
constexpr std::size_t most_voc_bytes = std::size_t{1} << 22;
constexpr std::size_t most_voc_objects = 10000;

/// Throws Error(mistake) at `origin` for what is no XML, has no <annotation>, or an object without name or numbers.
VocAnnotation parse_voc(std::string_view xml, const std::string& origin);

}  // namespace espalier::datasets
