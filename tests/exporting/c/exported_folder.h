// A program exported as C into a scratch folder, for tests.
#pragma once
#include <filesystem>
#include <string>

#include "base/files.h"
#include "exporting/c/host_build.h"
#include "exporting/c/writer.h"
#include "exporting/random_programs.h"
#include "reporting/scratch_folder.h"

namespace espalier::exporting::c {

inline Options options_of(const integer::Program& program, std::int64_t samples = 12) {
  Options options;
  options.name = program.name;
  options.golden = golden_of(program);
  options.golden.samples = samples;
  options.golden.x = random_programs::random_inputs(program, samples, 5);
  const auto& output = program.activations[static_cast<std::size_t>(program.output)];
  options.golden.y.resize(static_cast<std::size_t>(samples * integer::elements(output.shape)));
  integer::Twin(program, integer::Arithmetic::tflm, 1).run(options.golden.x, samples, options.golden.y);
  return options;
}

struct ExportedFolder {
  ExportedFolder(const integer::Program& program, const Options& options) {
    for (const auto& file : write(program, options)) write_atomically(path() / file.path, file.text);
  }
  std::filesystem::path path() const { return scratch / "c"; }
  /// Compiled strictly, as `name` in the scratch folder. Fails the test with what the compiler says.
  std::filesystem::path built(const std::string& main, const std::string& name,
                              const std::vector<std::string>& more = {"-O2"}) const {
    auto flags = strict_flags();
    flags.insert(flags.end(), more.begin(), more.end());
    const auto compiler = find_compiler();
    REQUIRE(compiler);
    const auto refused = compile(*compiler, path(), main, scratch / name, flags);
    INFO(refused.value_or(""));
    REQUIRE(!refused);
    return scratch / name;
  }

  ScratchFolder scratch;
};

}  // namespace espalier::exporting::c
