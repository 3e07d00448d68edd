#include "exporting/c/runtime_files.h"

#include <cctype>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"

namespace espalier::exporting::c {
namespace {

constexpr std::string_view prefix = "espalier_";

bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string without_comments(std::string_view text) {
  std::string code;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = text.find("/*", at), end = begin == text.npos ? begin : text.find("*/", begin + 2);
    code.append(text.substr(at, begin == text.npos ? begin : begin - at));
    if (end == text.npos) break;
    at = end + 2;
  }
  return code;
}

/// The lines that are indented: of a header, the bodies of its inline functions.
std::string indented_lines(const std::string& code) {
  std::string lines;
  for (const auto& line : split(code, '\n'))
    if (starts_with(line, " ")) lines += line + "\n";
  return lines;
}

/// The espalier_… identifiers of a text.
std::set<std::string> names_in(std::string_view text) {
  std::set<std::string> names;
  for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix, at + 1)) {
    auto end = at;
    while (end < text.size() && in_name(text[end])) ++end;
    if (at == 0 || !in_name(text[at - 1])) names.emplace(text.substr(at, end - at));
  }
  return names;
}

/// Names that a C file gives to the linker: on lines that start at the margin, before a parenthesis or a bracket,
/// unless the statement is static or ends without a body or an initializer.
std::set<std::string> defined_in(std::string_view text) {
  std::set<std::string> names;
  for (std::size_t line = 0; line != text.npos && line < text.size();) {
    const auto newline = text.find('\n', line), next = newline == text.npos ? newline : newline + 1;
    const auto stop = text.find_first_of(";{", line), open = text.find_first_of("([", line);
    const auto head = text.substr(line, open == text.npos ? open : open - line);
    const bool starts = std::isalpha(static_cast<unsigned char>(text[line])) != 0 && !starts_with(head, "static") &&
                        !starts_with(head, "typedef") && open != text.npos && open < newline;
    if (starts && stop != text.npos && text[stop] == '{') {
      auto begin = head.size();
      while (begin > 0 && in_name(head[begin - 1])) --begin;
      if (starts_with(head.substr(begin), prefix)) names.emplace(head.substr(begin));
    }
    line = next;
  }
  return names;
}

std::vector<std::string> included_by(std::string_view text) {
  constexpr std::string_view include = "#include \"";
  std::vector<std::string> paths;
  for (auto at = text.find(include); at != text.npos; at = text.find(include, at + 1)) {
    const auto begin = at + include.size();
    paths.emplace_back(text.substr(begin, text.find('"', begin) - begin));
  }
  return paths;
}

/// Marks files until everything that marked ones name is marked too.
class Closure {
 public:
  explicit Closure(std::span<const EmbeddedText> library) {
    for (const auto& file : library) {
      const auto path = std::string(file.path);
      code_[path] = without_comments(file.text);
      if (ends_with(path, ".c"))
        for (const auto& name : defined_in(code_[path])) home_[name] = path;
    }
  }

  void add(const std::string& code) {
    for (const auto& path : included_by(code))
      if (starts_with(path, "device_runtime/")) add_file(path);
    for (const auto& name : names_in(code))
      if (const auto found = home_.find(name); found != home_.end()) add_file(found->second);
  }
  bool has(std::string_view path) const { return marked_.count(std::string(path)) != 0; }

 private:
  void add_file(const std::string& path) {
    const auto found = code_.find(path);
    if (found == code_.end()) fail(concat("the C export lacks the file ", path));
    if (!marked_.insert(path).second) return;
    if (ends_with(path, ".c")) return add(found->second);
    // A header declares more than is needed: what it includes follows from it, and what its inline functions call.
    for (const auto& included : included_by(found->second)) add_file(included);
    add(indented_lines(found->second));
  }

  std::map<std::string, std::string> code_, home_;
  std::set<std::string> marked_;
};

}  // namespace

std::string_view template_text(std::string_view name) {
  for (const auto& file : template_texts())
    if (file.path == concat(name, ".in")) return file.text;
  fail(concat("the C export lacks the template ", name));
}

std::vector<EmbeddedText> needed_files(const std::vector<std::string>& sources, std::span<const EmbeddedText> library) {
  Closure closure(library);
  for (const auto& source : sources) closure.add(without_comments(source));
  std::vector<EmbeddedText> needed;
  for (const auto& file : library)
    if (closure.has(file.path)) needed.push_back(file);
  return needed;
}

}  // namespace espalier::exporting::c
