#include "schema/describe.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "schema/document.h"

namespace espalier::schema {
namespace {

std::string range_text(const Field& field) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (field.low == -infinity && field.high == infinity) return {};
  if (field.high == infinity) return fmt::format("at least {}", field.low);
  if (field.low == -infinity) return fmt::format("at most {}", field.high);
  return fmt::format("{} to {}", field.low, field.high);
}

std::string check_read(const Field& field, const Value& value, void* options) {
  void* target = static_cast<char*>(options) + field.offset;
  if (auto problem = field.read(value, target); !problem.empty()) return problem;
  // Written so that NaN, for which every comparison is false, is refused.
  if (const auto range = range_text(field); !range.empty()) {
    const auto [least, most] = field.extent(target);
    if (!(least >= field.low && most <= field.high))
      return fmt::format("must be {}, not {}", range, value.is_scalar() ? value.text() : field.write(target));
  }
  if (field.choices.empty()) return {};
  const auto texts = value.is_list() ? value.items() : std::vector<Value>{value};
  for (const auto& item : texts)
    if (std::find(field.choices.begin(), field.choices.end(), item.text()) == field.choices.end())
      return fmt::format("must be one of {}, not '{}'{}", join(field.choices, ", "), item.text(),
                         did_you_mean(item.text(), field.choices));
  return {};
}

}  // namespace

void Fields::parse(const Value& map, void* options, const std::string& what, std::vector<Problem>& problems,
                   const std::vector<std::string>& ignored) const {
  if (!map.is_map() && !map.is_null())
    return problems.push_back({map.origin().text(), fmt::format("{} must be a map of keys", what)});
  std::vector<std::string> keys = ignored;
  for (const auto& field : all) keys.push_back(field.key);
  for (const auto& [key, value] : map.entries()) {
    const auto field = std::find_if(all.begin(), all.end(), [&key = key](const Field& f) { return f.key == key; });
    if (field == all.end()) {
      if (std::find(ignored.begin(), ignored.end(), key) == ignored.end())
        problems.push_back(
            {value.origin().text(), fmt::format("unknown key '{}' in {}{}", key, what, did_you_mean(key, keys))});
      continue;
    }
    if (value.is_null() && !field->required) continue;  // `key:` and `key: null` mean the default
    if (auto problem = check_read(*field, value, options); !problem.empty())
      problems.push_back({value.origin().text(), fmt::format("{} in {} {}", key, what, problem)});
  }
  for (const auto& field : all)
    if (field.required && !map.find(field.key))
      problems.push_back({map.origin().text(), fmt::format("{} needs '{}' ({})", what, field.key, field.doc)});
}

std::string Fields::help() const {
  std::string text;
  for (const auto& field : all) {
    std::vector<std::string> notes;
    if (!field.choices.empty()) notes.push_back(join(field.choices, " | "));
    if (const auto range = range_text(field); !range.empty()) notes.push_back(range);
    if (!field.unit.empty()) notes.push_back(field.unit);
    notes.push_back(field.required ? "required" : fmt::format("default {}", field.fallback));
    text += fmt::format("  {:<20} {:<16} {} ({})\n", field.key, field.choices.empty() ? field.type : "word", field.doc,
                        join(notes, "; "));
  }
  return text;
}

Value Fields::resolved(const void* options) const {
  Value map = Value::map({});
  for (const auto& field : all)
    map.set(field.key, schema::parse(field.write(static_cast<const char*>(options) + field.offset), field.key));
  return map;
}

}  // namespace espalier::schema
