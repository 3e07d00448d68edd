#include "base/files.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "catch.h"

using namespace espalier;

namespace {
std::filesystem::path fresh_folder(const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / ("espalier_test_" + name + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

/// Runs `work` in a child that may write files of at most `bytes`; its exit code.
template <class Work>
int with_file_limit(rlim_t bytes, Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
}  // namespace

TEST_CASE("a file is written whole, its folder made, and read back") {
  const auto folder = fresh_folder("files");
  const auto path = folder / "a" / "b" / "x.txt";
  write_atomically(path, std::string("one"));
  write_atomically(path, std::string("two\0three", 9));
  CHECK(read_text(path) == std::string("two\0three", 9));
  CHECK(read_bytes(path).size() == 9);
  CHECK_FALSE(std::filesystem::exists(path.string() + ".part"));
  append_line(path, "four");
  CHECK(read_text(path).size() == 14);
  std::filesystem::remove_all(folder);
}

TEST_CASE("when the disk is full the old file stays and no part is left") {
  const auto folder = fresh_folder("full");
  const auto path = folder / "model.bin";
  write_atomically(path, std::string("old"));
  const int code = with_file_limit(1000, [&] {
    try {
      write_atomically(path, std::string(100000, 'x'));
    } catch (const Error& e) {
      return e.code() == Exit::failed && e.problems()[0].text.find(path.string()) == 0 ? 42 : 3;
    }
    return 4;
  });
  CHECK(code == 42);
  CHECK(read_text(path) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
  std::filesystem::remove_all(folder);
}

TEST_CASE("files that cannot be read are named") {
  const auto folder = fresh_folder("missing");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  const std::string long_name(300, 'x');
  for (const auto& path :
       {folder / "absent", folder, folder / "pipe", std::filesystem::path("/dev/zero"), folder / long_name}) {
    try {
      read_text(path);
      FAIL("read");
    } catch (const Error& e) {
      CHECK(e.code() == Exit::mistake);
      CHECK(e.problems()[0].origin == path.string());
    }
  }
  write_atomically(folder / "x", std::string(100, 'x'));
  CHECK_THROWS_AS(read_text(folder / "x", 99), Error);
  CHECK_THROWS_AS(write_atomically(folder / "x" / "y", std::string("z")), Error);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a path that is not there is taken for a similar one in its folder") {
  const auto folder = fresh_folder("similar");
  write_atomically(folder / "heartbeat.yaml", std::string("x"));
  CHECK(did_you_mean_file(folder / "heartbaet.yaml") ==
        "; did you mean '" + (folder / "heartbeat.yaml").string() + "'?");
  CHECK(did_you_mean_file(folder / "sleep.yaml").empty());
  CHECK(did_you_mean_file(folder / "absent" / "heartbeat.yaml").empty());
  std::filesystem::remove_all(folder);
}

TEST_CASE("SHA-256 gives the known answers of FIPS 180-4 at every padding") {
  CHECK(sha256(std::string()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(std::string("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256(std::string("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
