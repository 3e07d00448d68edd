// What there is to deploy, as far as it is known.
#pragma once
#include <optional>

#include "base/json.h"
#include "graph/network.h"
#include "integer/program.h"
#include "reporting/summary.h"

namespace espalier::deployment {

/// A trained network in the forms that exports need.
struct Student {
  graph::Network network;                         ///< with weights, masks, encodings; no nodes: only files are there
  std::optional<integer::Program> program;        ///< when it is quantized
  std::optional<reporting::Streaming> streaming;  ///< how it does in continuous sound, once that was measured
  Json chosen = Json::map();                      ///< tasks::Task::chosen, once it was
};

}  // namespace espalier::deployment
