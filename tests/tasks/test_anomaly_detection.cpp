#include "tasks/anomaly_detection.h"

#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "tasks/machines.h"

using namespace espalier;

namespace {

const tasks::Machines machines;
const tasks::AnomalyDetection task(0.5, 0.25);

double named(const tasks::Score& score, const std::string& name) {
  for (const auto& [other, value] : score.more)
    if (other == name) return value;
  FAIL("no number is called " << name);
  return 0;
}

/// Of the first machine all anomalies score more, of the second, whose numbers are larger, half of them.
tasks::Answers test_answers() {
  return tasks::errors_of({{0, false, 1, 3},
                           {0, false, 1, 1},
                           {0, true, 2, 4},
                           {0, true, 9, 9},  // 2, 1, 3, 9
                           {1, false, 10, 20},
                           {1, false, 30, 30},
                           {1, true, 20, 20},
                           {1, true, 40, 40}});
}

}  // namespace

TEST_CASE("a recording's score is the mean error of its windows, alone they are judged alone") {
  auto answers = test_answers();
  const auto all = tasks::judged(answers);
  CHECK(all.scores == std::vector<double>{2, 1, 3, 9, 15, 30, 20, 40});
  CHECK(all.anomalous == std::vector<std::int64_t>{0, 0, 1, 1, 0, 0, 1, 1});
  CHECK(all.sources == std::vector<std::int64_t>{0, 0, 0, 0, 1, 1, 1, 1});
  CHECK(task.recordings(answers) == 8);
  for (auto& target : answers.targets) target.group = -1;
  CHECK(task.recordings(answers) == 0);
  CHECK(tasks::judged(answers).scores.size() == 16);
  CHECK(tasks::judged({}).scores.empty());
}

TEST_CASE("areas are measured machine by machine and averaged") {
  const auto score = task.score(test_answers(), machines);
  CHECK(named(score, "AUC id_01") == 1);
  CHECK(named(score, "AUC id_02") == Approx(0.75));
  CHECK(score.value == Approx(0.875));
  CHECK(named(score, "AUC") == score.value);
  CHECK(named(score, "pAUC id_01") == 1);
  // Half of the anomalies are found where none is called wrongly: 0.25 of 0.5, chance 0.125: (0.25 - 0.125) / 0.375.
  CHECK(named(score, "pAUC id_02") == Approx(0.5 * (1 + 1.0 / 3)));
  const auto report = task.report(test_answers(), machines);
  CHECK(report.at("sources").items()[1].at("source").text() == "id_02");
  CHECK(report.at("recordings").integer() == 8);
  CHECK(report.at("scores").items().size() == 8);
}

TEST_CASE("without anomalies training is guided by the error, and nothing is claimed") {
  const auto validation = tasks::errors_of({{0, false, 1, 3}, {1, false, 4, 4}});
  CHECK(task.guided_by(validation, machines) == 3);
  CHECK(task.guide().name == "error");
  CHECK_FALSE(task.guide().is_share);
  CHECK_FALSE(task.guide().higher_is_better);
  CHECK(std::isnan(task.score(validation, machines).value));
  CHECK(task.report(validation, machines).dump().find("nan") == std::string::npos);
}

TEST_CASE("the threshold lets the share of normal recordings through that was asked for") {
  const auto validation =
      tasks::errors_of({{0, false, 1, 1}, {0, false, 2, 2}, {0, false, 3, 3}, {0, false, 8, 8}, {0, true, 100, 100}});
  const auto chosen = task.chosen(validation, test_answers(), machines);
  CHECK(chosen.at("threshold").number() == 3);
  CHECK(chosen.at("false_positive_rate").number() == 0.25);
  CHECK(chosen.at("recordings").integer() == 4);
  // Of the test's normal recordings 15 and 30 score more than 3; of the anomalous ones 9, 20 and 40.
  CHECK(chosen.at("on_test").at("false_positives").number() == 0.5);
  CHECK(chosen.at("on_test").at("true_positives").number() == 0.75);
  CHECK(task.chosen({}, test_answers(), machines).entries().empty());
}

TEST_CASE("a network must give back as much as it is given") {
  CHECK(task.objection({6}, machines).empty());
  CHECK(task.objection({1, 2, 3}, machines).empty());
  CHECK(task.objection({5}, machines).find("the data has 6") != std::string::npos);
  CHECK(task.objection({3, 2, 1}, machines).find("its shape") != std::string::npos);
  CHECK(task.outputs(machines) == 6);
}

TEST_CASE("the decoding that travels with exports has a threshold, or says why not") {
  auto json = task.decoding(machines, {6});
  CHECK(tasks::is_anomaly_decoding(json));
  CHECK_FALSE(tasks::is_anomaly_decoding(Json()));
  CHECK_THROWS_AS(tasks::anomaly_decoding_of(json, "m.tflite"), Error);
  json.set("threshold", 2.5).set("false_positive_rate", 0.1);
  CHECK(tasks::anomaly_decoding_of(json, "m.tflite").threshold == 2.5);
  json.set("threshold", -1.0);
  CHECK_THROWS_AS(tasks::anomaly_decoding_of(json, "m.tflite"), Error);
}
