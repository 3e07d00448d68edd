#include "schema/registry.h"

#include <fmt/core.h>

#include <algorithm>

namespace espalier::schema {

void Registry::insert(Entry entry) {
  if (find(entry.kind, entry.key)) fail(fmt::format("component {} '{}' is registered twice", entry.kind, entry.key));
  entries_.push_back(std::move(entry));
}

std::vector<std::string> Registry::kinds() const {
  std::vector<std::string> all;
  for (const auto& entry : entries_)
    if (std::find(all.begin(), all.end(), entry.kind) == all.end()) all.push_back(entry.kind);
  return all;
}

std::vector<std::string> Registry::keys(const std::string& kind) const {
  std::vector<std::string> all;
  for (const auto& entry : entries_)
    if (entry.kind == kind) all.push_back(entry.key);
  std::sort(all.begin(), all.end());
  return all;
}

const Registry::Entry* Registry::find(const std::string& kind, const std::string& key) const {
  for (const auto& entry : entries_)
    if (entry.kind == kind && entry.key == key) return &entry;
  return nullptr;
}

std::shared_ptr<void> Registry::make_any(const std::string& kind, const Value& value,
                                         std::vector<Problem>& problems) const {
  const Value* type = value.is_map() ? value.find("type") : &value;
  const auto known = keys(kind);
  if (!type || !type->is_scalar()) {
    problems.push_back({value.origin().text(), fmt::format("a {} needs `type:`, one of {}", kind, join(known, ", "))});
    return nullptr;
  }
  const Entry* entry = find(kind, type->text());
  if (!entry) {
    problems.push_back(
        {type->origin().text(), fmt::format("unknown {} '{}'{}", kind, type->text(),
                                            nearest(type->text(), known).empty() ? "; there are " + join(known, ", ")
                                                                                 : did_you_mean(type->text(), known))});
    return nullptr;
  }
  return entry->maker->make(value.is_map() ? value : Value::map({}, value.origin()), *this, problems);
}

}  // namespace espalier::schema
