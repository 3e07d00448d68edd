// make_edge_exports <folder>: export folders as a run leaves them, of small networks that hear, with random weights,
// and recordings. integer/ and float/ have the two arithmetics of the front end, deep/ a larger network.
#include <cstdio>
#include <exception>
#include <filesystem>

#include "deployment/made_export.h"
#include "exporting/compressed_programs.h"

namespace espalier::deployment {
namespace {

void make(const std::filesystem::path& folder) {
  write_export(RunFolder{folder / "integer"}, listener(11), default_front_end("integer").json(), 64);
  write_export(RunFolder{folder / "float"}, listener(12), default_front_end("float32").json(), 64);
  auto deep = exporting::compressed_programs::ds_cnn_s(13);
  deep.labels = {"_silence_", "_unknown_", "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"};
  write_export(RunFolder{folder / "deep"}, deep, default_front_end().json(), 64);
  for (const std::uint64_t seed : {1, 2, 3})
    write_wav(folder / ("sound" + std::to_string(seed) + ".wav"), sound(9000 * seed, seed));
  write_wav(folder / "long.wav", sound(80000, 4));
}

}  // namespace
}  // namespace espalier::deployment

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_edge_exports <folder>\n");
    return 2;
  }
  try {
    espalier::deployment::make(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_edge_exports: %s\n", error.what());
    return 1;
  }
}
