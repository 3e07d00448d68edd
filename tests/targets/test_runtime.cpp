#include "targets/runtime.h"

#include <set>

#include "catch.h"

using namespace espalier::targets;

TEST_CASE("runtimes are told apart by name and take at least one format") {
  std::set<std::string> names;
  for (const auto& runtime : runtimes()) {
    CHECK(names.insert(runtime.name).second);
    CHECK_FALSE(runtime.exports.empty());
    CHECK_FALSE(runtime.title.empty());
  }
  CHECK(find_runtime("tflm")->exports == std::vector<std::string>{"tflite"});
  CHECK(find_runtime("tflmm") == nullptr);
}

TEST_CASE("operators are those of a program") {
  const auto all = operators();
  CHECK(all.size() == std::variant_size_v<espalier::integer::Instruction>);
  CHECK(all.front() == "CONV_2D");
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
}
