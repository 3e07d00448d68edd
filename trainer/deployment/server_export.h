// The server export of a run: written as a folder, and read back.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "pipeline/integer_model.h"
#include "pipeline/run_folder.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

struct ServerOptions {
  std::string name;                 ///< of the recipe
  std::vector<std::uint8_t> model;  ///< of model.onnx: int8 where the student has a program, else float
  std::vector<std::string> labels;  ///< tasks::Task::labels
  Json front_end;                   ///< Dataset::front_end
  Json decoding;                    ///< tasks::Task::decoding
};

/// Writes folder.server(), whole or not at all.
reporting::Artifact write_server_folder(const Student& student, const ServerOptions& options, const RunFolder& folder);

/// The model in the folder as every model.onnx is read back, and what lies beside it against the student and the model.
reporting::Verification read_back_server(const Student& student, const RunFolder& folder,
                                         const reporting::Artifact& artifact);

}  // namespace espalier::pipeline
