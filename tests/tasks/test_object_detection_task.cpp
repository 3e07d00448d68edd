#include "catch.h"
#include "schema/document.h"
#include "schema/registry.h"
#include "tasks/object_detection.h"

using namespace espalier;

namespace espalier::tasks {
void enlist(schema::Registry& registry);
}

TEST_CASE("`task: object_detection` reads its options and refuses what they cannot be") {
  schema::Registry registry;
  tasks::enlist(registry);
  std::vector<Problem> problems;
  const auto made = [&](const char* yaml) {
    return registry.make<const tasks::Task>("task", schema::parse(yaml, "test.yaml"), problems);
  };
  const auto task = made("{type: object_detection, metric: mAP, nms_overlap: 0.4}");
  REQUIRE(problems.empty());
  CHECK(task->metric().name == "mAP");
  CHECK(dynamic_cast<const tasks::ObjectDetection*>(task.get()));
  CHECK_FALSE(task->is_classification());
  CHECK_FALSE(made("{type: object_detection, metric: luck}"));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text.find("voc_mAP50") != std::string::npos);
}
