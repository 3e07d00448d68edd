#include "exporting/tflite/reader.h"

#include <cstring>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "exporting/tflite/operator_reader.h"

namespace espalier::exporting::tflite {
namespace {

// Slots of the tables, from the format's schema.
constexpr int model_description = 3, model_buffers = 4, model_metadata = 6, entry_name = 0, entry_buffer = 1;

std::string text_of(const FlatbufferFile& file, std::span<const std::uint8_t> bytes) {
  file.spend(static_cast<std::int64_t>(bytes.size()));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::string> labels_from(const FlatbufferFile& file, const std::string& text, const std::string& origin) {
  const auto list = Json::parse(text, origin);
  if (!list.is_list()) file.damaged("its labels are not a list");
  std::vector<std::string> labels;
  for (const auto& label : list.items()) {
    if (!label.is_text()) file.damaged("one of its labels is not text");
    labels.push_back(label.text());
  }
  return labels;
}

/// {version 0, subgraph 0, n, n offsets}, int32.
std::vector<std::int32_t> arena_offsets_from(const FlatbufferFile& file, const std::string& content) {
  std::vector<std::int32_t> words(content.size() / 4);
  if (content.size() % 4 != 0 || words.size() < 3) file.damaged("its arena plan is cut off");
  std::memcpy(words.data(), content.data(), content.size());
  if (words[0] != 0 || words[1] != 0 || static_cast<std::size_t>(words[2]) != words.size() - 3)
    file.damaged("its arena plan is for other tensors");
  words.erase(words.begin(), words.begin() + 3);
  for (const auto offset : words)
    if (offset < -1) file.damaged("its arena plan has a negative offset");
  return words;
}

void read_metadata(const FlatbufferFile& file, const Table& model, const std::string& origin, Model& found) {
  found.metadata.description = model.text(model_description);
  const auto buffers = model.tables(model_buffers);
  for (const auto& entry : model.tables(model_metadata)) {
    const auto name = entry.text(entry_name);
    auto content = text_of(file, read_buffer(file, buffers, entry.scalar<std::uint32_t>(entry_buffer, 0)));
    if (name == "min_runtime_version")
      found.metadata.min_runtime_version = content.substr(0, content.find('\0'));
    else if (name == labels_entry)
      found.program.labels = labels_from(file, content, origin);
    else if (name == arena_plan_entry)
      found.metadata.arena_offsets = arena_offsets_from(file, content);
    else if (name == front_end_entry)
      found.metadata.front_end = std::move(content);
    else
      found.metadata.entries.emplace_back(name, std::move(content));
  }
}

void read_operators(OperatorContext& context, const StoredGraph& graph, integer::Program& program) {
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    const auto& stored = graph.operators[i];
    context.enter(concat("operator ", i, " (", name_of(stored.code), ")"));
    if (context.is_folded_pad(stored))
      context.fold(stored);
    else
      program.instructions.push_back(read_instruction(context, stored));
  }
  context.enter("the graph");
  context.finish();
}

/// Whether the parts fit together is the program's own question; here its answer is about a file.
void check(const integer::Program& program, const FlatbufferFile& file) {
  try {
    integer::check(program);
  } catch (const Error& error) {
    file.damaged(error.what());
  }
}

}  // namespace

Model read(std::span<const std::uint8_t> bytes, const std::string& origin) {
  const FlatbufferFile file(bytes, origin);
  const auto root = file.root("TFL3");
  const auto graph = read_graph(file, root);
  Model found;
  OperatorContext context(file, graph);
  context.enter("the graph");
  found.program.name = graph.name;
  found.program.activations = context.activations();
  found.program.input = context.activation(graph.input);
  found.program.output = context.activation(graph.output);
  read_operators(context, graph, found.program);
  read_metadata(file, root, origin, found);
  check(found.program, file);
  return found;
}

}  // namespace espalier::exporting::tflite
