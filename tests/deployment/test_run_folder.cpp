#include "deployment/run_folder.h"

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "reporting/scratch_folder.h"

namespace espalier::deployment {

TEST_CASE("exports are found in a run's folder and where they were copied") {
  const ScratchFolder scratch;
  write_atomically(scratch / "run/export/manifest.json", std::string("{}"));
  write_atomically(scratch / "copied/manifest.json", std::string("{}"));
  CHECK(find_exports(scratch / "run").exports() == scratch / "run/export");
  for (const char* spelled : {"copied", "copied/", "run/../copied"}) {
    const auto found = find_exports(scratch / spelled);
    CHECK(found.exports() == scratch / "copied");
    CHECK(found.tflite() == scratch / "copied/model.tflite");
  }
  CHECK(find_exports(scratch / "run/export").path == scratch / "run");
}

TEST_CASE("what holds no exports is refused") {
  const ScratchFolder scratch;
  CHECK_THROWS_AS(find_exports(scratch / "absent"), Error);
  std::filesystem::create_directories(scratch / "empty");
  try {
    find_exports(scratch / "empty");
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(e.code() == Exit::mistake);
    CHECK(std::string(e.what()).find("no manifest.json") != std::string::npos);
  }
}

}  // namespace espalier::deployment
