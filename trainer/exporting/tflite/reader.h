// .tflite bytes -> integer::Program. Shares no code with the writer and none with FlatBuffers, so that what one of them
// gets wrong the other one shows.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "exporting/tflite/metadata.h"
#include "integer/program.h"

namespace espalier::exporting::tflite {

struct Model {
  integer::Program program;
  Metadata metadata;
};

/// Reads int8 models of one subgraph with batch 1 whose operators are the Program's. A PAD that the writer put before a
/// window is folded back into the window; a convolution's single weight scale is repeated for each channel. Throws
/// Error(mistake) with `origin` (the file's path) and the reason for damage of any kind and for models that a Program
/// cannot hold; never crashes, and allocates at most 32 bytes per byte of the file.
Model read(std::span<const std::uint8_t> bytes, const std::string& origin);

}  // namespace espalier::exporting::tflite
