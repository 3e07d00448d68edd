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

/// Rows of `text`; empty lines are passed over, a byte order mark too. Quoted fields may hold commas, line ends and
/// doubled quotes; lines end in LF or CRLF. Throws Error(mistake) with `origin`:line where a quote is not closed or
/// stands inside a field, or a row has not as many fields as the first.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& origin);

}  // namespace espalier::datasets
