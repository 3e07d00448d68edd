// Writes random programs as .tflite files, each beside golden samples and the bytes of its arena plan (.plan), for the
// runtimes' judges.
//     random_programs_to_tflite FOLDER SEEDS SAMPLES
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "exporting/npz.h"
#include "exporting/tflite/writer.h"
#include "integer/arena.h"
#include "runtimes/random_files.h"

namespace espalier::exporting {
namespace {

void write_all(const std::filesystem::path& folder, std::uint64_t seeds, std::int64_t samples) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    for (const auto& program : random_programs::every_kind(seed)) {
      const auto stem = concat(program.name, "_", seed);
      write_atomically(folder / (stem + ".tflite"), tflite::write(program, {.description = stem, .front_end = "{}"}));
      write_golden(folder / (stem + ".npz"), golden_samples(program, samples, seed, integer::Arithmetic::tflm));
      write_atomically(folder / (stem + ".plan"), to_text(integer::plan_arena(program, {}).bytes));
    }
  }
  write_npz(folder / "every_type.npz", {{"bytes", {2, 2}, std::vector<std::int8_t>{-128, -1, 0, 127}},
                                        {"words", {1}, std::vector<std::int32_t>{-70000}},
                                        {"long", {2}, std::vector<std::int64_t>{-1, std::int64_t{1} << 40}},
                                        {"scale", {}, std::vector<float>{0.1F}},
                                        {"names", {3}, std::vector<std::string>{"yes", "", "größer"}},
                                        {"none", {0, 4}, std::vector<float>{}}});
}

}  // namespace
}  // namespace espalier::exporting

int main(int argc, char** argv) {
  return espalier::exporting::write_files("random_programs_to_tflite", argc, argv, espalier::exporting::write_all);
}
