#include "exporting/tflite/writer.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "exporting/tflite/instructions_impl.h"

namespace espalier::exporting::tflite {
namespace {

void refuse_reserved_names(const integer::Program& program) {
  for (const auto& activation : program.activations)
    if (ends_with(activation.name, padded_suffix))
      fail(concat("activation '", activation.name, "': names that end in '", padded_suffix,
                  "' are kept for the exporter; rename the node"));
}

void add_text(ModelBuilder& model, const std::string& name, const std::string& text) {
  model.add_metadata(name, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// The runtimes' own entry: 16 bytes, the text padded with zeros.
void add_min_runtime_version(ModelBuilder& model) {
  auto text = model.min_runtime_version();
  text.resize(16, '\0');
  add_text(model, "min_runtime_version", text);
}

}  // namespace

std::vector<std::uint8_t> write(const integer::Program& program, const Metadata& metadata) {
  integer::check(program);
  refuse_reserved_names(program);
  ModelBuilder model(program);
  for (const auto& instruction : program.instructions)
    std::visit([&](const auto& one) { append(model, one); }, instruction);
  add_min_runtime_version(model);
  if (!program.labels.empty()) add_text(model, labels_entry, Json::list_of(program.labels).dump());
  if (!metadata.front_end.empty()) add_text(model, front_end_entry, metadata.front_end);
  for (const auto& [name, content] : metadata.entries) add_text(model, name, content);
  return model.finish(metadata.description);
}

}  // namespace espalier::exporting::tflite
