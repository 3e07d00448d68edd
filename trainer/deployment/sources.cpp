#include "deployment/sources.h"

#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "datasets/audio_file.h"
#include "datasets/folder.h"
#include "datasets/image_file.h"
#include "datasets/image_front_end.h"
#include "datasets/series_front_end.h"

namespace espalier::deployment {
namespace {

namespace fs = std::filesystem;

bool takes(const Json& front_end, const fs::path& file) {
  if (datasets::is_image(front_end)) return datasets::is_image_name(file);
  if (!datasets::is_series(front_end)) return datasets::is_audio_name(file);
  const auto ending = lower(file.extension().string());
  const bool of_beats = front_end.at("anchor").is_number() && front_end.at("anchor").integer() >= 0;
  return ending == ".hea" || (ending == ".csv" && !of_beats);
}

std::vector<std::string> files_in(const fs::path& folder, const Json& front_end) {
  std::vector<std::string> files;
  for (const auto& file : datasets::files_below(folder))
    if (datasets::is_file(file) && takes(front_end, file)) files.push_back(file.string());
  if (files.empty()) mistake(folder.string(), "is a folder without a file that this model takes");
  return files;
}

}  // namespace

std::vector<std::string> files_of(const std::vector<std::string>& given, const Json& front_end) {
  std::vector<std::string> files;
  for (const auto& one : given) {
    if (!datasets::is_folder(one)) {
      files.push_back(one);
      continue;
    }
    const auto found = files_in(one, front_end);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

}  // namespace espalier::deployment
