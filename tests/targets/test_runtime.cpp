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

TEST_CASE("an export's integers are those of the runtime that takes it") {
  using espalier::integer::Arithmetic;
  CHECK(*arithmetic_of_export("tflite") == Arithmetic::tflm);
  CHECK(*arithmetic_of_export("c") == Arithmetic::tflm);
  for (const char* format : {"onnx", "server", "torchscript_int8"})
    CHECK(*arithmetic_of_export(format) == Arithmetic::ort_f32_even);
  for (const char* format : {"torchscript", "onnx_float", "tflit"}) CHECK(arithmetic_of_export(format) == nullptr);
}

TEST_CASE("operators are those of a program") {
  const auto all = operators();
  CHECK(all.size() == std::variant_size_v<espalier::integer::Instruction>);
  CHECK(all.front() == "CONV_2D");
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
}
