// What `inspect` prints of an ONNX file that quantizes as it computes, which the importer, for training, does not take.
#pragma once
#include <string>

namespace espalier::cli {

/// Prints the constants and the operators and returns true where the file quantizes what it multiplies as it comes.
/// Throws Error(mistake) for damage.
bool inspect_dynamic_onnx(const std::string& path);

}  // namespace espalier::cli
