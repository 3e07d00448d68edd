// Reads a FlatBuffer that nobody vouches for: every position is checked against the file's end before it is used, and
// all that is copied out is charged to a budget, so that a small hostile file can neither crash, nor loop, nor fill the
// memory.
#pragma once
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace espalier::exporting::tflite {

class Table;

/// The bytes and whom to name when they are damaged. Outlives every Table.
class FlatbufferFile {
 public:
  FlatbufferFile(std::span<const std::uint8_t> bytes, std::string origin);

  /// Throws Error(mistake) unless the file carries the identifier (4 characters).
  Table root(std::string_view identifier) const;
  [[noreturn]] void damaged(const std::string& what) const;

  std::int64_t size() const { return static_cast<std::int64_t>(bytes_.size()); }
  /// The `count` bytes at `position`; throws Error(mistake) unless they lie in the file.
  std::span<const std::uint8_t> slice(std::int64_t position, std::int64_t count) const;
  /// Charges memory that a reader is about to allocate; throws Error(mistake) when the file asks for out of all
  /// proportion.
  void spend(std::int64_t bytes) const;

  template <class T>
  T load(std::int64_t position) const {
    T value;
    std::memcpy(&value, slice(position, sizeof(T)).data(), sizeof(T));
    return value;
  }
  /// Follows the unsigned offset that is stored at `position`.
  std::int64_t follow(std::int64_t position) const;

 private:
  std::span<const std::uint8_t> bytes_;
  std::string origin_;
  mutable std::int64_t budget_;
};

/// One table. A slot is the field's number in the schema; absent fields read as their default or as empty.
class Table {
 public:
  Table(const FlatbufferFile& file, std::int64_t position);

  template <class T>
  T scalar(int slot, T otherwise) const {
    const auto place = field(slot);
    return place ? file_->load<T>(*place) : otherwise;
  }
  bool has(int slot) const { return field(slot).has_value(); }
  std::optional<Table> table(int slot) const;
  std::vector<Table> tables(int slot) const;
  std::string text(int slot) const;
  /// The vector's bytes in place, not copied.
  std::span<const std::uint8_t> bytes(int slot) const;

  template <class T>
  std::vector<T> values(int slot) const {
    const auto raw = elements(slot, sizeof(T));
    file_->spend(static_cast<std::int64_t>(raw.size()));
    std::vector<T> all(raw.size() / sizeof(T));
    if (!raw.empty()) std::memcpy(all.data(), raw.data(), raw.size());
    return all;
  }

 private:
  std::optional<std::int64_t> field(int slot) const;
  std::span<const std::uint8_t> elements(int slot, std::int64_t width) const;

  const FlatbufferFile* file_;
  std::int64_t position_, directory_;
  std::uint16_t directory_size_, table_size_;
};

}  // namespace espalier::exporting::tflite
