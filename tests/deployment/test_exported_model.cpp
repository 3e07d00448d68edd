#include "deployment/exported_model.h"

#include "base/error.h"
#include "catch.h"
#include "deployment/made_export.h"
#include "reporting/scratch_folder.h"

namespace espalier::deployment {
namespace {

std::string refusal(const std::string& given) {
  try {
    open_model(given);
  } catch (const Error& e) {
    CHECK(e.code() == Exit::mistake);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the file alone brings its labels and its front end") {
  const ScratchFolder scratch;
  const RunFolder folder{scratch / "run"};
  const auto program = listener(1);
  const auto front_end = default_front_end().json();
  exporting::tflite::Metadata metadata;
  metadata.front_end = front_end.dump();
  write_atomically(folder.tflite(), exporting::tflite::write(program, metadata));
  std::filesystem::copy(folder.exports(), scratch / "copied");
  for (const auto& given : {folder.path, folder.tflite(), folder.exports(), scratch / "copied"}) {
    const auto model = open_model(given.string());
    CHECK(model.program.labels == program.labels);
    CHECK(model.front_end.dump() == front_end.dump());
  }
}

TEST_CASE("what cannot predict is refused") {
  const ScratchFolder scratch;
  CHECK(refusal((scratch / "absent.tflite").string()).find("does not exist") != std::string::npos);
  CHECK(refusal(scratch.path().string()).find("no export/model.tflite") != std::string::npos);
  const auto bytes = exporting::tflite::write(listener(1), {});
  write_atomically(scratch / "bare.tflite", bytes);
  CHECK(refusal((scratch / "bare.tflite").string()).find("carries no front end") != std::string::npos);
  write_atomically(scratch / "half.tflite", std::vector(bytes.begin(), bytes.begin() + 400));
  CHECK(refusal((scratch / "half.tflite").string()).find("half.tflite") != std::string::npos);
}

}  // namespace espalier::deployment
