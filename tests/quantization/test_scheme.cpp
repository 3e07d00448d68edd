#include "quantization/scheme.h"

#include "base/text.h"
#include "catch.h"
#include "compression/fake_model.h"
#include "schema/document.h"

using namespace espalier;

static std::string refusal(const std::string& yaml) {
  std::vector<Problem> problems;
  quantization::read_scheme(schema::parse(yaml, "scheme.yaml"), problems);
  std::string all;
  for (const auto& problem : problems) all += problem.origin + ": " + problem.text + "\n";
  return all;
}

TEST_CASE("the scheme that ships is accepted") {
  std::vector<Problem> problems;
  const auto scheme =
      quantization::load_scheme({ESPALIER_SOURCE_DIR "/configs/quantization/tflite_int8.yaml"}, problems);
  CHECK(problems.empty());
  CHECK(!scheme.symmetric_activations);
  CHECK(scheme.largest_weight == 127);
}

TEST_CASE("the scheme for x86 without VNNI keeps weights within 7 bits") {
  std::vector<Problem> problems;
  const auto scheme =
      quantization::load_scheme({ESPALIER_SOURCE_DIR "/configs/quantization/int8_reduced_range.yaml"}, problems);
  CHECK(problems.empty());
  CHECK(scheme.largest_weight == 63);
}

TEST_CASE("schemes that no kernel executes are refused where they are written") {
  CHECK(refusal("{activations: {}, weights: {}}").empty());
  CHECK(testing::says(refusal("{activations: {bits: 16}, weights: {}}"), "scheme.yaml:1:22: activations of 16 bits"));
  CHECK(testing::says(refusal("{activations: {}, weights: {bits: 4}}"), "weights of 4 bits"));
  CHECK(testing::says(refusal("{activations: {}, weights: {granularity: tensor}}"), "one scale an output channel"));
  CHECK(testing::says(refusal("{activations: {}, weights: {symmetric: false}}"), "symmetric"));
  CHECK(testing::says(refusal("{activations: {}, weights: {narrow: false}}"), "[-127, 127]"));
  CHECK(testing::says(refusal("{activations: {granularity: channel}, weights: {}}"), "one scale a tensor"));
  CHECK(testing::says(refusal("{weights: {}}"), "activations"));
  CHECK(testing::says(refusal("{activations: {bitz: 8}, weights: {}}"), "did you mean 'bits'"));
}

TEST_CASE("a missing scheme file is a problem, not a crash") {
  std::vector<Problem> problems;
  quantization::load_scheme({"no/such/scheme.yaml", "recipe.yaml:7:13"}, problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].origin == "recipe.yaml:7:13");
  CHECK(problems[0].text == "scheme 'no/such/scheme.yaml' does not exist");
}
