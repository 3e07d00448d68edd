// The server export of a run: written as a folder, and read back.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "deployment/run_folder.h"
#include "deployment/student.h"
#include "reporting/summary.h"

namespace espalier::deployment {

struct ServerOptions {
  std::string name;                 ///< of the recipe
  std::vector<std::uint8_t> model;  ///< of model.onnx: int8 where the student has a program, else float
  std::vector<std::string> labels;  ///< tasks::Task::labels
  Json front_end;                   ///< Dataset::front_end
  Json decoding;                    ///< tasks::Task::decoding
};

/// Writes folder.server(), whole or not at all.
reporting::Artifact write_server_folder(const Student& student, const ServerOptions& options, const RunFolder& folder);

/// The model in the folder by `read_model`, which is given an artifact of that file alone, and what lies beside it
/// against the student, as far as it is known, and the model.
using ModelCheck = reporting::Verification (*)(const Student&, const RunFolder&, const reporting::Artifact&);
reporting::Verification read_back_server(const Student& student, const RunFolder& folder,
                                         const reporting::Artifact& artifact, ModelCheck read_model);
/// Whether the folder's model.json says that its model is int8; false where it says nothing.
bool serves_int8(const RunFolder& folder, const reporting::Artifact& artifact);

}  // namespace espalier::deployment
