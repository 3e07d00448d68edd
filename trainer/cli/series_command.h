// `trainer predict` along recordings of sensors.
#pragma once
#include <string>
#include <vector>

#include "deployment/exported_model.h"

namespace espalier::cli {

struct SeriesArguments {
  std::string annotator = "atr";
  bool json = false;
};

/// Prints a line a window (or beat) of every file, and how often each class came. Exit code.
int predict_series(const deployment::ExportedModel& model, const std::vector<std::string>& files,
                   const SeriesArguments& arguments);

/// The same for rows of CSV that standard input brings, header first, each answer as soon as its window is complete.
int stream_series(const deployment::ExportedModel& model, const SeriesArguments& arguments);

}  // namespace espalier::cli
