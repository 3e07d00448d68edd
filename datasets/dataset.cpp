#include "datasets/dataset.h"

#include "base/error.h"
#include "base/text.h"

namespace espalier::datasets {

std::string name_of(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::test:
      return "test";
  }
  return "?";
}

std::string Dataset::id(Split split, std::int64_t index) const { return concat(name_of(split), "/", index); }

std::vector<std::int16_t> Dataset::recording(Split, std::int64_t) const { return {}; }

std::vector<float> Dataset::features_of_file(const std::string& path) const {
  mistake(path, "this data has no file format");
}

std::string Dataset::summary() const {
  return concat(size(Split::train), " training, ", size(Split::validation), " validation, ", size(Split::test),
                " test samples of ", classes().size(), " classes");
}

}  // namespace espalier::datasets
