#include "schema/readers.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "schema/document.h"

namespace espalier::schema {
namespace {

template <class T>
T& as(void* target) {
  return *static_cast<T*>(target);
}
template <class T>
const T& as(const void* source) {
  return *static_cast<const T*>(source);
}

/// A decimal number; "010", "0x1f", "1_000" and words are refused.
bool read_number(std::string_view text, double& out) {
  std::string_view digits = text;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
  if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return false;
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc() && end == text.data() + text.size() &&
         std::isfinite(out);  // from_chars reads "nan" and "inf"
}

/// "40 ms" -> 40 and "ms".
bool split_unit(const std::string& text, double& amount, std::string& unit) {
  std::size_t at = 0;
  while (at < text.size() &&
         (std::isdigit(static_cast<unsigned char>(text[at])) || text[at] == '.' || text[at] == '-' || text[at] == '+' ||
          ((text[at] == 'e' || text[at] == 'E') && at + 1 < text.size() &&
           (std::isdigit(static_cast<unsigned char>(text[at + 1])) || text[at + 1] == '-'))))
    ++at;
  unit = trim(std::string_view(text).substr(at));
  return read_number(std::string_view(text).substr(0, at), amount);
}

std::string wrong(const char* wanted, const Value& value) {
  if (value.is_map()) return fmt::format("must be {}, not a map", wanted);
  if (value.is_list()) return fmt::format("must be {}, not a list", wanted);
  if (value.is_null()) return fmt::format("must be {}, and is empty", wanted);
  return fmt::format("must be {}, not '{}'", wanted, value.text());
}

template <class T>
std::string read_list(const Value& value, void* target) {
  std::vector<T> all;
  const auto one = [&](const Value& item) {
    T element{};
    auto problem = Reader<T>::read(item, &element);
    all.push_back(std::move(element));
    return problem;
  };
  if (!value.is_list()) {
    if (auto problem = one(value); !problem.empty()) return problem + " (or a list of such)";
  }
  for (const auto& item : value.items())
    if (auto problem = one(item); !problem.empty()) return problem;
  as<std::vector<T>>(target) = std::move(all);
  return {};
}

template <class T>
std::string write_list(const void* source) {
  std::vector<std::string> parts;
  for (const auto& item : as<std::vector<T>>(source)) parts.push_back(Reader<T>::write(&item));
  return "[" + join(parts, ", ") + "]";
}

/// Of all items; a list without any has none, as words have none.
template <class T>
Extent extent_of_list(const void* source) {
  Extent all;
  bool first = true;
  for (const auto& item : as<std::vector<T>>(source)) {
    const auto [least, most] = Reader<T>::extent(&item);
    all = first ? Extent{least, most} : Extent{std::min(all.least, least), std::max(all.most, most)};
    first = false;
  }
  return all;
}

Extent single(double number) { return {number, number}; }

}  // namespace

// --- bool
template <>
std::string Reader<bool>::read(const Value& v, void* target) {
  if (v.is_scalar() && !v.quoted() && (v.text() == "true" || v.text() == "false"))
    return as<bool>(target) = v.text() == "true", "";
  return wrong("true or false", v);
}
template <>
std::string Reader<bool>::write(const void* source) {
  return to_text(as<bool>(source));
}
template <>
std::string_view Reader<bool>::type() {
  return "true or false";
}
template <>
Extent Reader<bool>::extent(const void*) {
  return {};
}

// --- int64_t
template <>
std::string Reader<std::int64_t>::read(const Value& v, void* target) {
  double number = 0;
  if (!v.is_scalar() || v.quoted() || !read_number(v.text(), number) || std::floor(number) != number ||
      std::abs(number) > 9e15)
    return wrong("a whole number", v);
  as<std::int64_t>(target) = static_cast<std::int64_t>(number);
  return {};
}
template <>
std::string Reader<std::int64_t>::write(const void* source) {
  return std::to_string(as<std::int64_t>(source));
}
template <>
std::string_view Reader<std::int64_t>::type() {
  return "whole number";
}
template <>
Extent Reader<std::int64_t>::extent(const void* source) {
  return single(static_cast<double>(as<std::int64_t>(source)));
}

// --- double
template <>
std::string Reader<double>::read(const Value& v, void* target) {
  if (!v.is_scalar() || v.quoted() || !read_number(v.text(), as<double>(target))) {
    if (v.is_scalar() && (lower(v.text()) == ".nan" || lower(v.text()) == "nan")) return "must be a number, not NaN";
    return wrong("a number", v);
  }
  return {};
}
template <>
std::string Reader<double>::write(const void* source) {
  return number_text(as<double>(source));
}
template <>
std::string_view Reader<double>::type() {
  return "number";
}
template <>
Extent Reader<double>::extent(const void* source) {
  return single(as<double>(source));
}

// --- string
template <>
std::string Reader<std::string>::read(const Value& v, void* target) {
  if (!v.is_scalar()) return wrong("a word or text", v);
  as<std::string>(target) = v.text();
  return {};
}
template <>
std::string Reader<std::string>::write(const void* source) {
  return quoted_text(as<std::string>(source));
}
template <>
std::string_view Reader<std::string>::type() {
  return "text";
}
template <>
Extent Reader<std::string>::extent(const void*) {
  return {};
}

// --- lists
// NOLINTBEGIN(bugprone-macro-parentheses): T is a type
#define ESPALIER_LIST_READER(T, NAME)                                      \
  template <>                                                              \
  std::string Reader<std::vector<T>>::read(const Value& v, void* target) { \
    return read_list<T>(v, target);                                        \
  }                                                                        \
  template <>                                                              \
  std::string Reader<std::vector<T>>::write(const void* source) {          \
    return write_list<T>(source);                                          \
  }                                                                        \
  template <>                                                              \
  std::string_view Reader<std::vector<T>>::type() {                        \
    return NAME;                                                           \
  }                                                                        \
  template <>                                                              \
  Extent Reader<std::vector<T>>::extent(const void* source) {              \
    return extent_of_list<T>(source);                                      \
  }
// NOLINTEND(bugprone-macro-parentheses)
ESPALIER_LIST_READER(std::string, "list of text")
ESPALIER_LIST_READER(std::int64_t, "list of whole numbers")
ESPALIER_LIST_READER(double, "list of numbers")
#undef ESPALIER_LIST_READER

// --- Bytes
template <>
std::string Reader<Bytes>::read(const Value& v, void* target) {
  double amount = 0;
  std::string unit;
  if (!v.is_scalar() || !split_unit(v.text(), amount, unit)) return wrong("a size such as 64 KiB", v);
  const std::pair<const char*, double> units[] = {
      {"", 1},     {"B", 1},    {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824},
      {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6},   {"GB", 1e9}};
  for (const auto& [name, factor] : units)
    if (unit == name && amount >= 0) return as<Bytes>(target).count = static_cast<std::int64_t>(amount * factor), "";
  return fmt::format("must be a size in B, KiB, MiB, GiB, kB, MB or GB, not '{}'", v.text());
}
template <>
std::string Reader<Bytes>::write(const void* source) {
  return quoted_text(fmt::format("{} B", as<Bytes>(source).count));
}
template <>
std::string_view Reader<Bytes>::type() {
  return "size (64 KiB)";
}
template <>
Extent Reader<Bytes>::extent(const void* source) {
  return single(static_cast<double>(as<Bytes>(source).count));
}

// --- Milliseconds
template <>
std::string Reader<Milliseconds>::read(const Value& v, void* target) {
  double amount = 0;
  std::string unit;
  if (!v.is_scalar() || !split_unit(v.text(), amount, unit)) return wrong("a duration such as 40 ms", v);
  const std::pair<const char*, double> units[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"us", 1e-3}};
  for (const auto& [name, factor] : units)
    if (unit == name) return as<Milliseconds>(target).value = amount * factor, "";
  return fmt::format("must be a duration in us, ms or s, not '{}'", v.text());
}
template <>
std::string Reader<Milliseconds>::write(const void* source) {
  return quoted_text(number_text(as<Milliseconds>(source).value) + " ms");
}
template <>
std::string_view Reader<Milliseconds>::type() {
  return "duration (40 ms)";
}
template <>
Extent Reader<Milliseconds>::extent(const void* source) {
  return single(as<Milliseconds>(source).value);
}

