#include "importing/network_file.h"

#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "importing/onnx/reader.h"

namespace espalier::importing {
namespace {

std::string kind_of(const std::string& path) { return lower(std::filesystem::path(path).extension().string()); }

}  // namespace

bool is_torchscript_name(const std::string& path) {
  const auto kind = kind_of(path);
  return kind == ".pt" || kind == ".pth" || kind == ".ts";
}

bool is_onnx_name(const std::string& path) { return kind_of(path) == ".onnx"; }

ImportedNetwork import_network(const std::string& path, const graph::Shape& input, const graph::Operators& operators) {
  if (!std::filesystem::exists(path)) mistake(path, "does not exist");
  if (is_torchscript_name(path))
    mistake(path, "is TorchScript, which LibTorch reads; this program was built without it");
  if (!is_onnx_name(path))
    mistake(path,
            concat("a file of kind '", kind_of(path), "' cannot be imported; TorchScript (.pt) and ONNX (.onnx) can"));
  auto read = onnx::read(path, input);
  auto notes = onnx::notes_of(read);
  read.draft.name = std::filesystem::path(path).stem().string();
  return finish(std::move(read.draft), operators, std::move(notes));
}

}  // namespace espalier::importing
