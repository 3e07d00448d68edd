#include "deployment/exported_model.h"

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "deployment/run_folder.h"
#include "exporting/tflite/reader.h"

namespace espalier::deployment {
namespace {

/// model.tflite of a run folder, or in an export folder that lies alone.
std::filesystem::path model_file(const std::string& given) {
  const std::filesystem::path path = given;
  if (!std::filesystem::is_directory(path)) return path;
  const auto alone = path / RunFolder{path}.tflite().filename();
  return std::filesystem::exists(alone) ? alone : RunFolder{path}.tflite();
}

}  // namespace

ExportedModel open_model(const std::string& given) {
  ExportedModel model;
  model.file = model_file(given).string();
  if (!std::filesystem::exists(given)) mistake(given, "does not exist" + did_you_mean_file(given));
  if (!std::filesystem::exists(model.file))
    mistake(given, "has no export/model.tflite; predict runs the integer model");
  auto read = exporting::tflite::read(read_bytes(model.file), model.file);
  if (read.metadata.front_end.empty())
    mistake(model.file, "carries no front end, so that files cannot be turned into what the network takes");
  model.program = std::move(read.program);
  model.front_end = Json::parse(read.metadata.front_end, model.file);
  return model;
}

}  // namespace espalier::deployment
