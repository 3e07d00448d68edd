#include "training/class_weights.h"

#include "base/error.h"
#include "catch.h"
#include "schema/document.h"
#include "tasks/birds.h"

using namespace espalier;

namespace {

std::vector<float> weights_of(const std::string& yaml) {
  const auto value = schema::parse("class_weights: " + yaml, "test.yaml");
  return training::class_weights(*value.find("class_weights"), tasks::Birds());
}

std::string refusal(const std::string& yaml) {
  try {
    weights_of(yaml);
  } catch (const Error& error) {
    CHECK(error.problems()[0].origin == "test.yaml:1:16");
    return error.problems()[0].text;
  }
  return "";
}

}  // namespace

TEST_CASE("balanced weights are scikit-learn's, a list is taken as it is, nothing is all alike") {
  CHECK(weights_of("balanced") == std::vector<float>{0.5, 2, 2});  // 4, 1 and 1 of 6 samples
  CHECK(weights_of("[1, 0, 2.5]") == std::vector<float>{1, 0, 2.5});
  CHECK(training::class_weights({}, tasks::Birds()) == std::vector<float>{1, 1, 1});
}

TEST_CASE("weights that do not suit the classes are refused at their place") {
  CHECK(refusal("[1, 2]").find("has 2 numbers for 3 classes (owl, tit, jay)") != std::string::npos);
  CHECK(refusal("[1, -2, 3]").find("must not be negative") != std::string::npos);
  CHECK(refusal("[0, 0, 0]").find("must not all be 0") != std::string::npos);
  CHECK(refusal("even").find("must be balanced or a list") != std::string::npos);
}