// --- Epochs
template <>
std::string Reader<Epochs>::read(const Value& v, void* target) {
  Epochs window;
  if (!v.is_list() || v.items().size() != 2 || !Reader<double>::read(v.items()[0], &window.start).empty() ||
      !Reader<double>::read(v.items()[1], &window.end).empty())
    return "must be a window of epochs such as [5, 20]";
  if (!(window.start >= 0) || !(window.end > window.start))
    return fmt::format("window [{}, {}] must start at 0 or later and end after it starts", window.start, window.end);
  as<Epochs>(target) = window;
  return {};
}
template <>
std::string Reader<Epochs>::write(const void* source) {
  const auto& w = as<Epochs>(source);
  return w.end < 0 ? std::string("null") : fmt::format("[{}, {}]", number_text(w.start), number_text(w.end));
}
template <>
std::string_view Reader<Epochs>::type() {
  return "window [start, end] in epochs";
}
template <>
Extent Reader<Epochs>::extent(const void*) {
  return {};
}

// --- Every
template <>
std::string Reader<Every>::read(const Value& v, void* target) {
  double amount = 0;
  std::string unit;
  if (!v.is_scalar() || !split_unit(v.text(), amount, unit) || !(amount > 0))
    return wrong("a distance such as 50 steps or 0.5 epochs", v);
  const bool epochs = unit == "epochs" || unit == "epoch";
  if (!epochs && unit != "steps" && unit != "step")
    return fmt::format("must be in steps or epochs, not '{}'", v.text());
  as<Every>(target) = {amount, epochs};
  return {};
}
template <>
std::string Reader<Every>::write(const void* source) {
  const auto& e = as<Every>(source);
  return quoted_text(number_text(e.amount) + (e.epochs ? " epochs" : " steps"));
}
template <>
std::string_view Reader<Every>::type() {
  return "distance (50 steps, 0.5 epochs)";
}
template <>
Extent Reader<Every>::extent(const void* source) {
  return single(as<Every>(source).amount);
}

