// What predicts on a device: model.tflite with the labels and the front end that it carries.
#pragma once
#include <string>

#include "base/json.h"
#include "integer/program.h"

namespace espalier::deployment {

struct ExportedModel {
  std::string file;
  integer::Program program;
  Json front_end;  ///< Dataset::front_end of the data that it was trained on
};

/// `given`: a run folder, an export folder or a .tflite file that this program exported. Throws Error(mistake) for
/// anything else, and for a file that carries no front end.
ExportedModel open_model(const std::string& given);

}  // namespace espalier::deployment
