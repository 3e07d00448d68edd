#include "datasets/wfdb_record.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace espalier::datasets {
namespace {

constexpr std::int64_t most_signals = 256;

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : line) {
    if (c != ' ' && c != '\t' && c != '\r') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

class HeaderReading {
 public:
  HeaderReading(std::string_view text, const std::string& origin) : lines_(split(text, '\n')), origin_(origin) {}

  WfdbHeader read() {
    const auto* first = next();
    if (!first) wrong("the header is empty");
    read_record(*first);
    for (std::int64_t i = 0; i < count_; ++i) {
      const auto* line = next();
      if (!line) wrong(fmt::format("the header ends after {} of {} signals", i, count_));
      read_signal(*line);
    }
    return std::move(header_);
  }

 private:
  const std::string* next() {
    while (at_ < lines_.size()) {
      const auto& line = lines_[at_++];
      if (const auto text = trim(line); !text.empty() && text[0] != '#') return &line;
    }
    return nullptr;
  }

  /// NAME[/SEGMENTS] SIGNALS [RATE[/COUNTER[(BASE)]] [SAMPLES [TIME [DATE]]]]
  void read_record(const std::string& line) {
    const auto words = words_of(line);
    if (words.size() < 2) wrong("the first line must give the record's name and its number of signals");
    header_.record = words[0];
    if (words[0].find('/') != std::string::npos) wrong("a record of several segments is not read");
    count_ = whole(words[1], "the number of signals");
    if (count_ < 1 || count_ > most_signals)
      wrong(fmt::format("{} signals, where 1 to {} are read", count_, most_signals));
    if (words.size() > 2) header_.rate = real(words[2].substr(0, words[2].find('/')), "the sampling rate");
    if (!(header_.rate > 0)) wrong("the sampling rate must be above 0");
    if (words.size() > 3) header_.samples = whole(words[3], "the number of samples");
    if (header_.samples < 0) wrong("the number of samples is negative");
  }

  /// FILE FORMAT[xN][:SKEW][+OFFSET] [GAIN[(BASELINE)][/UNITS] [BITS [ZERO [FIRST [CHECKSUM [BLOCK [TEXT]]]]]]]
  void read_signal(const std::string& line) {
    const auto words = words_of(line);
    if (words.size() < 2) wrong("a signal's line must give its file and format");
    WfdbSignal signal;
    signal.file = words[0];
    if (signal.file.find_first_of("/\\") != std::string::npos || signal.file == "~" || signal.file == "-" ||
        signal.file == "." || signal.file == "..")
      wrong(fmt::format("signal file '{}' does not lie beside the header", signal.file.substr(0, 40)));
    read_format(words[1], signal);
    bool has_baseline = false;
    if (words.size() > 2) has_baseline = read_gain(words[2], signal);
    if (words.size() > 4 && !has_baseline) signal.baseline = whole(words[4], "the converter's zero");
    if (words.size() > 6) signal.checksum = whole(words[6], "the checksum"), signal.has_checksum = true;
    for (std::size_t i = 8; i < words.size(); ++i) signal.description += (i > 8 ? " " : "") + words[i];
    header_.signals.push_back(std::move(signal));
  }

  void read_format(const std::string& word, WfdbSignal& signal) const {
    const auto end = std::min(word.find_first_not_of("0123456789"), word.size());
    signal.format = static_cast<int>(whole(word.substr(0, end), "the format"));
    if (signal.format != 16 && signal.format != 212)
      wrong(fmt::format("signal format {} is not read; 16 and 212 are", signal.format));
    auto rest = word.substr(end);
    if (starts_with(rest, "x")) {
      const auto stop = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
      if (whole(rest.substr(1, stop - 1), "the samples of a frame") != 1)
        wrong("several samples of a signal in a frame are not read");
      rest = rest.substr(stop);
    }
    if (starts_with(rest, ":")) {
      const auto stop = std::min(rest.find('+'), rest.size());
      if (whole(rest.substr(1, stop - 1), "the skew") != 0)
        wrong("signals that are skewed against one another are not read");
      rest = rest.substr(stop);
    }
    if (starts_with(rest, "+")) signal.offset = whole(rest.substr(1), "the offset"), rest.clear();
    if (!rest.empty() || signal.offset < 0) wrong(fmt::format("'{}' is no format", word.substr(0, 40)));
  }

  /// Whether a baseline is given.
  bool read_gain(std::string word, WfdbSignal& signal) const {
    if (const auto slash = word.find('/'); slash != std::string::npos) {
      signal.units = word.substr(slash + 1);
      word.resize(slash);
    }
    const auto open = word.find('(');
    signal.gain = real(word.substr(0, open), "the gain");
    if (signal.gain == 0) signal.gain = 200;  // uncalibrated: what WFDB assumes
    if (open == std::string::npos) return false;
    if (word.back() != ')') wrong("a baseline without its closing parenthesis");
    signal.baseline = whole(word.substr(open + 1, word.size() - open - 2), "the baseline");
    return true;
  }

  std::int64_t whole(const std::string& text, const char* what) const {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size())
      wrong(fmt::format("{} is '{}', which is no whole number", what, text.substr(0, 24)));
    return value;
  }
  double real(const std::string& text, const char* what) const {
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
      wrong(fmt::format("{} is '{}', which is no number", what, text.substr(0, 24)));
    return value;
  }
  [[noreturn]] void wrong(std::string text) const { mistake(fmt::format("{}:{}", origin_, at_), std::move(text)); }

  std::vector<std::string> lines_;
  const std::string& origin_;
  std::size_t at_ = 0;
  std::int64_t count_ = 0;
  WfdbHeader header_;
};

