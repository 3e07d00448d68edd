#include "reporting/appended_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace espalier::reporting {

AppendedFile::AppendedFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code made;
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), made);
  if (made) fail(concat(path_.parent_path().string(), ": cannot be made: ", made.message()));
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(concat(path_.string(), ": cannot be written: ", std::strerror(errno)));
}

AppendedFile::~AppendedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::int64_t AppendedFile::size() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0) fail(concat(path_.string(), ": cannot be read: ", std::strerror(errno)));
  return info.st_size;
}

void AppendedFile::append(std::string_view record) {
  const auto before = size();
  for (auto left = record; !left.empty();) {
    const auto n = ::write(descriptor_, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int reason = n < 0 ? errno : ENOSPC;
      if (left.size() != record.size()) cut(before);
      fail(concat(path_.string(), ": cannot be written: ", std::strerror(reason)));
    }
    left.remove_prefix(static_cast<std::size_t>(n));
  }
}

void AppendedFile::cut(std::int64_t bytes) {
  while (::ftruncate(descriptor_, bytes) != 0)
    if (errno != EINTR) fail(concat(path_.string(), ": cannot be cut to ", bytes, " bytes: ", std::strerror(errno)));
}

}  // namespace espalier::reporting
