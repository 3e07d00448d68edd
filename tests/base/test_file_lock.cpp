#include "base/file_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "catch.h"

using namespace espalier;

namespace {

std::filesystem::path scratch() {
  const auto folder = std::filesystem::temp_directory_path() / ("espalier_lock_" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  return folder;
}

}  // namespace

TEST_CASE("one holder at a time, and the next when the first is gone") {
  const auto folder = scratch();
  FileLock second(folder / "deep" / "stage.lock");
  {
    FileLock first(folder / "deep" / "stage.lock");
    CHECK(first.try_lock());
    CHECK(first.try_lock());  // it holds it already
    CHECK_FALSE(second.try_lock());
    int asked = 0;
    CHECK_FALSE(second.wait([&] { return ++asked == 2; }));
    CHECK(asked == 2);
  }
  CHECK(second.wait([] { return true; }));  // free: it does not ask
  std::filesystem::remove_all(folder);
}

TEST_CASE("a process that dies frees its lock") {
  const auto folder = scratch();
  FileLock here(folder / "stage.lock");
  const auto child = ::fork();
  if (child == 0) {
    FileLock there(folder / "stage.lock");
    ::_exit(there.try_lock() ? 7 : 8);  // no destructor runs
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(here.try_lock());
  std::filesystem::remove_all(folder);
}

TEST_CASE("a place where no file can be made is named") {
  const auto folder = scratch();
  write_atomically(folder / "file", std::string("no folder"));
  CHECK_THROWS_AS(FileLock(folder / "file" / "stage.lock"), Error);
  std::filesystem::remove_all(folder);
}
