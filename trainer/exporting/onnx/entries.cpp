#include "exporting/onnx/entries.h"

#include "base/json.h"

namespace espalier::exporting::onnx {

std::vector<std::pair<std::string, std::string>> entries_of(const Metadata& metadata) {
  std::vector<std::pair<std::string, std::string>> entries;
  if (!metadata.labels.empty()) entries.emplace_back("espalier.labels", Json::list_of(metadata.labels).dump());
  if (!metadata.front_end.empty()) entries.emplace_back("espalier.front_end", metadata.front_end);
  return entries;
}

}  // namespace espalier::exporting::onnx
