#include "exporting/unicode.h"

namespace espalier::exporting {
namespace {

constexpr char32_t replacement = 0xfffd, last = 0x10ffff;

bool exists(char32_t point) { return point <= last && (point < 0xd800 || point > 0xdfff); }

/// Bytes that follow the first one of a sequence; -1 for a byte that starts none.
int following(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  if (first >= 0xf0 && first < 0xf5) return 3;
  return -1;
}

/// The code point whose sequence of 1 + `more` bytes starts at `at`, or the replacement.
char32_t decode(std::string_view text, std::size_t at, int more) {
  constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<unsigned char>(text[at]);
  char32_t point = more == 0 ? first : first & (0x3f >> more);
  if (at + static_cast<std::size_t>(more) >= text.size()) return replacement;
  for (int i = 1; i <= more; ++i) {
    const auto next = static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]);
    if ((next & 0xc0) != 0x80) return replacement;
    point = point << 6 | (next & 0x3f);
  }
  return exists(point) && point >= least[more] ? point : replacement;
}

}  // namespace

std::u32string utf32(std::string_view text) {
  std::u32string all;
  for (std::size_t at = 0; at < text.size();) {
    const int more = following(static_cast<unsigned char>(text[at]));
    const auto point = more < 0 ? replacement : decode(text, at, more);
    all += point;
    at += point == replacement && text.substr(at, 3) != "\xef\xbf\xbd" ? 1 : static_cast<std::size_t>(more) + 1;
  }
  return all;
}

std::string utf8(std::u32string_view text) {
  std::string all;
  const auto tail = [&](char32_t point, int shift) { all += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  for (auto point : text) {
    if (!exists(point)) point = replacement;
    if (point < 0x80) {
      all += static_cast<char>(point);
    } else if (point < 0x800) {
      all += static_cast<char>(0xc0 | point >> 6);
      tail(point, 0);
    } else if (point < 0x10000) {
      all += static_cast<char>(0xe0 | point >> 12);
      tail(point, 6), tail(point, 0);
    } else {
      all += static_cast<char>(0xf0 | point >> 18);
      tail(point, 12), tail(point, 6), tail(point, 0);
    }
  }
  return all;
}

}  // namespace espalier::exporting
