// `predict` for detectors: boxes in pictures, videos and what a camera sees.
#pragma once
#include <string>
#include <vector>

#include "deployment/exported_model.h"

namespace espalier::cli {

struct PictureRequest {
  std::vector<std::string> sources;  ///< pictures, videos, "camera:0"
  std::string output;    ///< a file for one source, else a folder; empty: beside nothing, by the source's name
  double threshold = 0;  ///< 0: the model's own
  bool show = false, json = false;
};

/// Draws what is found into copies of the sources, or prints it.
int predict_pictures(const deployment::ExportedModel& model, const PictureRequest& request);

}  // namespace espalier::cli
