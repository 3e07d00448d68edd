#include "base/printable.h"

namespace espalier {
namespace {

/// Bytes of the printable character that `text` begins with; 0 where there is none.
std::size_t character_at_start(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return first >= 0x20 && first != 0x7F;
  const std::size_t length = first >= 0xF0 && first < 0xF5   ? 4
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xC2 && first < 0xE0 ? 2
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  // U+0080 to U+009F are control characters, too.
  return first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0 ? 0 : length;
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string line;
  while (!text.empty()) {
    if (line.size() >= most) return line + "…";
    const auto length = character_at_start(text);
    if (length > 0) {
      line += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[0]);
    line += "\\x";
    line += digits[byte >> 4];
    line += digits[byte & 0xF];
    text.remove_prefix(1);
  }
  return line;
}

}  // namespace espalier
