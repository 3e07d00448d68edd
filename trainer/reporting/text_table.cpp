#include "reporting/text_table.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace espalier::reporting {
namespace {

constexpr std::size_t gap = 2, narrowest = 20;

std::string padded(const std::string& text, std::size_t width, TextTable::Align align) {
  const auto used = display_width(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return align == TextTable::Align::right ? space + text : text + space;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines = {""};
  for (const auto& word : split(text, ' ')) {
    auto& line = lines.back();
    if (line.empty())
      line = word;
    else if (display_width(line) + 1 + display_width(word) <= width)
      line += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

TextTable::TextTable(std::vector<Column> columns, std::size_t indent) : columns_(std::move(columns)), indent_(indent) {}

void TextTable::row(std::vector<std::string> cells) {
  if (cells.size() > columns_.size()) fail(concat("a table's row has ", cells.size(), " cells of ", columns_.size()));
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::widths(std::size_t page_width) const {
  std::vector<std::size_t> found;
  for (const auto& column : columns_) found.push_back(display_width(column.title));
  for (const auto& row : rows_)
    for (std::size_t c = 0; c < row.size(); ++c) found[c] = std::max(found[c], display_width(row[c]));
  std::size_t before = indent_;
  for (std::size_t c = 0; c + 1 < found.size(); ++c) before += found[c] + gap;
  if (!found.empty() && columns_.back().align == Align::left && before + found.back() > page_width)
    found.back() = std::max(narrowest, page_width > before ? page_width - before : 0);
  return found;
}

std::string TextTable::lines(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
  const auto last = wrapped(cells.back(), columns_.back().align == Align::left ? widths.back() : std::string::npos);
  std::string all;
  for (std::size_t l = 0; l < last.size(); ++l) {
    std::string line(indent_, ' ');
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const bool is_last = c + 1 == cells.size();
      line += padded(is_last ? last[l] : l == 0 ? cells[c] : "", widths[c], columns_[c].align);
      if (!is_last) line.append(gap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + "\n";
  }
  return all;
}

std::string TextTable::text(std::size_t page_width) const {
  if (columns_.empty()) return {};
  const auto wide = widths(page_width);
  std::string all;
  if (std::any_of(columns_.begin(), columns_.end(), [](const Column& column) { return !column.title.empty(); })) {
    std::vector<std::string> titles;
    for (const auto& column : columns_) titles.push_back(column.title);
    all += lines(titles, wide);
  }
  for (const auto& row : rows_) all += lines(row, wide);
  return all;
}

}  // namespace espalier::reporting
