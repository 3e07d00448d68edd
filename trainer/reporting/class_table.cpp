#include "reporting/class_table.h"

#include <utility>
#include <vector>

#include "base/text.h"
#include "reporting/text_table.h"

namespace espalier::reporting {
namespace {

/// What is counted is no share. By name, since a share of 1 is an integer once it was read from a file.
bool is_count(const std::string& key) { return key == "support" || key == "boxes"; }

std::string cell(const std::string& key, const Json& value) {
  if (!value.is_number()) return "-";
  return is_count(key) ? grouped_text(value.integer()) : fixed_text(100 * value.number(), 1) + " %";
}

/// What the table shows of a class, by the report's keys; recall is what physicians call sensitivity.
std::vector<std::pair<std::string, std::string>> columns_of(const Json& first) {
  if (first.has("recall") && first.has("support"))
    return {{"recall", "sensitivity"}, {"precision", "precision"}, {"f1", "F1"}, {"support", "samples"}};
  std::vector<std::pair<std::string, std::string>> columns;
  for (const auto& [key, value] : first.entries())
    if (key != "label") columns.emplace_back(key, key);
  return columns;
}

}  // namespace

std::string metric_text(const std::string& name) {
  if (name == "macro_f1") return "macro-F1";
  return name == "balanced_accuracy" ? "balanced accuracy" : name;
}

std::string metric_title(const std::string& name) {
  if (name == "macro_f1") return "Macro-F1";
  if (name == "accuracy") return "Accuracy";
  return name == "balanced_accuracy" ? "Balanced accuracy" : name;
}

std::string class_table(const Json& classes, std::size_t indent) {
  if (!classes.is_list() || classes.items().empty() || !classes.items().front().is_map()) return {};
  const auto columns = columns_of(classes.items().front());
  std::vector<TextTable::Column> head = {{"class"}};
  for (const auto& [key, title] : columns) head.push_back({title, TextTable::Align::right});
  TextTable table(head, indent);
  for (const auto& one : classes.items()) {
    std::vector<std::string> row = {one.at("label").text()};
    const bool unseen = one.at("support").is_number() && one.at("support").integer() == 0;
    for (const auto& [key, title] : columns) row.push_back(unseen && key == "recall" ? "-" : cell(key, one.at(key)));
    table.row(std::move(row));
  }
  return table.text();
}

}  // namespace espalier::reporting
