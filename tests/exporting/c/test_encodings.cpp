// Compressed weights in the exported C: the twin's bytes, and less flash by what `size` counts.
#include <algorithm>
#include <sstream>

#include "base/process.h"
#include "base/text.h"
#include "catch.h"
#include "exporting/c/exported_folder.h"
#include "exporting/c/object_sizes.h"
#include "exporting/compressed_programs.h"
#include "integer/storage.h"
#include "integer/weight_encoding.h"

namespace espalier::exporting::c {
namespace {

namespace compressed = compressed_programs;

/// .text, .rodata and .data of everything but known answers and labels, compiled by this machine's compiler.
ObjectSizes object_sizes(const ExportedFolder& folder) {
  const auto objects = folder.scratch / "objects";
  std::filesystem::create_directories(objects);
  ObjectSizes sum;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const auto name = entry.path().filename().string();
    if (entry.path().extension() != ".c" || name == "known_answer.c" || name == "labels.c") continue;
    const auto object = (objects / (name + ".o")).string();
    const auto made = run_process(
        {"cc", "-std=c99", "-Os", "-I" + folder.path().string(), "-c", entry.path().string(), "-o", object});
    REQUIRE(made.exit_code == 0);
    const auto sizes = sizes_of(run_process({"size", "-A", object}).output);
    sum.code += sizes.code;
    sum.constants += sizes.constants;
  }
  return sum;
}

/// Bytes of the arrays that hold weights, tables, biases, multipliers and shifts, by the symbols of model.o.
std::int64_t bytes_of_arrays(const ExportedFolder& folder) {
  const auto object = (folder.scratch / "model.o").string();
  REQUIRE(run_process({"cc", "-std=c99", "-I" + folder.path().string(), "-c", (folder.path() / "model.c").string(),
                       "-o", object})
              .exit_code == 0);
  std::int64_t bytes = 0;
  for (const auto& line : split(run_process({"nm", "-S", "-t", "d", object}).output, '\n')) {
    std::istringstream words(line);
    std::string place, size, type, name;
    if (!(words >> place >> size >> type >> name)) continue;
    for (const char* kind : {"_weights", "_table", "_bias", "_multiplier", "_shift"})
      if (ends_with(name, kind)) bytes += std::stoll(size);
  }
  return bytes;
}

}  // namespace

TEST_CASE("pruned, shared and narrow weights take a quarter of the weights' bytes less on Cortex-M4, code included",
          "[c]") {
  const auto plain = compressed::ds_cnn_s(6);
  const auto weights = compressed::weights_of(plain);
  CHECK(weights == 22016);
  const ExportedFolder before(plain, options_of(plain, 3));
  const auto all = object_sizes(before);
  struct Case {
    const char* name;
    integer::Program program;
  };
  for (const auto& [name, program] :
       {Case{"half of the weights pruned", compressed::pruned(plain, 0.5)},
        Case{"nine tenths of the weights pruned", compressed::pruned(plain, 0.9)},
        Case{"16 values a tensor", compressed::shared(plain, 16)}, Case{"int4", compressed::narrow(plain, 4)}}) {
    INFO(name);
    const auto options = options_of(program, 3);
    const ExportedFolder folder(program, options);
    CHECK(run_samples(folder.built("host/run_samples.c", "run"), options.golden.x) == options.golden.y);
    const auto now = object_sizes(folder);
    const auto saved = all.code + all.constants - now.code - now.constants;
    INFO("saved " << saved << " of " << weights << ", code " << all.code << " to " << now.code);
    CHECK(5 * saved >= weights);  // x86-64 takes twice as many bytes for the decoders' code as Cortex-M
    CHECK(4 * (all.constants - now.constants) >= weights);
    CHECK(bytes_of_arrays(folder) == integer::storage_of(program).flash_bytes);
    const auto on_device = measure_on_cortex_m4(folder.path(), folder.scratch.path());
    const auto on_device_before = measure_on_cortex_m4(before.path(), before.scratch.path());
    if (!on_device || !on_device_before) continue;
    INFO("Cortex-M4: " << on_device_before->code << " + " << on_device_before->constants << " to " << on_device->code
                       << " + " << on_device->constants);
    CHECK(4 * (on_device_before->code + on_device_before->constants - on_device->code - on_device->constants) >=
          weights);
  }
}

TEST_CASE("every kind of network computes the twin's bytes from encoded weights, under the sanitizers", "[c]") {
  for (auto program : random_programs::every_kind(9)) {
    INFO(program.name);
    if (compressed::weights_of(program) < 2500) continue;
    for (const double zeros : {0.5, 0.95}) {
      const auto sparse = compressed::pruned(program, zeros);
      const auto small = zeros < 0.9 ? compressed::narrow(sparse, 3) : sparse;
      const auto encodings = integer::weight_encodings(small);
      if (std::all_of(encodings.begin(), encodings.end(), [](const auto& one) { return one.plain; })) continue;
      const auto options = options_of(small);
      const ExportedFolder folder(small, options);
      CHECK(run_samples(folder.built("host/run_samples.c", "run", {"-O1", "-fsanitize=undefined,address"}),
                        options.golden.x) == options.golden.y);
    }
  }
}

TEST_CASE("sections of a listing are added up by their kind", "[c]") {
  const auto sizes = sizes_of(
      "x.o  :\nsection  size  addr\n.text  100  0\n.text.f  20  0\n.rodata.str1.4  7  0\n.rodata  3  0\n.data  2  0\n"
      ".bss  50  0\n.comment  30  0\nTotal  212\n");
  CHECK(sizes.code == 120);
  CHECK(sizes.constants == 12);
}

}  // namespace espalier::exporting::c
