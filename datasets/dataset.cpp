#include "datasets/dataset.h"

#include <cmath>

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

std::string name_of(Matter matter) {
  switch (matter) {
    case Matter::sound:
      return "sound";
    case Matter::image:
      return "images";
    case Matter::series:
      return "series";
  }
  return "?";
}

std::int64_t Displacement::pixels_right(std::int64_t width) const {
  return std::llround(right * static_cast<double>(width));
}

std::int64_t Displacement::pixels_down(std::int64_t height) const {
  return std::llround(down * static_cast<double>(height));
}

std::string Dataset::id(Split split, std::int64_t index) const { return concat(name_of(split), "/", index); }

const std::vector<std::string>& Dataset::sources() const {
  static const std::vector<std::string> one = {""};
  return one;
}

Target Dataset::target(Split split, std::int64_t index) const {
  Target target;
  target.label = label(split, index);
  return target;
}

Target Dataset::sample(Split split, std::int64_t index, View view, std::span<float> out) const {
  features(split, index, view, out);
  return target(split, index);
}

std::vector<std::int16_t> Dataset::recording(Split, std::int64_t) const { return {}; }

std::optional<RawForm> Dataset::raw_form() const { return {}; }

RawSample Dataset::raw(Split, std::int64_t) const { fail("this data has no samples from before a front end"); }

Target Dataset::moved_target(Split split, std::int64_t index, const Displacement&) const {
  return target(split, index);
}

void Dataset::features_of_raw(const RawSample&, std::span<float>) const {
  fail("this data has no samples from before a front end");
}

bool Dataset::background(Split, Random&, std::span<float>) const { return false; }

std::vector<float> Dataset::features_of_file(const std::string& path) const {
  mistake(path, "this data has no file format");
}

std::string Dataset::summary() const {
  return concat(size(Split::train), " training, ", size(Split::validation), " validation, ", size(Split::test),
                " test samples of ", classes().size(), " classes");
}

}  // namespace espalier::datasets
