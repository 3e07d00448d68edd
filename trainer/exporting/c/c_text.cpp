#include "exporting/c/c_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace espalier::exporting::c {
namespace {

bool is_plain(char c) { return c >= ' ' && c <= '~'; }

}  // namespace

std::string integer_text(std::int64_t value) {
  if (value == std::numeric_limits<std::int32_t>::min()) return "(-2147483647 - 1)";
  return std::to_string(value);
}

std::string float_text(float value) {
  if (!std::isfinite(value)) fail("a constant of the C export is not finite");
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string string_literal(std::string_view text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '?')
      all += {'\\', c};
    else if (is_plain(c))
      all += c;
    else
      all += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return all + "\"";
}

std::string comment_text(std::string_view text) {
  std::string all(text);
  for (char& c : all)
    if (!is_plain(c) || c == '*' || c == '\\') c = '?';
  return all;
}

std::string filled(std::string_view text, const std::vector<Replacement>& replacements) {
  std::string all;
  std::size_t at = 0;
  for (;;) {
    const auto begin = text.find('@', at), end = begin == text.npos ? begin : text.find('@', begin + 1);
    if (end == text.npos) return all.append(text.substr(at));
    const auto name = text.substr(begin + 1, end - begin - 1);
    const auto known = std::find_if(replacements.begin(), replacements.end(),
                                    [&](const Replacement& replacement) { return replacement.name == name; });
    const bool is_name = !name.empty() && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == name.npos;
    if (is_name && known == replacements.end()) fail(fmt::format("a template of the C export wants '{}'", name));
    all.append(text.substr(at, begin - at)).append(is_name ? known->value : std::string(1, '@'));
    at = is_name ? end + 1 : begin + 1;
  }
}

}  // namespace espalier::exporting::c
