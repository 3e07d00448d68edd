// The folder as an Arduino library, as a Zephyr module and under CMake, against the smallest stand-ins for foreign
// headers.
#include "base/process.h"

#include <algorithm>

#include "base/text.h"
#include "catch.h"
#include "exporting/c/exported_folder.h"

namespace espalier::exporting::c {
namespace {

std::string output_of(const std::string& command) {
  const auto result = run_process({"sh", "-c", command + " 2>&1"});
  return result.exit_code == 0 ? "" : concat("exit code ", result.exit_code, ": ", result.output);
}

/// "key=value" lines.
bool has_line(const std::string& text, const std::string& start) {
  const auto lines = split(text, '\n');
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return starts_with(line, start); });
}

}  // namespace

TEST_CASE("the Arduino sketch compiles as C++ against the library's C", "[c]") {
  const auto program = random_programs::ds_cnn(2);
  const ExportedFolder folder(program, options_of(program));
  write_atomically(folder.scratch / "Arduino.h", std::string(R"(#pragma once
#include <stdint.h>
#include <stdio.h>
struct Printer {
  void begin(long) {}
  explicit operator bool() const { return true; }
  void print(const char* text) { printf("%s", text); }
  void println(const char* text) { printf("%s\n", text); }
  void println(unsigned long number) { printf("%lu\n", number); }
};
static Printer Serial;
inline unsigned long micros() { return 0; }
)"));
  write_atomically(folder.scratch / "main.cpp",
                   std::string("#include \"Arduino.h\"\n#include \"c/examples/known_answer/known_answer.ino\"\n"
                               "int main() { setup(); loop(); }\n"));
  // As the Arduino builder does: every C file of the folder itself, none of its sub-folders.
  REQUIRE(
      output_of(concat("cd ", folder.scratch.path().string(),
                       " && for f in c/*.c; do cc -std=gnu11 -Wall -Wextra -Werror -Ic -c $f -o "
                       "$(basename $f).o || exit 1; done && c++ -std=gnu++17 -Wall -Wextra -Werror -Ic -I. main.cpp "
                       "*.o -o sketch")) == "");
  CHECK(run_process({(folder.scratch / "sketch").string()}).output == "known answer: passed\nmicroseconds: 0\n");
  const auto properties = read_text(folder.path() / "library.properties");
  for (const char* key : {"name=espalier_ds_cnn", "version=1.0.0", "author=", "maintainer=", "sentence=", "paragraph=",
                          "category=Data Processing", "url=", "architectures=*", "includes=model.h"})
    CHECK(has_line(properties, key));
}

TEST_CASE("the Zephyr module names every source, and its sample compiles", "[c]") {
  const auto program = random_programs::mlp(2);
  const ExportedFolder folder(program, options_of(program));
  write_atomically(folder.scratch / "zephyr_stub/zephyr/kernel.h",
                   std::string("#include <stdint.h>\nstatic inline uint32_t k_cycle_get_32(void) { return 7; }\n"));
  write_atomically(folder.scratch / "zephyr_stub/zephyr/sys/printk.h",
                   std::string("#include <stdio.h>\n#define printk printf\n"));
  // The module's own CMake file, with Zephyr's functions collecting what it names.
  write_atomically(folder.scratch / "app/CMakeLists.txt", std::string(R"(
cmake_minimum_required(VERSION 3.15)
project(app C)
set(CONFIG_ESPALIER_MLP y)
macro(zephyr_library)
  add_library(module STATIC)
endmacro()
macro(zephyr_include_directories)
  target_include_directories(module PUBLIC ${ARGN})
endmacro()
macro(zephyr_library_sources)
  target_sources(module PRIVATE ${ARGN})
endmacro()
include(${CMAKE_CURRENT_LIST_DIR}/../c/zephyr/CMakeLists.txt)
add_executable(app ../c/zephyr/sample/src/main.c)
target_include_directories(app PRIVATE ../zephyr_stub)
target_link_libraries(app PRIVATE module)
)"));
  const auto build = (folder.scratch / "build").string();
  REQUIRE(output_of(concat("cmake -S ", (folder.scratch / "app").string(), " -B ", build, " && cmake --build ",
                           build)) == "");
  CHECK(run_process({build + "/app"}).output == "known answer: passed\ncycles: 0\n");
  CHECK(has_line(read_text(folder.path() / "zephyr/Kconfig"), "config ESPALIER_MLP"));
  CHECK(has_line(read_text(folder.path() / "zephyr/sample/prj.conf"), "CONFIG_ESPALIER_MLP=y"));
  CHECK(has_line(read_text(folder.path() / "zephyr/module.yml"), "name: espalier_mlp"));
}

TEST_CASE("CMake builds the folder on its own and its test passes", "[c]") {
  const auto program = random_programs::mlp(2);
  const ExportedFolder folder(program, options_of(program));
  const auto build = (folder.scratch / "build").string();
  CHECK(output_of(concat("cmake -S ", folder.path().string(), " -B ", build, " && cmake --build ", build, " && cd ",
                         build, " && ctest")) == "");
}

}  // namespace espalier::exporting::c
