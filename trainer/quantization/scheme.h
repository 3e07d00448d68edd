// The quantization scheme of a target's runtime, from configs/quantization/*.yaml.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "schema/describe.h"
#include "schema/readers.h"

namespace espalier::quantization {

struct Scheme {
  bool symmetric_activations = false;  ///< zero point 0 throughout; otherwise the whole grid is used
  int largest_weight = 127;            ///< codes of weights lie in [-largest_weight, largest_weight]
};

/// Reads the file. Adds Problems for a file that is missing or no scheme, and for schemes that no kernel here executes
/// exactly, with the reason.
Scheme load_scheme(const schema::Path& path, std::vector<Problem>& problems);
Scheme read_scheme(const schema::Value& value, std::vector<Problem>& problems);

}  // namespace espalier::quantization
