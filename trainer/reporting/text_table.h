// Columns of text for a terminal.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace espalier::reporting {

/// Cells that the text takes on a terminal: UTF-8 code points (wide and combining characters are not told apart).
std::size_t display_width(std::string_view text);

/// Breaks at spaces so that no line is wider than `width`, but for words that are; at least one line.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// Words to the left, numbers to the right. The last column is wrapped to the width of the page where it is a left one.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;  ///< when all are empty, there is no head
    Align align = Align::left;
  };
  explicit TextTable(std::vector<Column> columns, std::size_t indent = 0);

  /// Missing cells are empty; more cells than columns are a bug: Error(failed).
  void row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// Lines without trailing spaces, each with its "\n".
  std::string text(std::size_t page_width = 80) const;

 private:
  std::vector<std::size_t> widths(std::size_t page_width) const;
  std::string lines(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::size_t indent_;
};

}  // namespace espalier::reporting
