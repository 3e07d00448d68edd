#include "exporting/c/folder_reader.h"

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace espalier::exporting::c {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_text = std::int64_t{1} << 26;

std::int64_t defined(const std::string& text, const std::string& name, const fs::path& file) {
  const auto line = concat("#define ", name, " ");
  const auto at = text.find(line);
  if (at == std::string::npos) mistake(file.string(), concat("defines no ", name));
  return std::strtoll(text.c_str() + at + line.size(), nullptr, 10);
}

/// "| what | figure |" of the first table.
std::vector<std::pair<std::string, std::string>> first_table(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& line : split(text, '\n')) {
    if (starts_with(line, "## ")) break;
    const auto middle = line.find(" | ", 1);
    if (!starts_with(line, "| ") || middle == std::string::npos || middle < 3 || !ends_with(line, " |")) continue;
    rows.emplace_back(trim(line.substr(2, middle - 2)), trim(line.substr(middle + 3, line.size() - middle - 5)));
  }
  return rows;
}

/// The string literals of labels.c, with their escapes: three octal digits, or the symbol itself.
std::vector<std::string> literals(const std::string& text) {
  std::vector<std::string> all;
  for (const auto& line : split(text, '\n')) {
    const auto code = trim(line);
    if (!starts_with(code, "\"") || !ends_with(code, "\",")) continue;
    std::string label;
    for (std::size_t i = 1; i + 2 < code.size(); ++i) {
      if (code[i] != '\\') {
        label += code[i];
      } else if (code[i + 1] >= '0' && code[i + 1] <= '7' && i + 3 < code.size()) {
        label += static_cast<char>(std::strtol(code.substr(i + 1, 3).c_str(), nullptr, 8));
        i += 3;
      } else {
        label += code[++i];
      }
    }
    all.push_back(label);
  }
  return all;
}

/// The indented lines of NOTICE.
std::vector<std::string> kernels_of(const std::string& text) {
  std::vector<std::string> all;
  for (const auto& line : split(text, '\n'))
    if (starts_with(line, "    ")) all.push_back(trim(line));
  return all;
}

}  // namespace

Described describe_folder(const fs::path& folder) {
  Described found;
  const auto header = folder / "model.h";
  const auto model = read_text(header, most_text);
  found.arena_bytes = defined(model, "MODEL_ARENA_BYTES", header);
  found.input_bytes = defined(model, "MODEL_INPUT_BYTES", header);
  found.output_bytes = defined(model, "MODEL_OUTPUT_BYTES", header);
  found.steps = defined(model, "MODEL_STEPS", header);
  const auto readme = read_text(folder / "README.md", most_text);
  if (!starts_with(readme, "# ")) mistake((folder / "README.md").string(), "has no title");
  found.title = trim(split(readme, '\n').front().substr(2));
  found.figures = first_table(readme);
  if (found.figures.empty()) mistake((folder / "README.md").string(), "has no table of what the network takes");
  if (fs::exists(folder / "labels.c")) found.labels = literals(read_text(folder / "labels.c", most_text));
  found.kernels = kernels_of(read_text(folder / "NOTICE", most_text));
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) found.source_bytes += static_cast<std::int64_t>(entry.file_size());
  return found;
}

}  // namespace espalier::exporting::c
