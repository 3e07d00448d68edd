#include "deployment/run_folder.h"

#include "base/error.h"
#include "base/files.h"

namespace espalier::deployment {

RunFolder find_exports(const std::filesystem::path& given) {
  namespace fs = std::filesystem;
  if (!fs::exists(given)) mistake(given.string(), "does not exist" + did_you_mean_file(given));
  if (const RunFolder run{given}; fs::exists(run.manifest())) return run;
  const auto folder = (fs::absolute(given) / "").lexically_normal().parent_path();
  const RunFolder alone{folder.parent_path(), folder.filename().string()};
  if (!fs::exists(alone.manifest()))
    mistake(given.string(), "is neither a run folder nor an export folder (it has no manifest.json)");
  return alone;
}

}  // namespace espalier::deployment
