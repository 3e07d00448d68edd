// What the programs have in common that write random programs as files for judges.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include "exporting/golden.h"
#include "exporting/random_programs.h"
#include "integer/twin.h"

namespace espalier::exporting {

/// Random inputs and what the twin answers; labels are 0.
inline Golden golden_samples(const integer::Program& program, std::int64_t samples, std::uint64_t seed,
                             integer::Arithmetic arithmetic) {
  auto golden = golden_of(program);
  golden.samples = samples;
  golden.x = random_programs::random_inputs(program, samples, seed);
  golden.y.resize(static_cast<std::size_t>(samples * integer::elements(golden.output_shape)));
  golden.labels.assign(static_cast<std::size_t>(samples), 0);
  integer::Twin(program, arithmetic).run(golden.x, samples, golden.y);
  return golden;
}

/// The main function of a program `name` that is called with FOLDER SEEDS SAMPLES.
template <class WriteAll>
int write_files(const char* name, int argc, char** argv, const WriteAll& write_all) {
  if (argc != 4) return std::fprintf(stderr, "%s FOLDER SEEDS SAMPLES\n", name), 2;
  try {
    write_all(std::filesystem::path(argv[1]), std::strtoull(argv[2], nullptr, 10), std::strtoll(argv[3], nullptr, 10));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return 1;
  }
  return 0;
}

}  // namespace espalier::exporting
