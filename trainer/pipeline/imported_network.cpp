#include "pipeline/imported_network.h"

#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "importing/cleaning.h"
#include "importing/network.h"
#include "importing/onnx/reader.h"
#include "importing/torchscript/reader.h"
#include "pipeline/traced_module.h"

namespace espalier::pipeline {
namespace {

std::string kind_of(const std::string& path) { return lower(std::filesystem::path(path).extension().string()); }

importing::Draft read_draft(const std::string& path, const graph::Shape& input, std::vector<std::string>& notes) {
  if (!std::filesystem::exists(path)) mistake(path, "does not exist");
  if (is_torchscript_name(path)) return importing::torchscript::read(path, input);
  if (!is_onnx_name(path))
    mistake(path,
            concat("a file of kind '", kind_of(path), "' cannot be imported; TorchScript (.pt) and ONNX (.onnx) can"));
  auto read = importing::onnx::read(path, input);
  notes = importing::onnx::notes_of(read);
  return std::move(read.draft);
}

ImportedNetwork finish(importing::Draft draft, const graph::Operators& operators, std::vector<std::string> notes = {}) {
  ImportedNetwork imported;
  imported.notes = std::move(notes);
  std::vector<Problem> problems;
  importing::clean(draft, imported.notes, problems);
  refuse(problems);
  imported.network = importing::network_of(draft, operators, problems);
  refuse(problems);
  return imported;
}

}  // namespace

bool is_torchscript_name(const std::string& path) {
  const auto kind = kind_of(path);
  return kind == ".pt" || kind == ".pth" || kind == ".ts";
}

bool is_onnx_name(const std::string& path) { return kind_of(path) == ".onnx"; }

ImportedNetwork import_network(const std::string& path, const graph::Shape& input, const graph::Operators& operators) {
  std::vector<std::string> notes;
  auto draft = read_draft(path, input, notes);
  draft.name = std::filesystem::path(path).stem().string();
  return finish(std::move(draft), operators, std::move(notes));
}

ImportedNetwork import_traced(const std::function<at::Tensor(const at::Tensor&)>& forward,
                              const importing::torchscript::NamedTensors& tensors, const at::Tensor& example,
                              const std::string& name) {
  auto draft = importing::torchscript::read_traced(forward, tensors, example, name);
  draft.name = name;
  return finish(std::move(draft), graph::standard_operators());
}

}  // namespace espalier::pipeline
