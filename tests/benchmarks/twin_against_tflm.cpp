// twin_against_tflm <folder>: DS-CNN-S with random weights, written for twin_against_tflm.py, and the twin's time on
// one thread.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "integer/twin.h"
#include "tests/runtimes/program_dump.h"
#include "tests/runtimes/random_programs.h"

namespace espalier::integer {
namespace {

constexpr std::int64_t samples = 200;
constexpr int repeats = 7;

double best_milliseconds(const Twin& twin, const std::vector<std::int8_t>& inputs, std::span<std::int8_t> outputs) {
  double best = 1e9;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    twin.run(inputs, samples, outputs);
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count() / samples);
  }
  return best;
}

void run(const std::filesystem::path& folder) {
  const Program program = random_ds_cnn_s();
  const Twin twin(program, Arithmetic::tflm, 1);
  const std::vector<std::int8_t> inputs = random_inputs(program, samples);
  ProgramDump dump;
  double milliseconds = 0;
  dump.add_case(program, samples, inputs, Json::map(),
                [&](std::span<std::int8_t> outputs) { milliseconds = best_milliseconds(twin, inputs, outputs); });
  dump.write(folder);
  std::printf("%.6f\n", milliseconds);
}

}  // namespace
}  // namespace espalier::integer

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: twin_against_tflm <folder>\n");
    return 2;
  }
  try {
    std::filesystem::create_directories(arguments[1]);
    espalier::integer::run(arguments[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "twin_against_tflm: %s\n", error.what());
    return 1;
  }
}
