// Event files that TensorBoard reads. Protocol buffers are written by protozero, which tensorboard.cpp alone sees.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reporting/appended_file.h"

namespace espalier::reporting {

/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected) of RFC 3720, appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

/// A record of TensorFlow's TFRecord framing: little-endian length (8 bytes), its masked CRC-32C (4), the bytes, their
/// masked CRC-32C (4); masked(c) = rotate right(c, 15) + 0xa282ead8.
std::string framed_record(std::string_view bytes);

/// One file of events, named so that TensorBoard finds it: events.out.tfevents.<seconds>.<host>.<process>.<count>.
/// Every record is whole or absent.
class EventFile {
 public:
  /// Makes the folder and the file. `resumed_at`: first step that this file will write; TensorBoard then hides what
  /// earlier files of the folder hold from that step on. Throws Error(failed).
  explicit EventFile(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at = {});

  const std::filesystem::path& path() const { return file_.path(); }
  /// `tag` groups by its slashes: "train/loss".
  void scalar(std::string_view tag, double value, std::int64_t step);
  /// Markdown, shown on the text page.
  void text(std::string_view tag, std::string_view text, std::int64_t step);
  /// `buckets` equal buckets between the smallest and the largest of the finite values; nothing where there is none.
  void histogram(std::string_view tag, std::span<const float> values, std::int64_t step, int buckets = 30);

 private:
  AppendedFile file_;
};

}  // namespace espalier::reporting
