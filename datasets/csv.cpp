#include "datasets/csv.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "datasets/folder.h"

namespace espalier::datasets {

CsvReader::CsvReader(std::string_view text, const std::string& origin) : rest_(text), origin_(origin) {
  rest_ = without_byte_order_mark(rest_);
}

bool CsvReader::next(CsvRow& row) {
  while (!rest_.empty()) {
    read(row);
    if (row.fields.size() == 1 && row.fields[0].empty()) continue;
    if (fields_ == 0) fields_ = row.fields.size();
    if (row.fields.size() != fields_)
      mistake(fmt::format("{}:{}", origin_, row.line),
              fmt::format("has {} fields where the header has {}", row.fields.size(), fields_));
    return true;
  }
  return false;
}

void CsvReader::read(CsvRow& row) {
  row.line = line_;
  std::size_t count = 0;
  do {
    if (count == row.fields.size()) row.fields.emplace_back();
    auto& field = row.fields[count++];
    field.clear();
    if (at('"'))
      quoted(field);
    else
      plain(field);
  } while (take(','));
  row.fields.resize(count);
  take('\r');
  take('\n');
  ++line_;
}

void CsvReader::plain(std::string& field) {
  const auto end = std::min(rest_.find_first_of(",\n"), rest_.size());
  field.assign(rest_.substr(0, end));
  if (end < rest_.size() && rest_[end] == '\n' && ends_with(field, "\r")) field.pop_back();
  if (field.find('"') != std::string::npos)
    wrong("a quote inside a field that does not begin with one; double it and quote the field");
  rest_.remove_prefix(end);
}

void CsvReader::quoted(std::string& field) {
  const int begin = line_;
  rest_.remove_prefix(1);
  for (;;) {
    if (rest_.empty()) mistake(fmt::format("{}:{}", origin_, begin), "a quote is opened and not closed");
    const char c = rest_[0];
    rest_.remove_prefix(1);
    if (c == '"' && !take('"')) break;
    line_ += c == '\n';
    field += c;
  }
  if (!rest_.empty() && !at(',') && !at('\n') && !at('\r')) wrong("text after a closing quote");
}

bool CsvReader::take(char c) {
  if (!at(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

void CsvReader::wrong(const char* what) const { mistake(fmt::format("{}:{}", origin_, line_), what); }

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& origin) {
  std::vector<CsvRow> rows;
  CsvReader reader(text, origin);
  for (CsvRow row; reader.next(row);) rows.push_back(row);
  return rows;
}

}  // namespace espalier::datasets
