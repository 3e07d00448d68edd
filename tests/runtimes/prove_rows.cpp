// prove_rows <folder>: writes random programs of every operator, inputs, and the twin's outputs. prove_rows.py builds
// the same models for the runtimes themselves and compares every byte.
#include <cstdio>
#include <exception>
#include <filesystem>

#include "integer/arithmetic.h"
#include "integer/twin.h"
#include "tests/runtimes/program_dump.h"
#include "tests/runtimes/random_programs.h"

namespace espalier::integer {
namespace {

constexpr std::int64_t outputs_wanted = 110000;  ///< per row; a row is called exact from 100,000 on
constexpr std::uint64_t programs_per_row = 24;
constexpr std::string_view operators[] = {
    "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD",        "MUL",     "AVERAGE_POOL_2D", "MAX_POOL_2D",
    "MEAN",    "SOFTMAX",           "LOGISTIC",        "HARD_SWISH", "RESHAPE", "CONCATENATION",   "PAD",
    "PADV2",   "QUANTIZE"};

void add(ProgramDump& dump, const Program& program, std::string_view row, Arithmetic arithmetic, std::int64_t wanted) {
  const std::int64_t size = elements(program.activations[static_cast<std::size_t>(program.output)].shape);
  const std::int64_t samples = (wanted + size - 1) / size;
  const std::vector<std::int8_t> inputs = random_inputs(program, samples);
  Json extra = Json::map().set("row", std::string(row)).set("arithmetic", std::string(name_of(arithmetic)));
  dump.add_case(program, samples, inputs, std::move(extra),
                [&](std::span<std::int8_t> outputs) { Twin(program, arithmetic).run(inputs, samples, outputs); });
}

void run(const std::filesystem::path& folder) {
  ProgramDump dump;
  for (const Arithmetic arithmetic : {Arithmetic::tflm, Arithmetic::ort_f32_even})
    for (const std::string_view name : operators)
      for (std::uint64_t i = 0; i < programs_per_row; ++i) {
        const Program program = random_row(name, i, arithmetic == Arithmetic::ort_f32_even);
        if (arithmetic_row(program.instructions.back(), arithmetic).exact)
          add(dump, program, name, arithmetic, outputs_wanted / static_cast<std::int64_t>(programs_per_row));
      }
  for (std::uint64_t i = 0; i < 20; ++i) add(dump, random_network(i), "whole networks", Arithmetic::tflm, 1000);
  add(dump, random_ds_cnn_s(), "whole networks", Arithmetic::tflm, 600);
  dump.write(folder);
}

}  // namespace
}  // namespace espalier::integer

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: prove_rows <folder>\n");
    return 2;
  }
  try {
    std::filesystem::create_directories(arguments[1]);
    espalier::integer::run(arguments[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "prove_rows: %s\n", error.what());
    return 1;
  }
}
