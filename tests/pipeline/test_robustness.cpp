#include "pipeline/robustness.h"

#include "catch.h"
#include "integer/arithmetic.h"
#include "pipeline/compress.h"
#include "pipeline/fit.h"
#include "pipeline/written_recipe.h"
#include "schema/document.h"

using namespace espalier;
using namespace espalier::pipeline;

namespace {

/// The same classes, as series of six sensors whose front end changes nothing.
class SmallSeries final : public datasets::Dataset {
 public:
  const std::vector<std::int64_t>& shape() const override { return inner_.shape(); }
  const std::vector<std::string>& classes() const override { return inner_.classes(); }
  std::int64_t size(datasets::Split split) const override { return inner_.size(split); }
  std::int64_t label(datasets::Split split, std::int64_t index) const override { return inner_.label(split, index); }
  void features(datasets::Split split, std::int64_t index, datasets::View view, std::span<float> out) const override {
    inner_.features(split, index, view, out);
  }
  std::optional<datasets::RawForm> raw_form() const override {
    return datasets::RawForm{datasets::Matter::series, 1, 9, 6};
  }
  datasets::RawSample raw(datasets::Split split, std::int64_t index) const override {
    datasets::RawSample sample{*raw_form(), std::vector<float>(54)};
    inner_.features(split, index, {}, sample.values);
    return sample;
  }
  void features_of_raw(const datasets::RawSample& sample, std::span<float> out) const override {
    std::copy(sample.values.begin(), sample.values.end(), out.begin());
  }

 private:
  SmallData inner_{{1, 9, 6}};
};

struct Found {
  std::vector<NamedDisturbance> disturbances;
  std::vector<Problem> problems;
};

Found found(const std::string& yaml, const datasets::Dataset& data) {
  WrittenRecipe written("data: {type: small}\nstudent: model.yaml\n" + yaml);
  Found all;
  const auto recipe = read_recipe(written.file(), {}, all.problems);
  all.disturbances = disturbances_of(recipe, data, WrittenRecipe::registry(), all.problems);
  return all;
}

}  // namespace

namespace {

struct Trained {
  Plan plan;
  Student student;
};

/// A student of SmallSeries, int8 after training, and noise of those ratios to disturb it.
Trained trained(const std::string& snr, const std::string& training) {
  WrittenRecipe written(
      "data: {type: small}\nstudent: model.yaml\nrobustness:\n  samples: 0\n  disturbances: [{type: noise, snr: " +
      snr + "}]\n");
  std::vector<Problem> problems;
  auto plan = written.plan(problems, {});
  plan.data = std::make_shared<SmallSeries>();
  auto student = compress(std::move(plan.student), *plan.data,
                          "{training: {" + training + "}, calibrate: {calibration_samples: 60}}");
  problems.clear();
  plan.disturbances = disturbances_of(plan.recipe, *plan.data, WrittenRecipe::registry(), problems);
  REQUIRE(problems.empty());
  return {std::move(plan), std::move(student)};
}

}  // namespace

TEST_CASE("without a list, every disturbance that these data can suffer") {
  const auto all = found("robustness: {}\n", SmallSeries());
  CHECK(all.problems.empty());
  std::vector<std::string> names;
  for (const auto& each : all.disturbances) names.push_back(each.name);
  CHECK(names == std::vector<std::string>{"missing_frames", "noise", "sensor_dropout", "time_shift"});
}

TEST_CASE("what the data cannot suffer, unknown words and doubles are refused at their lines") {
  const auto all = found(
      "robustness:\n  disturbances:\n    - blur\n    - noise\n    - {type: noise, snr: [500]}\n    - {type: nois}\n"
      "    - {type: noise, snr: [3]}\n    - {type: noise, name: hiss}\n",
      SmallSeries());
  CHECK(all.problems.size() == 4);
  CHECK(has_problem(all.problems, "recipe.yaml:5:",
                    "blur happens to images; the data are series, to which missing_frames, noise, sensor_dropout, "
                    "time_shift can happen"));
  CHECK(has_problem(all.problems, "recipe.yaml:7:", "snr in noise must be -60 to 100"));
  CHECK(has_problem(all.problems, "recipe.yaml:8:", "did you mean 'noise'?"));
  CHECK(has_problem(all.problems, "recipe.yaml:9:", "two disturbances are called 'noise'"));
  CHECK(has_problem(found("robustness: {}\n", SmallData({1, 9, 6})).problems,
                    "recipe.yaml:3:", "robustness needs samples as they were before the front end"));
  CHECK(has_problem(found("robustness: {disturbances: 3}\n", SmallSeries()).problems,
                    "recipe.yaml:3:", "disturbances must be a list"));
  CHECK(found("name: x\n", SmallData({1, 9, 6})).problems.empty());
}

TEST_CASE("the integer model is scored in the arithmetic of the device, and the result says which") {
  auto [plan, student] = trained("[0]", "epochs: 2, batch_size: 20, workers: 0");
  using Exports = std::vector<std::string>;
  using integer::Arithmetic;
  for (const auto& [exports, arithmetic] :
       {std::pair{Exports{"onnx", "torchscript"}, Arithmetic::ort_f32_even},
        std::pair{Exports{"onnx", "tflite"}, Arithmetic::tflm}, std::pair{Exports{"torchscript"}, Arithmetic::tflm}}) {
    plan.recipe.options.exports = exports;
    REQUIRE(device_arithmetic(plan, *student.program) == arithmetic);
    const auto measured = measure_robustness(student, plan);
    CHECK(measured.arithmetic == name_of(arithmetic));
    const auto clean =
        evaluate(integer::Twin(*student.program, arithmetic, 1), *plan.data, datasets::Split::test, 0).answers;
    CHECK(measured.rows[0].integer == clean.accuracy());
  }
}

TEST_CASE("float and integer model on the same samples: clean ones score as the test split, noise harms") {
  const auto [plan, student] =
      trained("[40, -20]", "epochs: 30, batch_size: 20, workers: 0, optimizer: {type: adam, lr: 2e-2}");
  const auto measured = measure_robustness(student, plan);
  const auto clean = measure(student, *plan.data, datasets::Split::test);
  REQUIRE(measured.rows.size() == 3);
  CHECK(measured.samples == 60);
  CHECK(measured.rows[0].disturbance == "none");
  CHECK(measured.rows[0].floating == clean.floating.accuracy());
  CHECK(measured.rows[0].integer == clean.integer->answers.accuracy());
  CHECK(measured.rows[1].level == "40 dB");
  CHECK(measured.rows[0].floating > 0.8);
  CHECK(measured.rows[1].floating > 0.8);
  CHECK(measured.rows[2].floating < measured.rows[1].floating);
  CHECK(*measured.rows[2].integer < *measured.rows[1].integer);
}
