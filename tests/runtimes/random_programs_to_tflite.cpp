// Writes random programs as .tflite files, each beside golden samples and the bytes of its arena plan (.plan), for the
// runtimes' judges.
//     random_programs_to_tflite FOLDER SEEDS SAMPLES
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "exporting/golden.h"
#include "exporting/npz.h"
#include "exporting/random_programs.h"
#include "exporting/tflite/writer.h"
#include "integer/arena.h"
#include "integer/twin.h"

namespace espalier::exporting {
namespace {

Golden golden_samples(const integer::Program& program, std::int64_t samples, std::uint64_t seed) {
  auto golden = golden_of(program);
  golden.samples = samples;
  golden.x = random_programs::random_inputs(program, samples, seed);
  golden.y.resize(static_cast<std::size_t>(samples * integer::elements(golden.output_shape)));
  golden.labels.assign(static_cast<std::size_t>(samples), 0);
  integer::Twin(program).run(golden.x, samples, golden.y);
  return golden;
}

void write_all(const std::filesystem::path& folder, std::uint64_t seeds, std::int64_t samples) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    for (const auto& program : random_programs::every_kind(seed)) {
      const auto stem = concat(program.name, "_", seed);
      write_atomically(folder / (stem + ".tflite"), tflite::write(program, {.description = stem, .front_end = "{}"}));
      write_golden(folder / (stem + ".npz"), golden_samples(program, samples, seed));
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
  if (argc != 4) return std::fputs("random_programs_to_tflite FOLDER SEEDS SAMPLES\n", stderr), 2;
  try {
    espalier::exporting::write_all(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoll(argv[3], nullptr, 10));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "random_programs_to_tflite: %s\n", error.what());
    return 1;
  }
  return 0;
}
