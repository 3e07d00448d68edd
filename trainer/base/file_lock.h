// Work that several processes would do at once, done by one of them.
#pragma once
#include <filesystem>
#include <functional>

namespace espalier {

/// A file that one holder at a time has locked (flock(2)); other processes and other FileLocks of this one wait. Freed
/// by the destructor and by the death of the process. The empty file stays: to remove it would race with who waits for
/// it.
class FileLock {
 public:
  /// Makes the folder and the file; does not lock. Throws Error(failed).
  explicit FileLock(const std::filesystem::path& path);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

  /// Without waiting: true when it is held from now on, or where the file system has no locks.
  bool try_lock();
  /// Until it is held, asking `stop` several times a second: false when that became true first.
  bool wait(const std::function<bool()>& stop);

 private:
  int descriptor_ = -1;
};

}  // namespace espalier
