// A sample as its sensor delivers it, before the device's front end.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace espalier::datasets {

enum class Matter { sound, image, series };
/// "sound", "images", "series".
std::string name_of(Matter matter);

/// Extents in the order of memory: [height][width][channels]. Sound is {1, samples, 1}, a series {1, steps, sensors}.
struct RawForm {
  Matter matter = Matter::sound;
  std::int64_t height = 1, width = 1, channels = 1;
  std::int64_t elements() const { return height * width * channels; }
};

/// How far what a picture shows was moved, as fractions of its width and height.
struct Displacement {
  double right = 0, down = 0;
  std::int64_t pixels_right(std::int64_t width) const;
  std::int64_t pixels_down(std::int64_t height) const;
};

/// In the sensor's own units: 16-bit steps of sound, pixels of 0 to 255, series as they were recorded.
struct RawSample {
  RawForm form;
  std::vector<float> values;
};

}  // namespace espalier::datasets
