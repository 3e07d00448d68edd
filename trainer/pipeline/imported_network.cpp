#include "pipeline/imported_network.h"

#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "importing/cleaning.h"
#include "importing/network.h"
#include "importing/torchscript/reader.h"
#include "pipeline/traced_module.h"

namespace espalier::pipeline {
namespace {

importing::Draft read_draft(const std::string& path, const graph::Shape& input) {
  if (!std::filesystem::exists(path)) mistake(path, "does not exist");
  const auto kind = lower(std::filesystem::path(path).extension().string());
  if (is_torchscript_name(path)) return importing::torchscript::read(path, input);
  mistake(path, concat("a file of kind '", kind, "' cannot be imported; TorchScript (.pt) can"));
}

ImportedNetwork finish(importing::Draft draft, const graph::Operators& operators) {
  ImportedNetwork imported;
  std::vector<Problem> problems;
  importing::clean(draft, imported.notes, problems);
  refuse(problems);
  imported.network = importing::network_of(draft, operators, problems);
  refuse(problems);
  return imported;
}

}  // namespace

bool is_torchscript_name(const std::string& path) {
  const auto kind = lower(std::filesystem::path(path).extension().string());
  return kind == ".pt" || kind == ".pth" || kind == ".ts";
}

ImportedNetwork import_network(const std::string& path, const graph::Shape& input, const graph::Operators& operators) {
  auto draft = read_draft(path, input);
  draft.name = std::filesystem::path(path).stem().string();
  return finish(std::move(draft), operators);
}

ImportedNetwork import_traced(const std::function<at::Tensor(const at::Tensor&)>& forward,
                              const importing::torchscript::NamedTensors& tensors, const at::Tensor& example,
                              const std::string& name) {
  auto draft = importing::torchscript::read_traced(forward, tensors, example, name);
  draft.name = name;
  return finish(std::move(draft), graph::standard_operators());
}

}  // namespace espalier::pipeline
