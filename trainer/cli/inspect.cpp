#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/inspected_folders.h"
#include "cli/inspected_onnx.h"
#include "cli/torch_commands.h"
#include "deployment/run_folder.h"
#include "exporting/tflite/reader.h"
#include "graph/model_file.h"
#include "graph/saved_network.h"
#include "importing/network.h"
#include "importing/network_file.h"
#include "integer/arena.h"
#include "integer/lowering.h"
#include "integer/storage.h"
#include "passes/channel_groups.h"
#include "passes/rewrite.h"
#include "reporting/text_table.h"
#include "schema/document.h"

namespace espalier::cli {
namespace {

using reporting::TextTable;

/// For each layer whose channels may go: the other layers that lose a channel with it.
std::map<std::string, std::set<std::string>> coupled_layers(const graph::Network& network) {
  std::map<std::string, std::set<std::string>> coupled;
  for (const auto& group : passes::channel_groups(network)) {
    if (!group.prunable) continue;
    for (const auto& producer : group.producers)
      for (const auto& other : group.producers) {
        auto& others = coupled[producer];
        if (other != producer) others.insert(other);
      }
  }
  return coupled;
}

/// Layers that cannot become integers, with the reason; what folds into others or leaves can.
std::map<std::string, std::string> without_integer_form(const graph::Network& network) {
  auto folded = passes::remove_dropout(network).network;
  if (folded.weights.empty()) graph::initialize(folded, 1);  // of a model file; any will do to ask what has a form
  return integer::objections(passes::fold_batch_norm(folded).network);
}

void inspect_network(const graph::Network& network) {
  using enum TextTable::Align;
  TextTable table({{"layer"},
                   {"operator"},
                   {"output"},
                   {"MACs", right},
                   {"parameters", right},
                   {"non-zero", right},
                   {"scale", right},
                   {"int8"},
                   {"prunable"},
                   {"coupled with"}});
  const auto refused = without_integer_form(network);
  const auto coupled = coupled_layers(network);
  for (const auto& node : network.nodes) {
    const auto cost = graph::cost_of(network, node);
    const auto encoding = network.encodings.find(node.name);
    const auto others = coupled.find(node.name);
    const bool prunable = others != coupled.end();
    table.row({node.name, node.op->key, graph::text_of(node.shape), grouped_text(cost.macs),
               grouped_text(cost.parameters), grouped_text(cost.nonzero_parameters),
               encoding == network.encodings.end() ? "" : number_text(encoding->second.scale[0]),
               refused.count(node.name) ? "no" : "yes", prunable ? "yes" : "",
               prunable ? join({others->second.begin(), others->second.end()}, ", ") : ""});
  }
  const auto total = graph::cost_of(network);
  table.row({"total", "", "", grouped_text(total.macs), grouped_text(total.parameters),
             grouped_text(total.nonzero_parameters), "", refused.empty() ? "yes" : "no", "", ""});
  std::fputs(table.text(140).c_str(), stdout);
  std::printf("\n%s\n", refused.empty() ? "int8: every layer has an integer form" : "int8: not possible as it is:");
  for (const auto& [layer, reason] : refused) std::printf("  %s\n", reason.c_str());
}

/// The same program takes other memory by whoever runs it: the file's weights are int8, the C export encodes them.
void print_memory(const integer::Program& program) {
  std::int64_t constants = 0, weights = 0;
  for (const auto& instruction : program.instructions) {
    const auto bytes = integer::storage_of(instruction);
    constants += bytes.total(), weights += bytes.weights;
  }
  const auto storage = integer::storage_of(program);
  std::int64_t encoded = 0;
  for (const auto& instruction : storage.instructions) encoded += instruction.weights;
  std::printf("\nin TFLite Micro, weights int8 as in this file: constants %s, activations in the arena %s\n",
              bytes_text(constants).c_str(),
              bytes_text(integer::plan_arena(program, {}, integer::Sharing::elementwise).bytes).c_str());
  std::printf("in the C export, weights %s: constants %s, arena with kernels' scratch memory %s\n",
              encoded < weights ? concat("encoded in ", bytes_text(encoded)).c_str() : "int8 as well",
              bytes_text(storage.flash_bytes).c_str(), bytes_text(storage.arena_bytes).c_str());
}

void inspect_tflite(const std::string& path) {
  const auto model = exporting::tflite::read(read_bytes(path), path);
  const auto& program = model.program;
  using enum TextTable::Align;
  TextTable table({{"output"}, {"operator"}, {"shape"}, {"MACs", right}, {"scale", right}, {"zero point", right}});
  for (const auto& instruction : program.instructions) {
    const auto& out = program.activations[static_cast<std::size_t>(integer::output_of(instruction))];
    table.row({out.name, std::string(integer::name_of(instruction)), join(out.shape, "x"),
               grouped_text(integer::macs_of(program, instruction)), number_text(out.scale),
               std::to_string(out.zero_point)});
  }
  std::fputs(table.text(120).c_str(), stdout);
  print_memory(program);
  if (!program.labels.empty()) std::printf("labels: %s\n", join(program.labels, ", ").c_str());
  if (!model.metadata.front_end.empty()) std::printf("front end: %s\n", model.metadata.front_end.c_str());
}

void inspect_import(const std::string& path, const graph::Shape& input) {
  if (input.empty() && !importing::is_onnx_name(path))
    mistake(path, "say what the network takes: --input 3,96,96 (channels, height, width)");
  const auto imported = import_network(path, input);
  inspect_network(imported.network);
  for (const auto& note : imported.notes) std::printf("note: %s\n", note.c_str());
}

int inspect(const std::string& given, const graph::Shape& input) {
  std::filesystem::path path = given;
  if (inspect_c_folder(path) || inspect_server_folder(path)) return 0;
  if (std::filesystem::is_directory(path)) path = deployment::RunFolder{path}.student();
  if (!std::filesystem::exists(path)) mistake(given, "does not exist");
  const auto extension = path.extension().string();
  if (importing::is_onnx_name(path.string()) && inspect_dynamic_onnx(path.string())) return 0;
  if (extension == ".tflite")
    inspect_tflite(path.string());
  else if (extension == ".safetensors")
    inspect_network(graph::load_network(path));
  else if (extension == ".yaml" || extension == ".yml")
    inspect_network(graph::load_model(path.string(), graph::standard_operators(), {{1, 49, 10}, 12}));
  else if (importing::is_torchscript_name(path.string()) || importing::is_onnx_name(path.string()))
    inspect_import(path.string(), input);
  else
    mistake(given, "is none of .safetensors, .tflite, .pt, .onnx, .yaml, no run folder, export/c or export/server");
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, Chosen& chosen) {
  auto* sub =
      app.add_subcommand("inspect",
                         "what is in a checkpoint, a .tflite, a TorchScript, an ONNX or a model file, export/c or "
                         "export/server");
  const auto artifact = std::make_shared<std::string>();
  const auto input = std::make_shared<graph::Shape>();
  sub->add_option("artifact", *artifact,
                  "run folder, export/c, export/server, .safetensors, .tflite, .pt, .onnx or model .yaml")
      ->required();
  sub->add_option("--input", *input,
                  "of a .pt, or of an .onnx that leaves it open: what the network takes, without the batch: 3,96,96")
      ->delimiter(',');
  sub->callback([artifact, input, &chosen] { chosen = [artifact, input] { return inspect(*artifact, *input); }; });
}

}  // namespace espalier::cli
