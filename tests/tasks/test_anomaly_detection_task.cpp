#include "catch.h"
#include "schema/document.h"
#include "schema/registry.h"
#include "tasks/anomaly_detection.h"

using namespace espalier;

namespace espalier::tasks {
void enlist(schema::Registry& registry);
}

TEST_CASE("`task: anomaly_detection` reads its options and refuses what they cannot be") {
  schema::Registry registry;
  tasks::enlist(registry);
  std::vector<Problem> problems;
  const auto made = [&](const char* yaml) {
    return registry.make<const tasks::Task>("task", schema::parse(yaml, "test.yaml"), problems);
  };
  const auto task = made("{type: anomaly_detection, partial: 0.2, false_positive_rate: 0.05}");
  REQUIRE(problems.empty());
  CHECK(task->metric().name == "AUC");
  CHECK(task->default_loss() == "reconstruction");
  CHECK(task->is_reconstruction());
  CHECK(task->chooses());
  CHECK_FALSE(task->is_classification());
  CHECK_FALSE(made("{type: anomaly_detection, partial: 0}"));
  CHECK_FALSE(made("{type: anomaly_detection, false_positive_rate: 1}"));
  REQUIRE(problems.size() == 2);
  CHECK(problems[1].text.find("false_positive_rate") != std::string::npos);
}
