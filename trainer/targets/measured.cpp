#include "targets/measured.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace espalier::targets {
namespace {

/// What stands behind `key:` in the line (spaces or underscores between its words), or nothing.
std::optional<std::string> value_of(const std::string& line, const std::string& key) {
  auto text = lower(trim(line));
  const auto colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), '_', ' ');
  if (text.substr(0, colon) != key) return std::nullopt;
  return trim(std::string_view(text).substr(colon + 1));
}

std::int64_t number_of(const std::string& text, const std::string& origin) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool ends = end == text.data() + text.size() || *end == ' ';
  if (failure != std::errc() || !ends || number < 0) mistake(origin, concat("'", text, "' is no whole number"));
  return number;
}

}  // namespace

Measured read_measured(const std::string& log, const std::string& origin) {
  Measured measured;
  std::vector<std::int64_t> cycles;
  const auto lines = split(log, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto at = concat(origin, ":", i + 1);
    if (const auto value = value_of(lines[i], "cycles")) cycles.push_back(number_of(*value, at));
    for (const char* key : {"stack", "stack bytes"})
      if (const auto value = value_of(lines[i], key))
        measured.stack = std::max(measured.stack.value_or(0), number_of(*value, at));
    if (const auto value = value_of(lines[i], "instructions")) measured.instructions = number_of(*value, at);
    if (const auto value = value_of(lines[i], concat("layer ", measured.layers.size())))
      measured.layers.push_back(number_of(*value, at));
    if (const auto value = value_of(lines[i], "known answer")) {
      if (*value != "passed" && !starts_with(*value, "failed"))
        mistake(at, concat("'", *value, "' is neither passed nor failed"));
      measured.known_answer = measured.known_answer.value_or(true) && *value == "passed";
    }
  }
  if (!cycles.empty()) {
    std::nth_element(cycles.begin(), cycles.begin() + static_cast<std::ptrdiff_t>(cycles.size() / 2), cycles.end());
    measured.cycles = cycles[cycles.size() / 2];
    measured.runs = static_cast<std::int64_t>(cycles.size());
  }
  if (!measured.cycles && !measured.instructions && !measured.stack && !measured.known_answer)
    mistake(origin,
            "holds no line `cycles: N`, `stack: N` or `known answer: passed`; give what the bench or "
            "`scripts/mcu_test.sh --export` printed");
  return measured;
}

}  // namespace espalier::targets
