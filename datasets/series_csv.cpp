#include "datasets/series_csv.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "datasets/csv.h"

namespace espalier::datasets {
namespace {

constexpr std::size_t most_words = 10000;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool names_time(const std::string& name) {
  const auto word = lower(name);
  return word.empty() || word == "time" || word == "timestamp" || word == "index";
}

class SeriesCsvReading {
 public:
  SeriesCsvReading(std::string_view text, const std::string& origin, const SeriesColumns& columns, bool skip)
      : reader_(text, origin), origin_(origin), columns_(columns), skip_(skip) {}

  SeriesCsv read() {
    if (!reader_.next(row_)) mistake(origin_, "is empty");
    for (const auto& field : row_.fields) names_.emplace_back(trimmed(field));
    const int header = row_.line;
    if (!reader_.next(row_)) mistake(origin_, "has a header and no rows");
    find_columns(header);
    do add();
    while (reader_.next(row_));
    return std::move(found_);
  }

 private:
  /// The first row of values is in row_.
  void find_columns(int header) {
    label_ = index_of(columns_.label, header);
    subject_ = index_of(columns_.subject, header);
    split_ = index_of(columns_.split, header);
    for (const auto& name : columns_.channels) channels_.push_back(static_cast<std::size_t>(index_of(name, header)));
    for (std::size_t i = 0; i < names_.size() && columns_.channels.empty(); ++i) {
      const auto column = static_cast<std::ptrdiff_t>(i);
      float value = 0;
      const bool is_channel = column != label_ && column != subject_ && column != split_ && !names_time(names_[i]) &&
                              read_value(row_.fields[i], value);
      if (is_channel) channels_.push_back(i);
    }
    if (channels_.empty())
      mistake(fmt::format("{}:{}", origin_, header), fmt::format("no column holds numbers: {}", join(names_, ",")));
    for (const auto column : channels_) found_.channels.push_back(names_[column]);
  }

  std::ptrdiff_t index_of(const std::string& name, int header) const {
    if (name.empty()) return -1;
    const auto at = std::find(names_.begin(), names_.end(), name);
    const auto where = fmt::format("{}:{}", origin_, header);
    if (at == names_.end())
      mistake(where, fmt::format("the header has no column '{}'{}; it has {}", name, did_you_mean(name, names_),
                                 join(names_, ",")));
    if (std::find(at + 1, names_.end(), name) != names_.end())
      mistake(where, fmt::format("the header names '{}' twice", name));
    return at - names_.begin();
  }

  void add() {
    for (const auto column : channels_) {
      const auto& field = row_.fields[column];
      float value = 0;
      if (!read_value(field, value)) {
        if (!skip_)
          mistake(fmt::format("{}:{}", origin_, row_.line),
                  fmt::format("'{}' in column '{}' is no number", field.substr(0, 24), names_[column]));
        ++found_.damaged;
        value = std::numeric_limits<float>::quiet_NaN();
      }
      found_.values.push_back(value);
    }
    ++found_.rows;
    add_word(label_, found_.label, labels_);
    add_word(subject_, found_.subject, subjects_);
    add_word(split_, found_.split, splits_);
  }

  using Places = std::map<std::string, std::int32_t, std::less<>>;

  /// Rows mostly repeat the word of the row before. A column of measurements that is taken for one of words ends here.
  void add_word(std::ptrdiff_t column, WordColumn& words, Places& places) const {
    if (column < 0) return;
    const auto word = trimmed(row_.fields[static_cast<std::size_t>(column)]);
    if (!words.rows.empty() && words.words[static_cast<std::size_t>(words.rows.back())] == word)
      return words.rows.push_back(words.rows.back());
    auto at = places.find(word);
    if (at == places.end()) {
      if (places.size() == most_words)
        mistake(fmt::format("{}:{}", origin_, row_.line),
                fmt::format("column '{}' holds more than {} different words; labels, subjects and splits are few",
                            names_[static_cast<std::size_t>(column)], most_words));
      at = places.emplace(word, static_cast<std::int32_t>(places.size())).first;
      words.words.emplace_back(word);
    }
    words.rows.push_back(at->second);
  }

  CsvReader reader_;
  const std::string& origin_;
  const SeriesColumns& columns_;
  bool skip_;
  CsvRow row_;
  std::vector<std::string> names_;
  std::vector<std::size_t> channels_;
  std::ptrdiff_t label_ = -1, subject_ = -1, split_ = -1;
  Places labels_, subjects_, splits_;
  SeriesCsv found_;
};

}  // namespace

bool read_value(std::string_view text, float& value) {
  text = trimmed(text);
  value = std::numeric_limits<float>::quiet_NaN();
  if (text.empty() || text == "?" || text == "NaN" || text == "nan" || text == "NA") return true;
  if (text[0] == '+' && !starts_with(text, "+-")) text.remove_prefix(1);
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  value = static_cast<float>(number);
  return failure == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

SeriesCsv parse_series_csv(std::string_view text, const std::string& origin, const SeriesColumns& columns, bool skip) {
  return SeriesCsvReading(text, origin, columns, skip).read();
}

}  // namespace espalier::datasets
