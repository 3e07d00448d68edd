#include "catch.h"
#include "schema/document.h"
#include "schema/registry.h"
#include "tasks/birds.h"
#include "tasks/task.h"

using namespace espalier;

namespace espalier::tasks {
void enlist(schema::Registry& registry);
}

namespace {

std::shared_ptr<tasks::Task> task(const std::string& yaml, std::vector<Problem>& problems) {
  schema::Registry registry;
  tasks::enlist(registry);
  return registry.make<tasks::Task>("task", schema::parse(yaml, "test.yaml"), problems);
}

}  // namespace

TEST_CASE("classification is judged by accuracy, macro F1 or balanced accuracy") {
  const tasks::Birds data;
  const auto all = tasks::answers_of(data);
  std::vector<Problem> problems;
  const auto plain = task("classification", problems), f1 = task("{type: classification, metric: macro_f1}", problems),
             balanced = task("{type: classification, metric: balanced_accuracy}", problems);
  REQUIRE(problems.empty());
  CHECK(plain->metric().name == "accuracy");
  CHECK(plain->metric().higher_is_better);
  CHECK(plain->score(all, data).value == Approx(5.0 / 6));
  CHECK(plain->score(all, data).interval->low == Approx(tasks::wilson(5, 6).low));
  CHECK(f1->score(all, data).value == Approx((8.0 / 9 + 1 + 0) / 3));
  CHECK_FALSE(f1->score(all, data).interval);
  CHECK(balanced->score(all, data).value == Approx(2.0 / 3));
  CHECK(plain->agreement(all, all) == 1.0);
  const auto report = plain->report(all, data);
  CHECK(report.at("accuracy").number() == Approx(5.0 / 6));
  CHECK(report.at("balanced_accuracy").number() == Approx(2.0 / 3));
  CHECK(report.at("classes").items()[0].at("label").text() == "owl");
}

TEST_CASE("of each sample it tells the class, and what each network takes it for") {
  const tasks::Birds data;
  const auto all = tasks::answers_of(data);
  std::vector<Problem> problems;
  const auto plain = task("classification", problems);
  CHECK(plain->of_samples({}, data, datasets::Split::test) == tasks::Lines{{"sample", "label"}});
  const auto lines = plain->of_samples({{"float", &all}, {"integer", &all}}, data, datasets::Split::test);
  REQUIRE(lines.size() == 7);
  CHECK(lines[0] == std::vector<std::string>{"sample", "label", "float", "integer"});
  CHECK(lines[5] == std::vector<std::string>{data.id(datasets::Split::test, 4), "tit", "tit", "tit"});
  CHECK(lines[6] == std::vector<std::string>{data.id(datasets::Split::test, 5), "jay", "owl", "owl"});
}

TEST_CASE("classification wants a score for each class, and knows its options") {
  const tasks::Birds data;
  std::vector<Problem> problems;
  const auto plain = task("classification", problems);
  CHECK(plain->objection({3}, data).empty());
  CHECK(plain->objection({4}, data) == "gives 4, the data has 3 classes");
  CHECK_FALSE(plain->objection({3, 1, 1}, data).empty());
  CHECK(plain->labels(data) == data.classes());
  CHECK_FALSE(task("{type: classification, metric: luck}", problems));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text.find("macro_f1") != std::string::npos);
}
