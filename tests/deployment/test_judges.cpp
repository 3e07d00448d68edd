#include "deployment/judges.h"

#include <cstdlib>

#include "catch.h"

namespace espalier::deployment {

TEST_CASE("a judge that cannot run is not_run, with its reason") {
  ::setenv("ESPALIER_PYTHON", "/no/such/python", 1);
  CHECK(find_judges().python == "/no/such/python");
  Json report;
  reporting::Artifact artifact;
  artifact.format = "tflite", artifact.path = "export/model.tflite";
  const auto v = ask({"judge_tflite.py", "tflite-micro", "golden.npz"}, artifact, RunFolder{"run"}, report);
  ::unsetenv("ESPALIER_PYTHON");
  CHECK(v.status == reporting::Status::not_run);
  CHECK(v.judge == "tflite-micro");
  CHECK(v.artifact == artifact.path);
  CHECK_FALSE(v.reason.empty());
  CHECK(report.is_null());
}

TEST_CASE("a judge is asked of no pipe and no device, which it would never have read to the end") {
  Json report;
  reporting::Artifact artifact;
  artifact.format = "tflite", artifact.path = "zero";
  const auto v = ask({"judge_tflite.py", "tflite-micro", "golden.npz"}, artifact, RunFolder{"/dev"}, report);
  CHECK(v.status == reporting::Status::failed);
  CHECK(v.reason == "zero is a pipe or a device, not a file");
}

}  // namespace espalier::deployment
