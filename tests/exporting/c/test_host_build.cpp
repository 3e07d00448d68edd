#include "exporting/c/host_build.h"

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "reporting/scratch_folder.h"

namespace espalier::exporting::c {

TEST_CASE("the compiler is $CC or one that is found", "[c]") {
  const auto found = find_compiler();
  REQUIRE(found);
  CHECK(!found->version.empty());
  ::setenv("CC", "/no/such/compiler", 1);
  const auto absent = find_compiler();
  ::unsetenv("CC");
  CHECK(!absent);
}

TEST_CASE("what a compiler refuses is said in its words, on one line", "[c]") {
  const ScratchFolder scratch;
  const auto compiler = find_compiler();
  REQUIRE(compiler);
  std::filesystem::create_directories(scratch / "c");
  CHECK(compile(*compiler, scratch / "c", "main.c", scratch / "program", {})->find("holds no C") != std::string::npos);
  write_atomically(scratch / "c/a.c", std::string("int answer(void);\nint answer(void) { return 42; }\n"));
  write_atomically(scratch / "c/host/main.c",
                   std::string("int answer(void);\nint main(void) { return answer() - 42; }\n"));
  CHECK(!compile(*compiler, scratch / "c", "host/main.c", scratch / "program", strict_flags()));
  write_atomically(scratch / "c/a.c", std::string("int answer(void) { return missing; }\n"));
  const auto refused = compile(*compiler, scratch / "c", "host/main.c", scratch / "program", {});
  REQUIRE(refused);
  CHECK(refused->find("missing") != std::string::npos);
  CHECK(refused->find('\n') == std::string::npos);
}

TEST_CASE("a program that fails is an error with what it said", "[c]") {
  const ScratchFolder scratch;
  const auto compiler = find_compiler();
  REQUIRE(compiler);
  write_atomically(scratch / "c/main.c",
                   std::string("#include <stdio.h>\nint main(void) { puts(\"no arena\"); return 3; }\n"));
  write_atomically(scratch / "c/none.c", std::string("extern int none;\n"));
  write_atomically(scratch / "main/main.c", read_text(scratch / "c/main.c"));
  std::filesystem::remove(scratch / "c/main.c");
  REQUIRE(!compile(*compiler, scratch / "c", "../main/main.c", scratch / "program", {}));
  const std::vector<std::int8_t> inputs(4);
  try {
    run_samples(scratch / "program", inputs);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("exit code 3: no arena") != std::string::npos);
  }
}

}  // namespace espalier::exporting::c
