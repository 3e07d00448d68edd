#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "base/text.h"

namespace espalier {

FileLock::FileLock(const std::filesystem::path& path) {
  std::error_code ignored;  // open() says what is wrong
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(concat("cannot make ", path.string(), ": ", std::strerror(errno)));
}

FileLock::~FileLock() { ::close(descriptor_); }

bool FileLock::try_lock() {
  while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return true;
  }
  return true;
}

bool FileLock::wait(const std::function<bool()>& stop) {
  while (!try_lock()) {
    if (stop()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return true;
}

}  // namespace espalier
