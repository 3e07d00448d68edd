// A folder that serves a model over HTTP: model.onnx, its description, a server on an engine that others wrote (mosec),
// a client, and the same model for Triton.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporting/c/writer.h"
#include "exporting/file.h"
#include "graph/network.h"
#include "integer/program.h"

namespace espalier::exporting::server {

/// What goes in and out of model.onnx.
struct Interface {
  std::string input, output;                            ///< names in the file
  std::vector<std::int64_t> input_shape, output_shape;  ///< of one sample, channels first
  struct Encoding {
    float scale = 1;
    std::int32_t zero_point = 0;
  };
  std::optional<Encoding> input_encoding, output_encoding;  ///< of an int8 model
};
Interface interface_of(const integer::Program& program);
/// Of the float file, in which batch norm is folded and dropout left out.
Interface interface_of(const graph::Network& network);

/// A front end for sound, compiled where it is served.
struct Sound {
  c::AudioFrontEnd front_end;
  std::int64_t stride = 0;     ///< samples between the windows of a recording, which are judged together; 0: one clip
  std::string known_features;  ///< what it makes of c::test_signal: int8 codes of a quantized model, else float32
};

/// When what an autoencoder was given is anomalous: where the mean over a recording's windows of the squared difference
/// between input and output is more than the threshold.
struct Anomaly {
  double threshold = 0;                                   ///< in the features' unit, squared
  std::optional<espalier_reconstruction> reconstruction;  ///< of an int8 model: how its codes are compared
  double unit = 1;                                        ///< what one of the device's squared steps is worth
};

struct Options {
  std::string name;   ///< of the recipe
  std::string model;  ///< the bytes of model.onnx
  Interface ends;
  bool exact_option = false;        ///< an int8 model that needs session.x64quantprecision on x86 without VNNI
  std::vector<std::string> labels;  ///< of the last axis; where there is one for each output, answers name theirs
  std::string decoding;             ///< JSON on how outputs become an answer; may be empty
  std::string front_end;            ///< JSON, the specification of the features
  std::optional<Sound> sound;
  std::optional<Anomaly> anomaly;
};

/// "kws_distill": a name that Triton and file systems take.
std::string model_name(const std::string& name);

/// Every file, sorted by path; a function of the arguments alone. Throws Error(failed) where the front end does not
/// give the input.
std::vector<File> write(const Options& options);

}  // namespace espalier::exporting::server
