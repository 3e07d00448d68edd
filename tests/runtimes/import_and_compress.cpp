// What users do with a network of their own, for the runtimes' judges: import, prune channels, train quantized for a
// few steps, export.
//     import_and_compress NETWORKS FOLDER RANDOM
// NETWORKS: what tests/importing/make_networks.py wrote. RANDOM: how many networks of tests/graph/random_networks.h go
// through this project's ONNX and TorchScript exports and back first. Writes FOLDER/<name>.tflite and .npz with the
// twin's answers.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "exporting/golden.h"
#include "exporting/onnx/writer.h"
#include "exporting/tflite/writer.h"
#include "exporting/torchscript/writer.h"
#include "graph/random_networks.h"
#include "nn/executor.h"
#include "pipeline/compress.h"
#include "pipeline/imported_network.h"
#include "pipeline/small_data.h"

namespace espalier::pipeline {
namespace {

constexpr const char* recipe = R"(
  training: { epochs: 3, batch_size: 20, optimizer: { type: adam, lr: 1e-3 } }
  compression:
    - { type: prune, structure: channels, sparsity: 0.2, minimum_channels: 2, multiple_of: 1, epochs: [0, 1], every: 1 steps }
    - { type: quantize, epochs: [1, 3], freeze_batch_norm: 2, freeze_observers: 2, calibration_samples: 20 }
)";

void compress_and_write(const graph::Network& network, const std::string& name, const std::filesystem::path& folder) {
  const SmallData data(network.input_shape(), network.output_shape().front());
  const auto student = compress(network, data, recipe);
  const auto before = graph::cost_of(network).parameters, after = graph::cost_of(student.network).parameters;
  const auto answers = measure(student, data, datasets::Split::test).integer.value();
  auto golden = exporting::golden_of(*student.program);
  golden.x = answers.inputs;
  golden.y = answers.outputs;
  golden.samples = data.size(datasets::Split::test);
  write_atomically(folder / (name + ".tflite"), exporting::tflite::write(*student.program));
  exporting::write_golden(folder / (name + ".npz"), golden);
  std::printf("%s: %lld parameters, %lld after pruning\n", name.c_str(), static_cast<long long>(before),
              static_cast<long long>(after));
}

void compress_imported(const std::filesystem::path& networks, const std::filesystem::path& folder) {
  std::ifstream list(networks / "networks.txt");
  for (std::string line; std::getline(list, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    graph::Shape input;
    for (std::int64_t extent = 0; words >> extent;) input.push_back(extent);
    const auto file = networks / (name + ".pt");
    compress_and_write(import_network(file.string(), input, graph::standard_operators()).network, name, folder);
  }
}

/// A network imported again from what was written of it; throws unless it answers as before.
graph::Network there_and_back(const graph::Network& network, const std::filesystem::path& file,
                              const std::vector<std::uint8_t>& bytes) {
  write_atomically(file, bytes);
  auto back = import_network(file.string(), network.input_shape(), graph::standard_operators()).network;
  at::NoGradGuard off;
  at::manual_seed(11);
  std::vector<std::int64_t> sizes = {4};
  sizes.insert(sizes.end(), network.input_shape().begin(), network.input_shape().end());
  const auto x = at::randn(sizes);
  const auto before = nn::forward(nn::for_inference(network), x, {}).logits,
             after = nn::forward(nn::for_inference(back), x, {}).logits;
  const double differs = (before - after).abs().max().item<double>(), size = before.abs().max().item<double>();
  if (!(differs <= 1e-5 * std::max(1.0, size)))
    fail(concat(file.string(), " came back with outputs that differ by ", differs));
  return back;
}

void compress_random(std::uint64_t count, const std::filesystem::path& folder) {
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    const auto name = concat("random_", seed);
    const auto network = naive::random_network(seed);
    there_and_back(network, folder / (name + ".onnx"), exporting::onnx::write(network, {}));
    const auto back =
        there_and_back(network, folder / (name + ".pt"), exporting::torchscript::write(network, {}, "{}"));
    compress_and_write(back, name, folder);
  }
}

}  // namespace
}  // namespace espalier::pipeline

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("import_and_compress NETWORKS FOLDER RANDOM\n", stderr), 2;
  try {
    std::filesystem::create_directories(argv[2]);
    espalier::pipeline::compress_imported(argv[1], argv[2]);
    espalier::pipeline::compress_random(std::strtoull(argv[3], nullptr, 10), argv[2]);
  } catch (const espalier::Error& error) {
    for (const auto& problem : error.problems())
      std::fprintf(stderr, "import_and_compress: %s: %s\n", problem.origin.c_str(), problem.text.c_str());
    return 1;
  }
  return 0;
}
