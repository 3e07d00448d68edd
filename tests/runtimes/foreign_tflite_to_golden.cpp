// Reads a .tflite file that others made, lets the integer twin answer random inputs, and writes the file anew by our
// writer. Prints the bytes of its arena plan.
//     foreign_tflite_to_golden MODEL.tflite SAMPLES GOLDEN.npz REWRITTEN.tflite
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "exporting/golden.h"
#include "exporting/random_programs.h"
#include "exporting/readback.h"
#include "exporting/tflite/reader.h"
#include "exporting/tflite/writer.h"
#include "integer/arena.h"
#include "integer/twin.h"

namespace espalier::exporting {
namespace {

void convert(const std::string& model, std::int64_t samples, const std::string& golden_path,
             const std::string& rewritten) {
  const auto program = tflite::read(read_bytes(model), model).program;
  auto golden = golden_of(program);
  golden.samples = samples;
  golden.x = random_programs::random_inputs(program, samples, 1);
  golden.y.resize(static_cast<std::size_t>(samples * integer::elements(golden.output_shape)));
  golden.labels.assign(static_cast<std::size_t>(samples), 0);
  integer::Twin(program).run(golden.x, samples, golden.y);
  write_golden(golden_path, golden);
  const auto bytes = tflite::write(program);
  write_atomically(rewritten, bytes);
  const auto lost = compare(program, tflite::read(bytes, rewritten).program);
  if (!lost.empty()) fail(concat(rewritten, ": ", join(lost, "\n")));
  std::printf("%lld\n", static_cast<long long>(integer::plan_arena(program, {}).bytes));
}

}  // namespace
}  // namespace espalier::exporting

int main(int argc, char** argv) {
  if (argc != 5)
    return std::fputs("foreign_tflite_to_golden MODEL.tflite SAMPLES GOLDEN.npz REWRITTEN.tflite\n", stderr), 2;
  try {
    espalier::exporting::convert(argv[1], std::strtoll(argv[2], nullptr, 10), argv[3], argv[4]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "foreign_tflite_to_golden: %s\n", error.what());
    return 1;
  }
  return 0;
}
