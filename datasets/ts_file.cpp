#include "datasets/ts_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "datasets/folder.h"

namespace espalier::datasets {
namespace {

std::string shortened(std::string_view text) {
  return text.size() <= 24 ? std::string(text) : std::string(text.substr(0, 24)) + "...";
}

class TsReading {
 public:
  TsReading(std::string_view text, const std::string& origin, bool skip) : rest_(text), origin_(origin), skip_(skip) {
    rest_ = without_byte_order_mark(rest_);
  }

  TsFile read() {
    if (rest_.empty()) mistake(origin_, "is empty (0 bytes)");
    bool in_data = false;
    while (!rest_.empty()) {
      const auto line = next_line();
      if (line.empty() || line[0] == '#' || line[0] == '%') continue;
      if (in_data)
        try_case(line);
      else if (line[0] == '@')
        in_data = read_header(line);
      else
        wrong(fmt::format("'{}' stands before @data and is no header", shortened(line)));
    }
    if (!in_data) wrong("the file ends without @data");
    if (file_.cases.empty() && file_.damaged.empty()) wrong("there is no case behind @data");
    return std::move(file_);
  }

 private:
  std::string_view next_line() {
    const auto end = std::min(rest_.find('\n'), rest_.size());
    auto line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_;
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!line.empty() && blank(line.back())) line.remove_suffix(1);
    while (!line.empty() && blank(line.front())) line.remove_prefix(1);
    return line;
  }

  /// True at @data.
  bool read_header(std::string_view line) {
    std::vector<std::string> words;
    for (auto& word : split(line, ' '))
      if (word = trim(word); !word.empty()) words.push_back(std::move(word));
    const auto key = lower(words[0]);
    const auto value = words.size() > 1 ? words[1] : std::string();
    if (key == "@data") {
      if (!has_labels_) wrong("@data comes before `@classLabel true`; only classified series are read");
      return true;
    }
    if (key == "@problemname") file_.name = value;
    if (key == "@timestamps" && yes(key, value))
      wrong("@timeStamps true: series with a time for each value are not read; resample them to a constant rate");
    if (key == "@targetlabel" && yes(key, value))
      wrong("@targetLabel true: this is a regression, and it has no classes");
    if (key == "@dimensions" || key == "@dimension") dimensions_ = number(key, value);
    if (key == "@univariate" && yes(key, value)) univariate_ = true;
    if (key == "@serieslength") length_ = number(key, value);
    if (key == "@equallength") equal_ = yes(key, value);
    if (key == "@classlabel") {
      if (!yes(key, value)) wrong("@classLabel false: the cases have no labels to learn");
      file_.classes.assign(words.begin() + 2, words.end());
      has_labels_ = true;
      auto sorted = file_.classes;
      std::sort(sorted.begin(), sorted.end());
      if (sorted.empty() || std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
        wrong("@classLabel must list the labels, each once");
    }
    return false;
  }

  bool yes(const std::string& key, const std::string& value) const {
    const auto word = lower(value);
    if (word != "true" && word != "false")
      wrong(fmt::format("{} must be true or false, not '{}'", key, shortened(value)));
    return word == "true";
  }

  std::int64_t number(const std::string& key, const std::string& text) const {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size() || value < 1)
      wrong(fmt::format("{} must be a number from 1, not '{}'", key, shortened(text)));
    return value;
  }

  void try_case(std::string_view line) {
    try {
      add_case(line);
    } catch (const Error& error) {
      if (!skip_) throw;
      file_.damaged.insert(file_.damaged.end(), error.problems().begin(), error.problems().end());
    }
  }

  void add_case(std::string_view line) {
    const auto last = line.rfind(':');
    if (last == line.npos) wrong("a case without ':' before its label");
    TsCase one;
    one.line = line_;
    one.label = trim(line.substr(last + 1));
    if (std::find(file_.classes.begin(), file_.classes.end(), one.label) == file_.classes.end())
      wrong(fmt::format("label '{}' is not listed by @classLabel", shortened(one.label)));
    std::int64_t channels = 0;
    for (auto rest = line.substr(0, last);; ++channels) {
      const auto end = std::min(rest.find(':'), rest.size());
      const auto length = add_values(rest.substr(0, end), one.values);
      if (channels == 0) one.length = length;
      if (length != one.length)
        wrong(fmt::format("channel {} has {} values where the first has {}", channels, length, one.length));
      if (end == rest.size()) break;
      rest.remove_prefix(end + 1);
    }
    check_shape(++channels, one.length);
    file_.channels = channels;
    file_.cases.push_back(std::move(one));
  }

  void check_shape(std::int64_t channels, std::int64_t length) const {
    const auto due = file_.channels > 0 ? file_.channels : univariate_ ? 1 : dimensions_;
    if (due > 0 && channels != due) wrong(fmt::format("{} channels where {} are due", channels, due));
    if (equal_ && length_ > 0 && length != length_)
      wrong(fmt::format("{} values a channel where @seriesLength says {}", length, length_));
  }

  std::int64_t add_values(std::string_view text, std::vector<float>& values) const {
    if (text.find('(') != text.npos) wrong("values with timestamps, (time,value), are not read");
    std::int64_t count = 0;
    for (;; ++count) {
      const auto end = std::min(text.find(','), text.size());
      values.push_back(value_of(trim(text.substr(0, end))));
      if (end == text.size()) return count + 1;
      text.remove_prefix(end + 1);
    }
  }

  float value_of(const std::string& text) const {
    if (text == "?" || lower(text) == "nan") return std::numeric_limits<float>::quiet_NaN();
    double value = 0;
    const auto* begin = text.data() + (starts_with(text, "+") && !starts_with(text, "+-") ? 1 : 0);
    const auto [end, failure] = std::from_chars(begin, text.data() + text.size(), value);
    const auto single = static_cast<float>(value);
    if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(single))
      wrong(fmt::format("'{}' is no number", shortened(text)));
    return single;
  }

  [[noreturn]] void wrong(std::string text) const { mistake(fmt::format("{}:{}", origin_, line_), std::move(text)); }

  std::string_view rest_;
  const std::string& origin_;
  bool skip_;
  int line_ = 0;
  bool has_labels_ = false, univariate_ = false, equal_ = false;
  std::int64_t dimensions_ = 0, length_ = 0;
  TsFile file_;
};

}  // namespace

TsFile parse_ts(std::string_view text, const std::string& origin, bool skip) {
  return TsReading(text, origin, skip).read();
}

}  // namespace espalier::datasets
