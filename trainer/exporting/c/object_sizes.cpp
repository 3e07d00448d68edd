#include "exporting/c/object_sizes.h"

#include <algorithm>
#include <sstream>

#include "base/files.h"
#include "base/process.h"
#include "base/text.h"

namespace espalier::exporting::c {
namespace {

namespace fs = std::filesystem;

constexpr double most_seconds = 300;
constexpr const char* compiler = "arm-none-eabi-gcc";

std::string version_of(const std::string& command) {
  const auto answer = run_process({command, "-dumpfullversion"}, most_seconds);
  return answer.started && answer.exit_code == 0 ? trim(answer.output) : std::string();
}

/// What a firmware calls.
std::vector<std::string> roots_of(const fs::path& folder) {
  std::vector<std::string> roots = {"model_init", "model_input", "model_output"};
  if (!fs::exists(folder / "front_end.h")) return roots;
  const auto header = read_text(folder / "front_end.h");
  for (const char* name : {"front_end_clip", "front_end_image", "front_end_start", "front_end_push", "front_end_take"})
    if (header.find(concat(name, "(")) != std::string::npos) roots.emplace_back(name);
  return roots;
}

}  // namespace

ObjectSizes sizes_of(const std::string& listing) {
  ObjectSizes sizes;
  for (const auto& line : split(listing, '\n')) {
    std::istringstream words(line);
    std::string section;
    std::int64_t bytes = 0;
    if (!(words >> section >> bytes)) continue;
    if (starts_with(section, ".text")) sizes.code += bytes;
    if (starts_with(section, ".rodata") || starts_with(section, ".data")) sizes.constants += bytes;
  }
  return sizes;
}

std::optional<ObjectSizes> measure_on_cortex_m4(const fs::path& folder, const fs::path& scratch) {
  const auto version = version_of(compiler);
  if (version.empty()) return std::nullopt;
  const auto linked = (scratch / "cortex_m4.elf").string();
  std::vector<std::string> command = {compiler,
                                      "-mcpu=cortex-m4",
                                      "-mthumb",
                                      "-mfloat-abi=hard",
                                      "-mfpu=fpv4-sp-d16",
                                      "-std=c99",
                                      "-O2",
                                      "-ffunction-sections",
                                      "-fdata-sections",
                                      "-nostartfiles",
                                      "--specs=nosys.specs",
                                      "-Wl,--gc-sections",
                                      "-Wl,-e,model_invoke",
                                      "-I" + folder.string(),
                                      "-o",
                                      linked};
  for (const auto& root : roots_of(folder)) command.push_back("-Wl,-u," + root);
  std::vector<std::string> sources;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".c") sources.push_back(entry.path().string());
  std::sort(sources.begin(), sources.end());
  command.insert(command.end(), sources.begin(), sources.end());
  if (run_process(command, most_seconds).exit_code != 0) return std::nullopt;
  const auto listing = run_process({"arm-none-eabi-size", "-A", linked}, most_seconds);
  if (!listing.started || listing.exit_code != 0) return std::nullopt;
  auto sizes = sizes_of(listing.output);
  sizes.target = concat("cortex-m4, ", compiler, " ", version, " -O2");
  return sizes;
}

}  // namespace espalier::exporting::c
