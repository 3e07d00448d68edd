// A folder of C that runs a program on any device with a C99 compiler: sources, kernels, known-answer test, build
// files.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "device_runtime/audio_frontend.h"
#include "device_runtime/box_decoder.h"
#include "device_runtime/centroid_decoder.h"
#include "device_runtime/image_frontend.h"
#include "device_runtime/reconstruction_error.h"
#include "device_runtime/series_frontend.h"
#include "exporting/file.h"
#include "exporting/golden.h"
#include "integer/arena.h"
#include "integer/program.h"

namespace espalier::exporting::c {

/// What turns sound into the program's input, {frames, features, 1}.
struct AudioFrontEnd {
  espalier_audio_spec spec{};
  bool integer = true;            ///< fixed-point features, else float32
  std::int64_t clip_samples = 0;  ///< of one input
};

/// When a keyword is heard in continuous sound; device_runtime/keyword_detector.h.
struct KeywordSettings {
  std::int64_t stride = 1;                     ///< frames from answer to answer
  std::int64_t smoothing = 1, refractory = 0;  ///< in answers
  std::int32_t threshold = 1;                  ///< of the sum of `smoothing` probabilities in 1/256
  std::vector<std::uint8_t> keyword;           ///< [classes]: 1 where a class is a keyword
};

/// What turns rows of samples into the program's input, {window, 1, channels}.
struct SeriesFrontEnd {
  std::vector<espalier_series_channel> channels;
  std::vector<std::string> names;  ///< of the channels, for people
  std::vector<double> steps;       ///< what a step of a channel's samples is worth, for people
  double rate = 1;                 ///< rows a second
  std::int64_t window = 0, hop = 1;
  std::int64_t anchor = -1;  ///< the row of the event that a window is cut around; -1: there is none
};

/// What turns a camera's frame into the program's input, {height, width, channels}.
struct ImageFrontEnd {
  espalier_image_spec spec{};
  std::vector<std::int32_t> levels;  ///< feature of each pixel value in Q16: [channels][256]
};

/// When a recording is anomalous; device_runtime/reconstruction_error.h.
struct AnomalySettings {
  espalier_reconstruction reconstruction{};
  std::uint64_t threshold = 0;  ///< of the windows' mean error, as the device measures it; below 2^48
};

struct Options {
  std::string name;                                 ///< of the recipe; "kws_distill"
  std::optional<AudioFrontEnd> front_end;           ///< absent: the device is given features
  std::optional<SeriesFrontEnd> series;             ///< in the place of front_end
  std::optional<KeywordSettings> keywords;          ///< to be found in a stream; wants a front end and labels
  std::optional<ImageFrontEnd> image;               ///< in the place of front_end
  std::optional<espalier_box_decoder> boxes;        ///< of a detector; its table must live as long as this
  std::optional<espalier_centroid_decoder> points;  ///< of a detector of points
  std::optional<AnomalySettings> anomaly;           ///< of an autoencoder that tells anomalies
  Golden golden;                                    ///< the known-answer test takes the first few; may have no samples
};

using exporting::File;

/// Every file, sorted by path; a function of the arguments alone. Throws Error(failed) for a program that does not pass
/// check(), for golden samples or a front end of another shape.
std::vector<File> write(const integer::Program& program, const Options& options);

/// The arena that the exported model asks for (MODEL_ARENA_BYTES): the plan of its activations and its kernels'
/// scratch, and where a front end has to work beside the input, at least that.
std::int64_t arena_bytes(const integer::Program& program, const Options& options);

}  // namespace espalier::exporting::c
