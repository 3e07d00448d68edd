#include "exporting/tflite/writer.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "exporting/tflite/instructions_impl.h"
#include "integer/arena.h"

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

/// Activations lie where the plan puts them, apart from one another but for views: kernels of any vendor then compute
/// the same. Scratch memory is placed around them by the runtime. Where the writer added activations of its own, which
/// the plan does not know, the runtime plans better alone.
void add_arena_plan(ModelBuilder& model, const integer::Program& program) {
  if (model.activations() != program.activations.size()) return;
  const std::vector<std::int64_t> no_scratch;
  const auto plan = integer::plan_arena(program, no_scratch, integer::Sharing::views);
  std::vector<std::int32_t> words = {0, 0, static_cast<std::int32_t>(model.tensors())};
  for (const auto offset : plan.offsets) words.push_back(static_cast<std::int32_t>(offset));
  words.resize(3 + model.tensors(), -1);
  model.add_metadata(arena_plan_entry, {reinterpret_cast<const std::uint8_t*>(words.data()), 4 * words.size()});
}

}  // namespace

std::vector<std::uint8_t> write(const integer::Program& program, const Metadata& metadata) {
  integer::check(program);
  refuse_reserved_names(program);
  ModelBuilder model(program);
  for (const auto& instruction : program.instructions)
    std::visit([&](const auto& one) { append(model, one); }, instruction);
  add_min_runtime_version(model);
  add_arena_plan(model, program);
  if (!program.labels.empty()) add_text(model, labels_entry, Json::list_of(program.labels).dump());
  if (!metadata.front_end.empty()) add_text(model, front_end_entry, metadata.front_end);
  for (const auto& [name, content] : metadata.entries) add_text(model, name, content);
  return model.finish(metadata.description);
}

}  // namespace espalier::exporting::tflite
