#include "pipeline/imported_network.h"

#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "importing/cleaning.h"
#include "importing/network.h"
#include "importing/torchscript/reader.h"

namespace espalier::pipeline {
namespace {

importing::Draft read_draft(const std::string& path, const graph::Shape& input) {
  if (!std::filesystem::exists(path)) mistake(path, "does not exist");
  const auto kind = lower(std::filesystem::path(path).extension().string());
  if (kind == ".pt" || kind == ".pth" || kind == ".ts") return importing::torchscript::read(path, input);
  mistake(path, concat("a file of kind '", kind, "' cannot be imported; TorchScript (.pt) can"));
}

}  // namespace

ImportedNetwork import_network(const std::string& path, const graph::Shape& input, const graph::Operators& operators) {
  auto draft = read_draft(path, input);
  draft.name = std::filesystem::path(path).stem().string();
  ImportedNetwork imported;
  std::vector<Problem> problems;
  importing::clean(draft, imported.notes, problems);
  refuse(problems);
  imported.network = importing::network_of(draft, operators, problems);
  refuse(problems);
  return imported;
}

}  // namespace espalier::pipeline