/// Two samples of 12 bits in three bytes; an odd last one in two.
std::int16_t sample_212(std::span<const std::uint8_t> bytes, std::size_t index) {
  const auto* pair = bytes.data() + index / 2 * 3;
  const int value = index % 2 == 0 ? (pair[1] & 0x0F) << 8 | pair[0] : (pair[1] & 0xF0) << 4 | pair[2];
  return static_cast<std::int16_t>(value >= 0x800 ? value - 0x1000 : value);
}

std::int16_t sample_16(std::span<const std::uint8_t> bytes, std::size_t index) {
  return static_cast<std::int16_t>(bytes[2 * index] | bytes[2 * index + 1] << 8);
}

void check_sums(const WfdbRecord& record, const std::string& file) {
  const auto signals = record.header.signals.size();
  for (std::size_t s = 0; s < signals; ++s) {
    const auto& signal = record.header.signals[s];
    std::uint16_t sum = 0;
    for (std::size_t i = s; i < record.values.size(); i += signals)
      sum = static_cast<std::uint16_t>(sum + record.values[i]);
    if (signal.has_checksum && sum != static_cast<std::uint16_t>(signal.checksum))
      mistake(file,
              fmt::format("the samples of signal {} do not add up to the header's checksum; the file is damaged", s));
  }
}

}  // namespace

WfdbHeader parse_wfdb_header(std::string_view text, const std::string& origin) {
  return HeaderReading(text, origin).read();
}

std::vector<std::int16_t> decode_wfdb(std::span<const std::uint8_t> bytes, int format, std::int64_t signals,
                                      std::int64_t count, const std::string& origin) {
  const auto held = static_cast<std::int64_t>(format == 212 ? bytes.size() / 3 * 2 + (bytes.size() % 3 == 2 ? 1 : 0)
                                                            : bytes.size() / 2);
  if (count > held / signals)
    mistake(origin, fmt::format("holds {} samples of each signal where its header says {}; the file is cut off",
                                held / signals, count));
  if (count > 0 && held - count * signals > signals)
    mistake(origin, fmt::format("holds {} samples of each signal where its header says {}", held / signals, count));
  std::vector<std::int16_t> values(static_cast<std::size_t>((count > 0 ? count : held / signals) * signals));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = format == 212 ? sample_212(bytes, i) : sample_16(bytes, i);
  return values;
}

WfdbRecord read_wfdb(const std::filesystem::path& header) {
  WfdbRecord record;
  record.header = parse_wfdb_header(read_text(header, 1 << 20), header.string());
  const auto& first = record.header.signals[0];
  for (const auto& signal : record.header.signals)
    if (signal.file != first.file || signal.format != first.format || signal.offset != first.offset)
      mistake(header.string(), "its signals lie in several files or formats; only records of one file are read");
  const auto file = header.parent_path() / first.file;
  if (!std::filesystem::exists(file)) mistake(header.string(), fmt::format("there is no signal file '{}'", first.file));
  const auto bytes = read_bytes(file);
  if (static_cast<std::size_t>(first.offset) > bytes.size())
    mistake(file.string(), "is shorter than its header's offset");
  const auto signals = static_cast<std::int64_t>(record.header.signals.size());
  record.values = decode_wfdb(std::span(bytes).subspan(static_cast<std::size_t>(first.offset)), first.format, signals,
                              record.header.samples, file.string());
  record.samples = static_cast<std::int64_t>(record.values.size()) / signals;
  check_sums(record, file.string());
  return record;
}

}  // namespace espalier::datasets
