// Comma-separated values as RFC 4180 has them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace espalier::datasets {

struct CsvRow {
  int line = 0;  ///< where it begins, from 1
  std::vector<std::string> fields;
};

/// Reads one row after the other, for files that are long. Throws as parse_csv does.
class CsvReader {
 public:
  /// `text` and `origin` must outlive it.
  CsvReader(std::string_view text, const std::string& origin);
  /// False at the end. `row` keeps its memory from call to call.
  bool next(CsvRow& row);

 private:
  void read(CsvRow& row);
  void plain(std::string& field);
  void quoted(std::string& field);
  bool at(char c) const { return !rest_.empty() && rest_[0] == c; }
  bool take(char c);
  [[noreturn]] void wrong(const char* what) const;

  std::string_view rest_;
  const std::string& origin_;
  int line_ = 1;
  std::size_t fields_ = 0;  ///< of the first row
};

/// Rows of `text`; empty lines are passed over, a byte order mark too. Quoted fields may hold commas, line ends and
/// doubled quotes; lines end in LF or CRLF. Throws Error(mistake) with `origin`:line where a quote is not closed or
/// stands inside a field, or a row has not as many fields as the first.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& origin);

}  // namespace espalier::datasets
