// Writes random programs as int8 .onnx files beside golden samples of the arithmetic ort_f32_even, for ONNX Runtime.
//     random_programs_to_onnx FOLDER SEEDS SAMPLES
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "exporting/onnx/quantized_writer.h"
#include "runtimes/random_files.h"

namespace espalier::exporting {
namespace {

/// With weights of 7 bits, as the scheme int8_reduced_range trains them.
integer::Program reduced(integer::Program program) {
  for (auto& instruction : program.instructions)
    std::visit(
        [](auto& one) {
          if constexpr (requires { one.weights; })
            for (auto& weight : one.weights) weight = static_cast<std::int8_t>(weight / 2);
        },
        instruction);
  return program;
}

void write_program(const std::filesystem::path& folder, const std::string& stem, const integer::Program& program,
                   std::int64_t samples, std::uint64_t seed) {
  write_atomically(folder / (stem + ".onnx"), onnx::write_quantized(program, {stem, {}, "{}"}));
  write_golden(folder / (stem + ".npz"), golden_samples(program, samples, seed, integer::Arithmetic::ort_f32_even));
}

void write_all(const std::filesystem::path& folder, std::uint64_t seeds, std::int64_t samples) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    for (const auto& whole : random_programs::every_kind(seed)) {
      const auto program = random_programs::cut_at_logits(whole);
      const auto stem = concat(program.name, "_", seed);
      write_program(folder, stem, program, samples, seed);
      write_program(folder, stem + "_reduced", reduced(program), samples, seed);
    }
}

}  // namespace
}  // namespace espalier::exporting

int main(int argc, char** argv) {
  return espalier::exporting::write_files("random_programs_to_onnx", argc, argv, espalier::exporting::write_all);
}
