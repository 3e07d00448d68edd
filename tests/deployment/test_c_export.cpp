#include "deployment/c_export.h"

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "catch.h"
#include "datasets/front_end.h"
#include "exporting/golden.h"
#include "exporting/random_programs.h"
#include "integer/storage.h"
#include "reporting/scratch_folder.h"

namespace espalier::deployment {
namespace {

namespace programs = exporting::random_programs;
using reporting::Status;

/// A run folder with golden samples and the exported folder.
struct Exported {
  Exported() {
    student.program = programs::ds_cnn(5);
    const auto& program = *student.program;
    auto golden = exporting::golden_of(program);
    golden.samples = 20;
    golden.x = programs::random_inputs(program, golden.samples, 3);
    golden.y.resize(static_cast<std::size_t>(golden.samples * integer::elements(golden.output_shape)));
    integer::Twin(program, integer::Arithmetic::tflm, 1).run(golden.x, golden.samples, golden.y);
    exporting::write_golden(folder.golden(), golden);
    artifact = write_c_folder(program, "a run", Json::map(), {}, folder);
  }
  reporting::Verification verified() { return read_back_c(student, folder, artifact); }
  /// Replaces the first occurrence in a file of the exported folder.
  void damage(const char* file, const std::string& from, const std::string& to) {
    auto text = read_text(folder.c() / file);
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    write_atomically(folder.c() / file, text);
  }

  ScratchFolder scratch;
  RunFolder folder{scratch.path()};
  Student student;
  reporting::Artifact artifact;
};

}  // namespace

TEST_CASE("the exported folder is whole, counted, and passes its check", "[compiles]") {
  Exported run;
  CHECK(run.artifact.path == "export/c");
  std::int64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(run.folder.c()))
    if (entry.is_regular_file()) bytes += static_cast<std::int64_t>(entry.file_size());
  CHECK(run.artifact.bytes == bytes);
  CHECK(run.artifact.sha256.size() == 64);
  CHECK(!std::filesystem::exists(run.folder.exports() / "c.part"));
  const auto v = run.verified();
  INFO(v.reason);
  CHECK(v.status == Status::passed);
  CHECK(v.samples == 20);
  CHECK(v.max_lsb == 0);
  REQUIRE(run.artifact.runtimes.size() == 1);
  CHECK(run.artifact.runtimes[0].arena() == integer::storage_of(*run.student.program).arena_bytes);
}

TEST_CASE("writing again leaves no file of what was there before", "[compiles]") {
  Exported run;
  write_atomically(run.folder.c() / "softmax_s8.c", std::string("no C at all"));
  write_c_folder(*run.student.program, "a run", Json::map(), {}, run.folder);
  CHECK(run.verified().status == Status::passed);
}

TEST_CASE("a changed constant is found and the layer named", "[compiles]") {
  Exported run;
  const auto text = read_text(run.folder.c() / "model.c");
  const auto begin = text.find("step1_bias[");
  REQUIRE(begin != std::string::npos);
  const auto open = text.find('{', begin), comma = text.find(',', open);
  run.damage("model.c", text.substr(open, comma - open), "{123456");
  const auto v = run.verified();
  CHECK(v.status == Status::failed);
  CHECK(v.reason.find("layer 1 ") != std::string::npos);
}

TEST_CASE("C that does not compile, an absent folder and a truncated file fail in words", "[compiles]") {
  Exported run;
  run.damage("model.c", "model_status model_init", "model_status model_init2");
  CHECK(run.verified().status == Status::failed);
  write_c_folder(*run.student.program, "a run", Json::map(), {}, run.folder);
  const auto text = read_text(run.folder.c() / "conv2d_s8.c");
  write_atomically(run.folder.c() / "conv2d_s8.c", text.substr(0, text.size() / 2));
  const auto v = run.verified();
  CHECK(v.status == Status::failed);
  CHECK(v.reason.find("refuses it") != std::string::npos);
  CHECK(v.reason.find('\n') == std::string::npos);
  std::filesystem::remove_all(run.folder.c());
  CHECK(run.verified().status == Status::failed);
}

TEST_CASE("without a compiler nothing is claimed") {
  Exported run;
  ::setenv("CC", "/no/such/compiler", 1);
  const auto v = run.verified();
  ::unsetenv("CC");
  CHECK(v.status == Status::not_run);
  CHECK(v.reason.find("no C compiler") != std::string::npos);
}

TEST_CASE("a front end travels along where the data has one for sound") {
  ScratchFolder scratch;
  const RunFolder folder{scratch.path()};
  std::vector<Problem> problems;
  const datasets::FrontEnd front_end(datasets::FeatureOptions{}, "here", problems);
  programs::Builder net(3, "listener");
  net.dense(net.mean(net.input({49, 10, 1}), true), 4, true, integer::Clamp::none);
  auto golden = exporting::golden_of(net.program);
  golden.samples = 1;
  golden.x = programs::random_inputs(net.program, 1, 3);
  golden.y.resize(4);
  integer::Twin(net.program, integer::Arithmetic::tflm, 1).run(golden.x, 1, golden.y);
  exporting::write_golden(folder.golden(), golden);
  write_c_folder(net.program, "a run", front_end.json(), {}, folder);
  CHECK(std::filesystem::exists(folder.c() / "front_end.c"));
  write_c_folder(net.program, "a run", Json::map().set("type", "something else"), {}, folder);
  CHECK(!std::filesystem::exists(folder.c() / "front_end.c"));
}

}  // namespace espalier::deployment
