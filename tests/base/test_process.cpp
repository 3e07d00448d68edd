#include "base/process.h"

#include <chrono>
#include <filesystem>

#include "catch.h"

using namespace espalier;

TEST_CASE("a program's output and exit code come back") {
  const auto result = run_process({"sh", "-c", "echo one; echo lost >&2; echo two; exit 3"});
  CHECK(result.started);
  CHECK(result.exit_code == 3);
  CHECK(result.output == "one\ntwo\n");
}

TEST_CASE("arguments pass without a shell") {
  const auto result = run_process({"printf", "%s|%s", "a b; exit 1", "$HOME *"});
  CHECK(result.exit_code == 0);
  CHECK(result.output == "a b; exit 1|$HOME *");
}

TEST_CASE("a program that does not exist was not started") {
  CHECK_FALSE(run_process({"/no/such/program"}).started);
  CHECK_FALSE(run_process({}).started);
}

TEST_CASE("the exit code of a program that a signal ended is 128 and the signal") {
  CHECK(run_process({"sh", "-c", "kill -9 $$"}).exit_code == 128 + 9);
}

TEST_CASE("a large output arrives whole, standard input is empty") {
  CHECK(run_process({"sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"}).output == std::string(1000000, 'x'));
  CHECK(run_process({"cat"}).output.empty());
}

TEST_CASE("a program that takes too long is killed, silent or not") {
  for (const char* script : {"sleep 60", "exec >&-; exec sleep 60", "while :; do echo again; done"}) {
    INFO(script);
    const auto result = run_process({"sh", "-c", script}, 0.3);
    CHECK(result.started);
    CHECK(result.exit_code == 124);
  }
}

TEST_CASE("this program has a path") { CHECK(std::filesystem::exists(executable_path())); }
