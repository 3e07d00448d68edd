#include "exporting/c/runtime_files.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "catch.h"

namespace espalier::exporting::c {
namespace {

std::vector<std::string> paths_of(const std::vector<EmbeddedText>& files) {
  std::vector<std::string> paths;
  for (const auto& file : files) paths.emplace_back(file.path);
  return paths;
}

}  // namespace

TEST_CASE("files follow from names and includes, not from comments and declarations", "[c]") {
  const EmbeddedText library[] = {
      {"device_runtime/a.c",
       "#include \"device_runtime/all.h\"\nint espalier_a(int x) {\n  return espalier_b[x];\n}\n"},
      {"device_runtime/all.h", "#include \"device_runtime/types.h\"\nint espalier_a(int x);\nint espalier_c(void);\n"},
      {"device_runtime/b.c", "const int espalier_b[2] = {\n  1, 2};\n"},
      {"device_runtime/c.c",
       "static int espalier_s(void) {\n  return 0;\n}\nint espalier_c(void) { return espalier_s(); }\n"},
      {"device_runtime/inline.h", "static inline int espalier_i(void) {\n  return espalier_c();\n}\n"},
      {"device_runtime/types.h", "typedef int espalier_t;\n"}};
  using Paths = std::vector<std::string>;
  CHECK(paths_of(needed_files({"int f(void) { return espalier_a(1); }"}, library)) ==
        Paths{"device_runtime/a.c", "device_runtime/all.h", "device_runtime/b.c", "device_runtime/types.h"});
  CHECK(paths_of(needed_files({"/* espalier_a */ int x = espalier_s;"}, library)).empty());
  CHECK(paths_of(needed_files({"#include \"device_runtime/inline.h\"\n"}, library)) ==
        Paths{"device_runtime/c.c", "device_runtime/inline.h"});
  CHECK_THROWS_AS(needed_files({"#include \"device_runtime/none.h\"\n"}, library), Error);
}

TEST_CASE("what was embedded is what lies in the source tree", "[c]") {
  const std::filesystem::path trainer = std::string(ESPALIER_SOURCE_DIR) + "/trainer";
  CHECK(runtime_texts().size() > 20);
  for (const auto& file : runtime_texts()) CHECK(file.text == read_text(trainer / file.path));
  for (const auto& file : template_texts()) {
    CHECK(ends_with(file.path, ".in"));
    CHECK(file.text == read_text(trainer / "exporting/c/templates" / file.path));
  }
  CHECK(license_texts().front().text.find("Apache License") != std::string_view::npos);
  CHECK(template_text("model.h").find("MODEL_ARENA_BYTES") != std::string_view::npos);
  CHECK_THROWS_AS(template_text("none"), Error);
}

TEST_CASE("no kernel wants more of a C library than string.h", "[c]") {
  for (const auto& file : runtime_texts()) {
    INFO(file.path);
    for (const char* header : {"<stdlib.h>", "<math.h>", "<stdio.h>", "<assert.h>"})
      CHECK(file.text.find(concat("#include ", header)) == std::string_view::npos);
  }
}

}  // namespace espalier::exporting::c
