#include "schema/value.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "base/json.h"

namespace espalier::schema {

std::string Origin::text() const {
  if (!file) return {};
  return line > 0 ? fmt::format("{}:{}:{}", *file, line, column) : *file;
}

Value Value::scalar(std::string text, Origin origin, bool quoted) {
  Value v;
  v.kind_ = Kind::scalar;
  v.text_ = std::move(text);
  v.origin_ = std::move(origin);
  v.quoted_ = quoted;
  return v;
}
Value Value::list(std::vector<Value> items, Origin origin) {
  Value v;
  v.kind_ = Kind::list;
  v.items_ = std::move(items);
  v.origin_ = std::move(origin);
  return v;
}
Value Value::map(std::vector<Entry> entries, Origin origin) {
  Value v;
  v.kind_ = Kind::map;
  v.entries_ = std::move(entries);
  v.origin_ = std::move(origin);
  return v;
}

const Value* Value::find(std::string_view key) const {
  for (const auto& [name, value] : entries_)
    if (name == key) return &value;
  return nullptr;
}
Value* Value::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

void Value::set(std::string_view key, Value value) {
  if (kind_ == Kind::null) kind_ = Kind::map;
  if (auto* found = find(key))
    *found = std::move(value);
  else
    entries_.emplace_back(std::string(key), std::move(value));
}

void Value::erase(std::string_view key) {
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == key; }),
                 entries_.end());
}

std::string quoted_text(std::string_view text) { return Json(std::string(text)).dump(); }

bool is_plain_literal(std::string_view text) {
  if (text == "true" || text == "false" || text == "null") return true;
  if (text.empty()) return false;
  // JSON's number grammar; anything else (0x10, 010, .5, 1_000) is quoted when it is written out.
  std::size_t i = text[0] == '-' ? 1 : 0;
  const auto digits = [&] {
    const auto start = i;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i]))) ++i;
    return i - start;
  };
  const auto start = i;
  const auto whole = digits();
  if (whole == 0 || (whole > 1 && text[start] == '0')) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::string Value::dump() const {
  switch (kind_) {
    case Kind::null:
      return "null";
    case Kind::scalar:
      return !quoted_ && is_plain_literal(text_) ? text_ : quoted_text(text_);
    case Kind::list: {
      std::string all = "[";
      for (const auto& item : items_) all += (all.size() > 1 ? ", " : "") + item.dump();
      return all + "]";
    }
    case Kind::map: {
      std::string all = "{";
      for (const auto& [key, value] : entries_)
        all += (all.size() > 1 ? ", " : "") + quoted_text(key) + ": " + value.dump();
      return all + "}";
    }
  }
  return {};
}

namespace {
bool is_plain_word(std::string_view text) {
  if (text.empty() || is_plain_literal(text) || text == "~" || text == "yes" || text == "no" || text == "on" ||
      text == "off")
    return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) {
                       return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '/' || c == '.' ||
                              c == '-' || c == ' ';
                     }) &&
         text.front() != '-' && text.front() != ' ' && text.back() != ' ' &&
         !std::isdigit(static_cast<unsigned char>(text.front())) && text.front() != '.';
}
std::string scalar_yaml(const Value& v) { return v.is_scalar() && is_plain_word(v.text()) ? v.text() : v.dump(); }
bool is_flat(const Value& v) {
  const auto simple = [](const Value& item) { return item.is_scalar() || item.is_null(); };
  return std::all_of(v.items().begin(), v.items().end(), simple);
}
}  // namespace

std::string Value::yaml(int indent) const {
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  if (kind_ == Kind::map && !entries_.empty()) {
    std::string all;
    for (const auto& [key, value] : entries_) {
      const bool block = (value.is_map() && !value.entries().empty()) || (value.is_list() && !is_flat(value));
      all += pad + scalar_yaml(Value::scalar(key)) + ":" +
             (block ? "\n" + value.yaml(indent + 2)
                    : " " + (value.is_scalar() ? scalar_yaml(value) : value.dump()) + "\n");
    }
    return all;
  }
  if (kind_ == Kind::list && !is_flat(*this)) {
    std::string all;
    for (const auto& item : items_) {
      if (item.is_scalar() || (item.is_list() && is_flat(item))) {
        all += pad + "- " + (item.is_scalar() ? scalar_yaml(item) : item.dump()) + "\n";
        continue;
      }
      auto text = item.yaml(indent + 2);
      text[static_cast<std::size_t>(indent)] = '-';
      all += text;
    }
    return all;
  }
  return pad + dump() + "\n";
}

}  // namespace espalier::schema
