#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_part.h"

namespace espalier {
namespace {

using Library = nlohmann::ordered_json;

Json from_library(const Library& in) {
  switch (in.type()) {
    case Library::value_t::boolean:
      return in.get<bool>();
    case Library::value_t::number_integer:
      return in.get<std::int64_t>();
    case Library::value_t::number_unsigned:
      if (in.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return in.get<double>();
      return in.get<std::int64_t>();
    case Library::value_t::number_float:
      return in.get<double>();
    case Library::value_t::string:
      return in.get<std::string>();
    case Library::value_t::array: {
      Json::List list;
      for (const auto& item : in) list.push_back(from_library(item));
      return list;
    }
    case Library::value_t::object: {
      Json map = Json::map();
      for (const auto& [key, value] : in.items()) map.set(key, from_library(value));
      return map;
    }
    default:
      return {};
  }
}

template <class T, class V>
const T& expect(const V& value, const char* what) {
  if (const auto* found = std::get_if<T>(&value)) return *found;
  fail(std::string("JSON: expected ") + what);
}

}  // namespace

bool Json::boolean() const { return expect<bool>(value_, "true or false"); }
std::int64_t Json::integer() const {
  if (const auto* real = std::get_if<double>(&value_); real && std::floor(*real) == *real && std::abs(*real) < 0x1p63)
    return static_cast<std::int64_t>(*real);
  return expect<std::int64_t>(value_, "an integer");
}
double Json::number() const {
  if (const auto* whole = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*whole);
  return expect<double>(value_, "a number");
}
const std::string& Json::text() const { return expect<std::string>(value_, "a string"); }
const Json::List& Json::items() const { return expect<List>(value_, "a list"); }
const Json::Map& Json::entries() const { return expect<Map>(value_, "a map"); }

Json& Json::set(std::string key, Json value) {
  if (is_null()) value_ = Map{};
  auto& map = std::get<Map>(value_);
  const auto found = std::find_if(map.begin(), map.end(), [&](const auto& entry) { return entry.first == key; });
  if (found == map.end())
    map.emplace_back(std::move(key), std::move(value));
  else
    found->second = std::move(value);
  return *this;
}

Json& Json::operator[](const std::string& key) {
  if (is_null()) value_ = Map{};
  auto& map = std::get<Map>(value_);
  for (auto& [name, value] : map)
    if (name == key) return value;
  return map.emplace_back(key, Json()).second;
}

const Json& Json::at(const std::string& key) const {
  static const Json nothing;
  if (const auto* map = std::get_if<Map>(&value_))
    for (const auto& [name, value] : *map)
      if (name == key) return value;
  return nothing;
}

Json& Json::push(Json value) {
  if (is_null()) value_ = List{};
  return std::get<List>(value_).emplace_back(std::move(value));
}

namespace {
Library to_library(const Json& in) {
  if (in.is_null()) return nullptr;
  if (in.is_text()) return in.text();
  if (in.is_list()) {
    Library list = Library::array();
    for (const auto& item : in.items()) list.push_back(to_library(item));
    return list;
  }
  if (in.is_map()) {
    Library map = Library::object();
    for (const auto& [key, value] : in.entries()) map[key] = to_library(value);
    return map;
  }
  if (!in.is_number()) return in.boolean();
  const double number = in.number();
  if (!std::isfinite(number)) return nullptr;
  try {
    return in.integer();
  } catch (const Error&) {
    return number;
  }
}
}  // namespace

std::string Json::dump(int indent) const {
  return to_library(*this).dump(indent, ' ', false, Library::error_handler_t::replace);
}

namespace {
/// Without the library's own name for what happened, "[json.exception.parse_error.101] ", in front, and of a long
/// string that it stopped in, "last read: '…'", its end.
std::string told(std::string text) {
  constexpr std::size_t most = 40;
  constexpr std::string_view last = "last read: '";
  if (const auto name = text.find("] "); name != std::string::npos) text.erase(0, name + 2);
  const auto begin = text.find(last), end = text.rfind('\'');
  if (begin == std::string::npos || end - begin < last.size() + most) return text;
  return text.replace(begin + last.size(), end - begin - last.size() - most, "…");
}
}  // namespace

Json parse_json_without(const std::string& text, const std::string& origin, const std::vector<std::string>& names) {
  // from_library recurses: damaged or hostile text must not exhaust the stack.
  const auto wanted = [&](int depth, Library::parse_event_t event, const Library& found) {
    if (depth > 256) mistake(origin, "is JSON nested more than 256 deep");
    return event != Library::parse_event_t::key || names.empty() ||
           std::find(names.begin(), names.end(), found.get<std::string>()) == names.end();
  };
  try {
    return from_library(Library::parse(text, wanted));
  } catch (const Library::exception& e) {
    mistake(origin, "is not valid JSON: " + told(e.what()));
  }
}

Json Json::parse(const std::string& text, const std::string& origin) { return parse_json_without(text, origin, {}); }

}  // namespace espalier
