// A log on disk that only ever grows by whole records.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace espalier::reporting {

/// A file that is written at its end. One writer at a time.
class AppendedFile {
 public:
  /// Makes the folder and the file where they are missing; keeps what is there. Throws Error(failed).
  explicit AppendedFile(std::filesystem::path path);
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;
  ~AppendedFile();

  const std::filesystem::path& path() const { return path_; }
  /// In bytes.
  std::int64_t size() const;
  /// All of `record` or nothing: where the system takes only a part of it (a full disk), the file is cut back to its
  /// former size and Error(failed) names it and the reason. Handed to the system, so that it survives the death of this
  /// process.
  void append(std::string_view record);
  /// Cuts the file to its first `bytes` bytes. Throws Error(failed).
  void cut(std::int64_t bytes);

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace espalier::reporting
