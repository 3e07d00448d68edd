#include "exporting/c/host_build.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"

namespace espalier::exporting::c {
namespace {

namespace fs = std::filesystem;

constexpr double most_seconds = 300;

/// Like run_process, with standard error in the output.
ProcessResult run_aloud(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"sh", "-c", "exec \"$@\" 2>&1", "sh"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_process(all, most_seconds);
}

std::vector<std::string> sources_of(const fs::path& folder) {
  std::vector<std::string> all;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder, absent))
    if (entry.path().extension() == ".c") all.push_back(entry.path().string());
  std::sort(all.begin(), all.end());
  return all;
}

std::string tail_of(const std::string& output) {
  const auto lines = split(trim(output), '\n');
  const auto error = std::find_if(lines.begin(), lines.end(),
                                  [](const std::string& line) { return line.find("error") != std::string::npos; });
  return error == lines.end() ? lines.back() : *error;
}

}  // namespace

std::optional<Compiler> find_compiler() {
  std::vector<std::string> candidates = {"cc", "gcc", "clang"};
  if (const char* given = std::getenv("CC"); given && *given) candidates = {given};
  for (const auto& command : candidates) {
    const auto answer = run_process({command, "--version"}, most_seconds);
    if (answer.started && answer.exit_code == 0) return Compiler{command, split(answer.output, '\n').front()};
  }
  return std::nullopt;
}

std::vector<std::string> strict_flags() {
  return {"-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror"};
}

std::optional<std::string> compile(const Compiler& compiler, const fs::path& folder, const std::string& main,
                                   const fs::path& program, const std::vector<std::string>& flags) {
  std::vector<std::string> command = {compiler.command};
  command.insert(command.end(), flags.begin(), flags.end());
  command.push_back("-I" + folder.string());
  const auto sources = sources_of(folder);
  if (sources.empty()) return concat(folder.string(), " holds no C");
  command.insert(command.end(), sources.begin(), sources.end());
  command.insert(command.end(), {(folder / main).string(), "-o", program.string()});
  const auto result = run_aloud(command);
  if (result.started && result.exit_code == 0) return std::nullopt;
  return concat(compiler.command, " refuses it: ", tail_of(result.output));
}

std::vector<std::int8_t> run_samples(const fs::path& program, std::span<const std::int8_t> inputs, bool steps) {
  auto given = program, made = program;
  given += ".in";
  made += ".out";
  write_atomically(given, std::span(reinterpret_cast<const std::uint8_t*>(inputs.data()), inputs.size()));
  std::vector<std::string> command = {program.string(), given.string(), made.string()};
  if (steps) command.emplace_back("steps");
  const auto result = run_aloud(command);
  if (!result.started || result.exit_code != 0)
    fail(concat("the compiled C ended with exit code ", result.exit_code, ": ", tail_of(result.output)));
  const auto bytes = read_bytes(made);
  return {reinterpret_cast<const std::int8_t*>(bytes.data()),
          reinterpret_cast<const std::int8_t*>(bytes.data()) + bytes.size()};
}

}  // namespace espalier::exporting::c
