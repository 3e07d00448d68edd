// Reads a folder that serves a model, by the files that a server finds there; shares nothing with the writer.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace espalier::exporting::server {

/// What model.json says.
struct Served {
  struct End {
    std::string name;
    std::vector<std::int64_t> shape;  ///< of one sample, channels first
    std::optional<double> scale;      ///< of an int8 model
    std::optional<std::int64_t> zero_point;
  };
  struct Sound {
    std::int64_t sample_rate = 0, samples = 0;
    std::int64_t stride = 0;  ///< of a recording's windows, in samples; 0: one clip is heard
  };
  struct Anomaly {
    double threshold = 0;
    std::optional<std::int64_t> input_multiplier, output_multiplier;  ///< of an int8 model, as is
    std::optional<double> unit;
  };
  std::string name, model;  ///< of the recipe; the file's, relative to the folder
  bool quantized = false;
  std::string arithmetic;  ///< whose bytes it computes; empty: none, it computes in floats
  bool exact_option = false;
  std::vector<std::string> labels;
  std::string front_end;  ///< JSON of front_end.json, one line
  End input, output;
  std::optional<Sound> sound;
  std::optional<Anomaly> anomaly;
};

/// Throws Error(mistake) with the file for what is absent, damaged or at odds with another file of the folder: labels
/// in number and in labels.txt, the model and its shapes in triton/, the front end's length and its known features,
/// packages without a version.
Served read(const std::filesystem::path& folder);

}  // namespace espalier::exporting::server