// --- Pair
template <>
std::string Reader<Pair>::read(const Value& v, void* target) {
  Pair pair;
  if (v.is_list()) {
    if (v.items().size() != 2) return "must be one whole number or [height, width]";
    for (auto [item, member] : {std::pair{&v.items()[0], &pair.height}, std::pair{&v.items()[1], &pair.width}})
      if (auto problem = Reader<std::int64_t>::read(*item, member); !problem.empty()) return problem;
  } else {
    if (!Reader<std::int64_t>::read(v, &pair.height).empty()) return "must be one whole number or [height, width]";
    pair.width = pair.height;
  }
  if (pair.height < 0 || pair.width < 0) return "must not be negative";
  as<Pair>(target) = pair;
  return {};
}
template <>
std::string Reader<Pair>::write(const void* source) {
  return fmt::format("[{}, {}]", as<Pair>(source).height, as<Pair>(source).width);
}
template <>
std::string_view Reader<Pair>::type() {
  return "[height, width]";
}
template <>
Extent Reader<Pair>::extent(const void* source) {
  const auto [low, high] = std::minmax(as<Pair>(source).height, as<Pair>(source).width);
  return {static_cast<double>(low), static_cast<double>(high)};
}

// --- Path
template <>
std::string Reader<Path>::read(const Value& v, void* target) {
  if (!v.is_scalar()) return wrong("a path", v);
  as<Path>(target) = {resolve_path(v).string(), v.origin().text()};
  return {};
}
template <>
std::string Reader<Path>::write(const void* source) {
  const auto& text = as<Path>(source).text;
  return text.empty() ? "null" : quoted_text(std::filesystem::absolute(text).lexically_normal().string());
}
template <>
std::string_view Reader<Path>::type() {
  return "path";
}
template <>
Extent Reader<Path>::extent(const void*) {
  return {};
}

// --- Part
template <>
std::string Reader<Part>::read(const Value& v, void* target) {
  as<Part>(target).value = v;
  return {};
}
template <>
std::string Reader<Part>::write(const void* source) {
  return as<Part>(source).value.dump();
}
template <>
std::string_view Reader<Part>::type() {
  return "part";
}
template <>
Extent Reader<Part>::extent(const void*) {
  return {};
}

}  // namespace espalier::schema
