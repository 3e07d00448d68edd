// JSON as a value. nlohmann-json is seen by json.cpp alone.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace espalier {

/// null, bool, integer, double, string, list or map (insertion order kept). NaN and infinities are written as null.
class Json {
 public:
  using List = std::vector<Json>;
  using Map = std::vector<std::pair<std::string, Json>>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(std::int64_t{value}) {}
  Json(std::int64_t value) : value_(value) {}
  Json(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(List value) : value_(std::move(value)) {}
  static Json map() { return Json(Map{}); }
  static Json list() { return Json(List{}); }
  template <class T>
  static Json list_of(const std::vector<T>& items) {
    List all;
    for (const auto& item : items) all.emplace_back(item);
    return all;
  }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_map() const { return std::holds_alternative<Map>(value_); }
  bool is_list() const { return std::holds_alternative<List>(value_); }
  bool is_text() const { return std::holds_alternative<std::string>(value_); }
  bool is_number() const {
    return std::holds_alternative<std::int64_t>(value_) || std::holds_alternative<double>(value_);
  }

  /// Each throws Error(failed) naming what was found where another type was expected.
  bool boolean() const;
  std::int64_t integer() const;
  double number() const;
  const std::string& text() const;
  const List& items() const;
  const Map& entries() const;

  /// Adds or replaces; makes a map of null.
  Json& set(std::string key, Json value);
  Json& operator[](const std::string& key);
  /// Null where absent.
  const Json& at(const std::string& key) const;
  bool has(const std::string& key) const { return !at(key).is_null(); }
  Json& push(Json value);

  /// indent < 0: one line.
  std::string dump(int indent = -1) const;
  /// Throws Error(mistake) with `origin` and the place on damaged text.
  static Json parse(const std::string& text, const std::string& origin);

 private:
  explicit Json(Map value) : value_(std::move(value)) {}
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> value_;
};

}  // namespace espalier
