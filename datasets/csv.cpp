#include "datasets/csv.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"

namespace espalier::datasets {
namespace {

class CsvReading {
 public:
  CsvReading(std::string_view text, const std::string& origin) : rest_(text), origin_(origin) {
    if (starts_with(rest_, "\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  std::vector<CsvRow> rows() {
    std::vector<CsvRow> all;
    while (!rest_.empty()) {
      CsvRow row = next();
      if (row.fields.size() == 1 && row.fields[0].empty()) continue;
      if (!all.empty() && row.fields.size() != all[0].fields.size())
        mistake(fmt::format("{}:{}", origin_, row.line),
                fmt::format("has {} fields where the header has {}", row.fields.size(), all[0].fields.size()));
      all.push_back(std::move(row));
    }
    return all;
  }

 private:
  CsvRow next() {
    CsvRow row;
    row.line = line_;
    do row.fields.push_back(at('"') ? quoted() : plain());
    while (take(','));
    take('\r');
    take('\n');
    ++line_;
    return row;
  }

  std::string plain() {
    const auto end = std::min(rest_.find_first_of(",\n"), rest_.size());
    std::string field(rest_.substr(0, end));
    if (end < rest_.size() && rest_[end] == '\n' && ends_with(field, "\r")) field.pop_back();
    if (field.find('"') != std::string::npos)
      wrong("a quote inside a field that does not begin with one; double it and quote the field");
    rest_.remove_prefix(end);
    return field;
  }

  std::string quoted() {
    const int begin = line_;
    std::string field;
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
    return field;
  }

  bool at(char c) const { return !rest_.empty() && rest_[0] == c; }
  bool take(char c) {
    if (!at(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[noreturn]] void wrong(const char* what) const { mistake(fmt::format("{}:{}", origin_, line_), what); }

  std::string_view rest_;
  const std::string& origin_;
  int line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& origin) {
  return CsvReading(text, origin).rows();
}

}  // namespace espalier::datasets
