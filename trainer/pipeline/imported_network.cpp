#include "pipeline/imported_network.h"

#include <filesystem>
#include <functional>

#include "importing/torchscript/reader.h"
#include "pipeline/traced_module.h"

namespace espalier::pipeline {

ImportedNetwork import_network(const std::string& path, const graph::Shape& input, const graph::Operators& operators) {
  if (!is_torchscript_name(path) || !std::filesystem::exists(path))
    return importing::import_network(path, input, operators);
  auto draft = importing::torchscript::read(path, input);
  draft.name = std::filesystem::path(path).stem().string();
  return importing::finish(std::move(draft), operators);
}

ImportedNetwork import_traced(const std::function<at::Tensor(const at::Tensor&)>& forward,
                              const importing::torchscript::NamedTensors& tensors, const at::Tensor& example,
                              const std::string& name) {
  auto draft = importing::torchscript::read_traced(forward, tensors, example, name);
  draft.name = name;
  return importing::finish(std::move(draft), graph::standard_operators());
}

}  // namespace espalier::pipeline
