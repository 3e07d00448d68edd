// A CSV file whose rows are moments and whose columns are sensors.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espalier::datasets {

/// Names of columns. No channels: every column that is none of the others, begins with a number and is not called time,
/// timestamp or index. Other empty names: there is no such column.
struct SeriesColumns {
  std::vector<std::string> channels;
  std::string label, subject, split;
};

/// Words of a column, each kept once.
struct WordColumn {
  std::vector<std::string> words;
  std::vector<std::int32_t> rows;  ///< indices into words; empty where the file has no such column
  const std::string& at(std::int64_t row) const {
    return words[static_cast<std::size_t>(rows[static_cast<std::size_t>(row)])];
  }
};

struct SeriesCsv {
  std::vector<std::string> channels;
  std::int64_t rows = 0;
  std::vector<float> values;  ///< [rows][channels], NaN where a field is empty, `?`, NaN or (with skip) damaged
  std::int64_t damaged = 0;   ///< fields that were no numbers
  WordColumn label, subject, split;
};

/// Throws Error(mistake) with `origin`:line where the file is empty, lacks a column, names one twice, a row has another
/// number of fields than the header or (unless `skip`) a channel's field is no number.
SeriesCsv parse_series_csv(std::string_view text, const std::string& origin, const SeriesColumns& columns, bool skip);

/// The value of a field; NaN for what is missing. False where it is no (finite float32) number.
bool read_value(std::string_view text, float& value);

}  // namespace espalier::datasets
