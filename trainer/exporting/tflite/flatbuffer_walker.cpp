#include "exporting/tflite/flatbuffer_walker.h"

#include "base/error.h"
#include "base/text.h"

namespace espalier::exporting::tflite {
namespace {

constexpr std::int64_t smallest_file = 8;      // root offset and identifier
constexpr std::int64_t directory_header = 4;   // sizes of the directory ("vtable") and of the table
constexpr std::int64_t memory_per_byte = 32;   // an honest file needs less than half of it
constexpr std::int64_t memory_always = 65536;  // so that tiny files are not refused for their fixed costs

}  // namespace

FlatbufferFile::FlatbufferFile(std::span<const std::uint8_t> bytes, std::string origin)
    : bytes_(bytes),
      origin_(std::move(origin)),
      budget_(memory_always + memory_per_byte * static_cast<std::int64_t>(bytes.size())) {}

void FlatbufferFile::damaged(const std::string& what) const {
  mistake(origin_, concat("is not a usable TFLite model: ", what));
}

std::span<const std::uint8_t> FlatbufferFile::slice(std::int64_t position, std::int64_t count) const {
  if (position < 0 || count < 0 || position > size() || count > size() - position)
    damaged(concat("the ", count, " bytes at offset ", position, " lie outside of its ", size(), " bytes"));
  return bytes_.subspan(static_cast<std::size_t>(position), static_cast<std::size_t>(count));
}

void FlatbufferFile::spend(std::int64_t bytes) const {
  if (bytes > budget_)
    damaged("its parts overlap so often that they would take more memory than any honest file of this size");
  budget_ -= bytes;
}

std::int64_t FlatbufferFile::follow(std::int64_t position) const {
  const auto offset = load<std::uint32_t>(position);
  if (offset == 0) damaged(concat("the offset at ", position, " points at itself"));
  return position + offset;
}

Table FlatbufferFile::root(std::string_view identifier) const {
  if (size() < smallest_file) damaged(concat("it has ", size(), " bytes"));
  const auto found = slice(4, 4);
  if (std::string_view(reinterpret_cast<const char*>(found.data()), 4) != identifier)
    damaged(concat("it lacks the identifier ", identifier));
  return Table(*this, follow(0));
}

Table::Table(const FlatbufferFile& file, std::int64_t position) : file_(&file), position_(position) {
  directory_ = position_ - file.load<std::int32_t>(position_);
  directory_size_ = file.load<std::uint16_t>(directory_);
  table_size_ = file.load<std::uint16_t>(directory_ + 2);
  if (directory_size_ < directory_header || directory_size_ % 2 != 0 || table_size_ < directory_header)
    file.damaged(concat("the table at offset ", position_, " has impossible sizes"));
  file.slice(directory_, directory_size_);
  file.slice(position_, table_size_);
}

std::optional<std::int64_t> Table::field(int slot) const {
  const std::int64_t entry = directory_header + 2 * slot;
  if (entry + 2 > directory_size_) return std::nullopt;
  const auto offset = file_->load<std::uint16_t>(directory_ + entry);
  if (offset == 0) return std::nullopt;
  if (offset >= table_size_)
    file_->damaged(concat("field ", slot, " of the table at offset ", position_, " lies outside of the table"));
  return position_ + offset;
}

std::span<const std::uint8_t> Table::elements(int slot, std::int64_t width) const {
  const auto place = field(slot);
  if (!place) return {};
  const auto start = file_->follow(*place);
  const auto count = file_->load<std::uint32_t>(start);
  return file_->slice(start + 4, count * width);
}

std::optional<Table> Table::table(int slot) const {
  const auto place = field(slot);
  if (!place) return std::nullopt;
  return Table(*file_, file_->follow(*place));
}

std::vector<Table> Table::tables(int slot) const {
  const auto raw = elements(slot, sizeof(std::uint32_t));
  std::vector<Table> all;
  if (raw.empty()) return all;
  const auto count = static_cast<std::int64_t>(raw.size()) / 4;
  file_->spend(count * static_cast<std::int64_t>(sizeof(Table)));
  all.reserve(static_cast<std::size_t>(count));
  const auto start = file_->follow(*field(slot)) + 4;
  for (std::int64_t i = 0; i < count; ++i) all.emplace_back(*file_, file_->follow(start + 4 * i));
  return all;
}

std::span<const std::uint8_t> Table::bytes(int slot) const { return elements(slot, 1); }

std::string Table::text(int slot) const {
  const auto raw = bytes(slot);
  file_->spend(static_cast<std::int64_t>(raw.size()));
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

}  // namespace espalier::exporting::tflite
