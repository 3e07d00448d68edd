#include "deployment/artifact_folder.h"

#include "base/files.h"
#include "base/text.h"

namespace espalier::deployment {

reporting::Artifact write_artifact_folder(const std::string& format, const std::vector<exporting::File>& files,
                                          const std::filesystem::path& target, const RunFolder& folder) {
  reporting::Artifact made;
  made.format = format;
  made.path = target.lexically_relative(folder.path).generic_string();
  auto part = target;
  part += ".part";
  std::filesystem::remove_all(part);
  std::string hashes;
  for (const auto& file : files) {
    write_atomically(part / file.path, file.text);
    made.bytes += static_cast<std::int64_t>(file.text.size());
    hashes += concat(file.path, " ", sha256(file.text), "\n");
  }
  made.sha256 = sha256(hashes);
  std::filesystem::remove_all(target);
  std::filesystem::rename(part, target);
  return made;
}

}  // namespace espalier::deployment
