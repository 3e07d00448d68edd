// A recipe as a tree of our own: every value knows where it was written. Only document.cpp sees yaml-cpp.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espalier::schema {

/// Where a value was written: a place in a file, or the command line ("--set training.epochs").
struct Origin {
  std::shared_ptr<const std::string> file;  ///< path or "--set key"; null for values that nobody wrote
  int line = 0, column = 0;                 ///< from 1; 0 where there is no place in a file
  std::string text() const;                 ///< "recipes/kws.yaml:14:7"
};

/// A scalar keeps its text as written, so that what it means is decided by the key that reads it (yaml-cpp would read
/// 010 as 8).
class Value {
 public:
  enum class Kind { null, scalar, list, map };
  using Entry = std::pair<std::string, Value>;

  Value() = default;
  static Value scalar(std::string text, Origin origin = {}, bool quoted = false);
  static Value list(std::vector<Value> items, Origin origin = {});
  static Value map(std::vector<Entry> entries, Origin origin = {});

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_scalar() const { return kind_ == Kind::scalar; }
  bool is_list() const { return kind_ == Kind::list; }
  bool is_map() const { return kind_ == Kind::map; }

  const Origin& origin() const { return origin_; }
  void set_origin(Origin origin) { origin_ = std::move(origin); }
  const std::string& text() const { return text_; }
  bool quoted() const { return quoted_; }

  std::vector<Value>& items() { return items_; }
  const std::vector<Value>& items() const { return items_; }
  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }
  /// Null pointer where absent.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  void set(std::string_view key, Value value);
  void erase(std::string_view key);

  /// JSON text, which is YAML too: strings quoted where they were, numbers and words as written.
  std::string dump() const;
  /// Block YAML, for people; ends in a newline.
  std::string yaml(int indent = 0) const;

 private:
  Kind kind_ = Kind::null;
  Origin origin_;
  std::string text_;
  bool quoted_ = false;
  std::vector<Value> items_;
  std::vector<Entry> entries_;
};

/// `text` as a quoted JSON string.
std::string quoted_text(std::string_view text);
/// Does this plain text read as YAML/JSON true, false, null or a number?
bool is_plain_literal(std::string_view text);

}  // namespace espalier::schema
