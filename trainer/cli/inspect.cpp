#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/commands.h"
#include "exporting/tflite/reader.h"
#include "graph/model_file.h"
#include "integer/arena.h"
#include "integer/storage.h"
#include "pipeline/run_folder.h"
#include "reporting/text_table.h"
#include "schema/document.h"
#include "training/checkpoint.h"

namespace espalier::cli {
namespace {

using reporting::TextTable;

void inspect_network(const graph::Network& network) {
  using enum TextTable::Align;
  TextTable table({{"layer"},
                   {"operator"},
                   {"output"},
                   {"MACs", right},
                   {"parameters", right},
                   {"non-zero", right},
                   {"scale", right}});
  for (const auto& node : network.nodes) {
    const auto cost = graph::cost_of(network, node);
    const auto encoding = network.encodings.find(node.name);
    table.row({node.name, node.op->key, graph::text_of(node.shape), grouped_text(cost.macs),
               grouped_text(cost.parameters), grouped_text(cost.nonzero_parameters),
               encoding == network.encodings.end() ? "" : number_text(encoding->second.scale[0])});
  }
  const auto total = graph::cost_of(network);
  table.row({"total", "", "", grouped_text(total.macs), grouped_text(total.parameters),
             grouped_text(total.nonzero_parameters), ""});
  std::fputs(table.text(120).c_str(), stdout);
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
  std::printf("\nweights, biases, multipliers %s; arena %s\n",
              bytes_text(integer::storage_of(program).flash_bytes).c_str(),
              bytes_text(integer::plan_arena(program).bytes).c_str());
  if (!program.labels.empty()) std::printf("labels: %s\n", join(program.labels, ", ").c_str());
  if (!model.metadata.front_end.empty()) std::printf("front end: %s\n", model.metadata.front_end.c_str());
}

int inspect(const std::string& given) {
  std::filesystem::path path = given;
  if (std::filesystem::is_directory(path)) path = pipeline::RunFolder{path}.student();
  if (!std::filesystem::exists(path)) mistake(given, "does not exist");
  const auto extension = path.extension().string();
  if (extension == ".tflite")
    inspect_tflite(path.string());
  else if (extension == ".safetensors")
    inspect_network(training::load_network(path));
  else if (extension == ".yaml" || extension == ".yml")
    inspect_network(graph::load_model(path.string(), graph::standard_operators(), {{1, 49, 10}, 12}));
  else if (extension == ".pt")
    mistake(given,
            "a TorchScript file is inspected by Python's torch.jit.load(...).code; give the run's checkpoint or "
            "model.tflite here");
  else
    mistake(given, "is none of .safetensors, .tflite, .yaml and no run folder");
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, Chosen& chosen) {
  auto* sub = app.add_subcommand("inspect", "what is in a checkpoint, a .tflite or a model file");
  const auto artifact = std::make_shared<std::string>();
  sub->add_option("artifact", *artifact, "run folder, .safetensors, .tflite or model .yaml")->required();
  sub->callback([artifact, &chosen] { chosen = [artifact] { return inspect(*artifact); }; });
}

}  // namespace espalier::cli
