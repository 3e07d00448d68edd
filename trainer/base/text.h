// Text for people and files, without {fmt}: files that see Torch include this instead (Torch ships an {fmt} of its
// own).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace espalier {

/// The shortest decimal text that reads back as the same double ("0.1", "1e-05", "nan").
std::string number_text(double value);
/// Fixed decimals, for tables: fixed_text(0.81734, 2) is "0.82".
std::string fixed_text(double value, int decimals);
/// "1,234,567".
std::string grouped_text(std::int64_t value);
/// "512 B", "53.9 KiB", "1.2 MiB".
std::string bytes_text(std::int64_t bytes);
/// "48 s", "3 min 20 s", "2 h 05 min".
std::string duration_text(double seconds);

inline std::string to_text(std::string_view text) { return std::string(text); }
inline std::string to_text(const char* text) { return text; }
inline std::string to_text(const std::string& text) { return text; }
inline std::string to_text(char c) { return std::string(1, c); }
inline std::string to_text(bool value) { return value ? "true" : "false"; }
template <class T>
requires std::is_arithmetic_v<T> std::string to_text(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return number_text(static_cast<double>(value));
  else
    return std::to_string(value);
}

/// concat("epoch ", 3, ": loss ", 0.5).
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string all;
  ((all += to_text(parts)), ...);
  return all;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator);
template <class T>
requires std::is_arithmetic_v<T> std::string join(const std::vector<T>& parts, std::string_view separator) {
  std::vector<std::string> texts;
  for (auto part : parts) texts.push_back(to_text(part));
  return join(texts, separator);
}
std::vector<std::string> split(std::string_view text, char separator);
std::string trim(std::string_view text);
std::string lower(std::string_view text);
bool starts_with(std::string_view text, std::string_view start);
bool ends_with(std::string_view text, std::string_view end);

/// Shell-like match: `*` any run of characters, `?` one. "block*.conv" matches "block1.conv".
bool glob_matches(std::string_view pattern, std::string_view text);

/// The candidate most like `word` (edit distance at most a third of its length), or "".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
/// "; did you mean 'x'?" or "" where nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace espalier
