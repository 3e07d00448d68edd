// The exported C on this machine: compiled by whatever compiler there is, and run on samples.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace espalier::exporting::c {

struct Compiler {
  std::string command;  ///< "gcc"
  std::string version;  ///< the first line of --version
};

/// $CC where it is set, else the first of cc, gcc and clang that answers.
std::optional<Compiler> find_compiler();

/// Flags under which the export must not cause a warning.
std::vector<std::string> strict_flags();

/// Compiles every .c file of `folder` together with `main` (a path below it) into `program`. Returns what the compiler
/// said where it failed, else nothing.
std::optional<std::string> compile(const Compiler& compiler, const std::filesystem::path& folder,
                                   const std::string& main, const std::filesystem::path& program,
                                   const std::vector<std::string>& flags);

/// Feeds `inputs` to host/run_samples, compiled as `program`, and returns what it wrote; `steps`: of every layer. Files
/// lie beside `program`. Throws Error(failed) with what the program said.
std::vector<std::int8_t> run_samples(const std::filesystem::path& program, std::span<const std::int8_t> inputs,
                                     bool steps = false);

}  // namespace espalier::exporting::c
