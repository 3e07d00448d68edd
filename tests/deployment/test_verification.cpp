#include "deployment/verification.h"

#include <cstdlib>

#include "base/error.h"
#include "catch.h"
#include "deployment/made_export.h"
#include "reporting/scratch_folder.h"

namespace espalier::deployment {
namespace {

/// Without judges and compilers: what they say is tested elsewhere.
struct Exported {
  Exported() {
    ::setenv("ESPALIER_PYTHON", "/no/such/python", 1);
    ::setenv("CC", "/no/such/compiler", 1);
    write_export(folder, listener(6), default_front_end().json());
  }
  ~Exported() {
    ::unsetenv("ESPALIER_PYTHON");
    ::unsetenv("CC");
  }

  /// The first finding about an artifact at a level that did run.
  Verification about(const std::string& artifact) {
    for (const auto& v : verify_exports(folder.path))
      if (v.artifact == artifact && v.status != Status::not_run) return v;
    return {};
  }

  ScratchFolder scratch;
  RunFolder folder{scratch / "run"};
};

}  // namespace

TEST_CASE("a run's exports, and a copy of them, pass by themselves") {
  Exported run;
  std::filesystem::copy(run.folder.exports(), run.scratch / "copied", std::filesystem::copy_options::recursive);
  for (const auto& [given, name] :
       {std::pair{run.folder.path, "export"}, std::pair{run.scratch / "copied", "copied"}}) {
    std::vector<std::string> passed;
    for (const auto& v : verify_exports(given)) {
      CHECK(v.status != Status::failed);
      if (v.status == Status::not_run) CHECK_FALSE(v.reason.empty());
      if (v.status != Status::passed) continue;
      CHECK(v.samples == 20);
      CHECK(v.max_lsb == 0);
      passed.push_back(v.artifact);
    }
    const std::string in = name;
    CHECK(passed == std::vector<std::string>{in + "/model.onnx", in + "/model.tflite"});
  }
}

TEST_CASE("files that compute otherwise, or are not what was written, fail") {
  Exported run;
  auto golden = exporting::read_golden(run.folder.golden());
  golden.y[3] = static_cast<std::int8_t>(golden.y[3] ^ 1);
  exporting::write_golden(run.folder.golden(), golden);
  write_manifest(run.folder);
  const auto v = run.about("export/model.tflite");
  CHECK(v.status == Status::failed);
  CHECK(v.reason.find("other bytes than golden.npz") != std::string::npos);

  auto bytes = read_bytes(run.folder.onnx());
  bytes.resize(bytes.size() / 2);
  write_atomically(run.folder.onnx(), bytes);
  const auto changed = run.about("export/model.onnx");
  CHECK(changed.status == Status::failed);
  CHECK(changed.judge == "manifest");
  write_manifest(run.folder);
  CHECK(run.about("export/model.onnx").status == Status::failed);
}

TEST_CASE("with the student at hand files are held to its program") {
  Exported run;
  auto artifacts = artifacts_of(run.folder);
  Student student;
  student.program = listener(6);
  std::get<integer::Conv2d>(student.program->instructions[0]).bias[1] += 1;
  for (const auto& v : verify(student, run.folder, artifacts, checks()))
    if (v.artifact == "export/model.tflite" && v.level == Level::readback) {
      CHECK(v.status == Status::failed);
      CHECK(v.reason.find("the file is not the program") != std::string::npos);
    }
}

TEST_CASE("a format that LibTorch would have to be asked about is not_run") {
  Exported run;
  std::vector<reporting::Artifact> artifacts(1);
  artifacts[0].format = "torchscript", artifacts[0].path = "export/model.pt";
  const auto found = verify({}, run.folder, artifacts, checks());
  REQUIRE(found.size() == 1);
  CHECK(found[0].status == Status::not_run);
  CHECK(found[0].reason.find("LibTorch") != std::string::npos);
}

TEST_CASE("what holds no exports cannot be verified") {
  const ScratchFolder scratch;
  CHECK_THROWS_AS(verify_exports(scratch.path()), Error);
  write_atomically(scratch / "manifest.json", std::string("{"));
  CHECK_THROWS_AS(verify_exports(scratch.path()), Error);
}

}  // namespace espalier::deployment
