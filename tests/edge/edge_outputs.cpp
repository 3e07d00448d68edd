// edge_outputs <export folder> <out> <file…>: everything that a device computes of a model, as bytes, for two machines
// to be compared: OUT.features (float32) and OUT.answers (int8) of each file, OUT.layers, every layer of every golden
// sample, OUT.ort, the outputs in ONNX Runtime's arithmetic. Prints how many values each has.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "deployment/predictor.h"
#include "deployment/run_folder.h"
#include "exporting/golden.h"
#include "integer/arithmetic.h"

namespace espalier::deployment {
namespace {

template <class Number>
void put(std::string& bytes, const std::vector<Number>& numbers) {
  bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
}

std::string layers(const integer::Program& program, const exporting::Golden& golden) {
  const integer::Twin twin(program, integer::Arithmetic::tflm, 1);
  const auto each = golden.x.size() / static_cast<std::size_t>(golden.samples);
  std::string bytes;
  for (std::size_t at = 0; at < golden.x.size(); at += each)
    for (const auto& activation : twin.trace(std::span(golden.x).subspan(at, each))) put(bytes, activation);
  return bytes;
}

std::string outputs(const integer::Program& program, const exporting::Golden& golden, integer::Arithmetic arithmetic) {
  std::vector<std::int8_t> y(golden.y.size());
  integer::Twin(program, arithmetic).run(golden.x, golden.samples, y);
  std::string bytes;
  put(bytes, y);
  return bytes;
}

void write(const std::string& file, const std::string& bytes) {
  write_atomically(file, bytes);
  std::printf("%s %zu\n", std::filesystem::path(file).extension().c_str() + 1, bytes.size());
}

void compute(const std::string& given, const std::string& out, const std::vector<std::string>& files) {
  const auto folder = find_exports(given);
  const auto model = open_model(given);
  const Predictor predictor(model);
  const auto reader = input_reader(model.front_end, model.file);
  std::string features, answers;
  for (const auto& file : files) {
    put(features, reader->read(file));
    put(answers, predictor.predict(file).output);
  }
  write(out + ".features", features);
  write(out + ".answers", answers);
  const auto golden = exporting::read_golden(folder.golden());
  write(out + ".layers", layers(model.program, golden));
  if (integer::is_exact(model.program, integer::Arithmetic::ort_f32_even))
    write(out + ".ort", outputs(model.program, golden, integer::Arithmetic::ort_f32_even));
}

}  // namespace
}  // namespace espalier::deployment

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: edge_outputs <export folder> <out> <file>...\n");
    return 2;
  }
  try {
    espalier::deployment::compute(argv[1], argv[2], {argv + 3, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "edge_outputs: %s\n", error.what());
    return 1;
  }
}
