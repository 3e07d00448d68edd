// Pieces of C source text: arrays, literals, comments. Whatever names hold, the text stays C.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace espalier::exporting::c {

/// First line of every file that the exporter writes: the user may do with them as he pleases.
inline constexpr std::string_view generated_license = "SPDX-License-Identifier: 0BSD";

/// A C expression of an integer of at most 32 bits: negative ones that have no literal are computed.
std::string integer_text(std::int64_t value);
/// A float32 that reads back as the same bits: "0.0234375f".
std::string float_text(float value);
/// A string literal; bytes outside of printable ASCII become octal escapes, and no trigraph appears.
std::string string_literal(std::string_view text);
/// The text as it may stand in a comment: what is not printable ASCII, and the ends of comments, become '?'.
std::string comment_text(std::string_view text);

/// "int8_t", "uint16_t", …
template <class T>
std::string type_text() {
  if constexpr (std::is_same_v<T, float>) return "float";
  return std::string(std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T)) + "_t";
}

/// "{1, 2, 3}" over as many lines as it needs, 120 columns at most.
template <class T>
std::string values_text(const std::vector<T>& values) {
  std::string all = "{", line;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string one;
    if constexpr (std::is_same_v<T, float>)
      one = float_text(values[i]);
    else
      one = integer_text(static_cast<std::int64_t>(values[i]));
    if (i + 1 < values.size()) one += ",";
    if (line.size() + one.size() + 3 > 118) {
      all += line + "\n";
      line.clear();
    }
    line += (line.empty() && all.size() == 1 ? "" : line.empty() ? "  " : " ") + one;
  }
  return all + line + "}";
}

/// "static const int8_t name[3] = {1, 2, 3};\n". values must not be empty.
template <class T>
std::string array_text(const std::string& name, const std::vector<T>& values) {
  return "static const " + type_text<T>() + " " + name + "[" + std::to_string(values.size()) +
         "] = " + values_text(values) + ";\n";
}

/// Replaces every "@NAME@" of a template. Throws Error(failed) for one that has no value.
struct Replacement {
  std::string name, value;
};
std::string filled(std::string_view text, const std::vector<Replacement>& replacements);

}  // namespace espalier::exporting::c
