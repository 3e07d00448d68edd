#include "catch.h"
#include "schema/document.h"
#include "schema/registry.h"
#include "tasks/centroid_detection.h"

using namespace espalier;

namespace espalier::tasks {
void enlist(schema::Registry& registry);
}

TEST_CASE("`task: centroid_detection` reads its options and refuses what they cannot be") {
  schema::Registry registry;
  tasks::enlist(registry);
  std::vector<Problem> problems;
  const auto made = [&](const char* yaml) {
    return registry.make<const tasks::Task>("task", schema::parse(yaml, "test.yaml"), problems);
  };
  const auto task = made("{type: centroid_detection, score_threshold: 0.7}");
  REQUIRE(problems.empty());
  CHECK(task->metric().name == "F1");
  CHECK(dynamic_cast<const tasks::CentroidDetection*>(task.get()));
  CHECK_FALSE(task->is_classification());
  CHECK_FALSE(made("{type: centroid_detection, score_threshold: 2}"));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text.find("score_threshold") != std::string::npos);
}
