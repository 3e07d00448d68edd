#include "deployment/server_export.h"

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "catch.h"
#include "datasets/front_end.h"
#include "deployment/verification.h"
#include "exporting/golden.h"
#include "exporting/onnx/quantized_reader.h"
#include "exporting/onnx/quantized_writer.h"
#include "exporting/random_programs.h"
#include "exporting/readback.h"
#include "reporting/scratch_folder.h"

namespace espalier::deployment {
namespace {

namespace programs = exporting::random_programs;

/// A run folder with golden samples and the exported folder, of a network that hears.
struct Served {
  Served() {
    std::vector<Problem> problems;
    options.front_end = datasets::FrontEnd(datasets::FeatureOptions{}, "here", problems).json();
    programs::Builder net(3, "listener");
    net.dense(net.mean(net.input({49, 10, 1}), true), 4, true, integer::Clamp::none);
    net.program.labels = options.labels = {"a", "b", "c", "d"};
    student.program = net.program;
    auto golden = exporting::golden_of(net.program);
    golden.samples = 6;
    golden.x = programs::random_inputs(net.program, golden.samples, 3);
    golden.y.resize(24);
    integer::Twin(net.program, integer::Arithmetic::ort_f32_even, 1).run(golden.x, golden.samples, golden.y);
    exporting::write_golden(folder.golden_ort(), golden);
    options.name = "a run";
    options.model = exporting::onnx::write_quantized(net.program, {"", options.labels, options.front_end.dump()});
    artifact = write_server_folder(student, options, folder);
  }
  reporting::Verification verified() {
    return read_back_server(student, folder, artifact,
                            [](const Student& whole, const RunFolder& run, const auto& model) {
                              Student as_written = whole;
                              as_written.program = exporting::numbered_as_written(*whole.program);
                              return read_back(as_written, run, model, integer::Arithmetic::ort_f32_even,
                                               run.golden_ort(), [](const auto& bytes, const auto& origin) {
                                                 return exporting::onnx::read_quantized(bytes, origin).program;
                                               });
                            });
  }
  void damage(const char* file, const std::string& from, const std::string& to) {
    auto text = read_text(folder.server() / file);
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    write_atomically(folder.server() / file, text.replace(at, from.size(), to));
  }

  ScratchFolder scratch;
  RunFolder folder{scratch.path()};
  Student student;
  ServerOptions options;
  reporting::Artifact artifact;
};

}  // namespace

TEST_CASE("a served model is read back whole") {
  Served run;
  CHECK(run.artifact.path == "export/server");
  CHECK(run.artifact.twin == "ort_f32_even");
  const auto v = run.verified();
  INFO(v.reason);
  CHECK(v.status == Status::passed);
  CHECK(v.artifact == "export/server");
  CHECK(v.samples == 6);
}

TEST_CASE("a description that is not the model's fails in words") {
  const auto input = Served().student.program->activations[0].name;
  const std::pair<std::string, std::string> renamed[] = {
      {concat("\"", input, "\""), "\"another\""}, {"\"scale\": ", "\"scale\": 1"}, {"\"a\"", "\"z\""}};
  for (const auto& [from, to] : renamed) {
    Served run;
    if (to == "\"z\"")
      for (const char* file : {"labels.txt", "triton/a_run/labels.txt"}) run.damage(file, "a", "z");
    run.damage("model.json", from, to);
    const auto v = run.verified();
    INFO(from << ": " << v.reason);
    CHECK(v.status == Status::failed);
    CHECK(v.reason.find("model.json") == 0);
  }
  Served run;
  run.damage("front_end.json", "\"high_hz\": 4000", "\"high_hz\": 3000");
  CHECK(run.verified().reason.find("another front end") != std::string::npos);
}

namespace {

/// The same of an autoencoder that is told at which error a series is anomalous.
struct ServedAutoencoder : Served {
  ServedAutoencoder() {
    options.decoding.set("type", "reconstruction_error").set("threshold", 1.5).set("false_positive_rate", 0.1);
    options.front_end = Json::map().set("type", "series");
    options.labels.clear();
    programs::Builder net(3, "autoencoder");
    net.dense(net.input({8, 1, 4}), 32, true, integer::Clamp::none);
    student.program = net.program;
    auto golden = exporting::golden_of(net.program);
    golden.samples = 6;
    golden.x = programs::random_inputs(net.program, golden.samples, 3);
    golden.y.resize(6 * 32);
    integer::Twin(net.program, integer::Arithmetic::ort_f32_even, 1).run(golden.x, golden.samples, golden.y);
    exporting::write_golden(folder.golden_ort(), golden);
    auto inside = options.front_end;
    options.model =
        exporting::onnx::write_quantized(net.program, {"", {}, inside.set("decoding", options.decoding).dump()});
    artifact = write_server_folder(student, options, folder);
  }
};

}  // namespace

TEST_CASE("a served autoencoder has the model's threshold and the device's measure") {
  ServedAutoencoder run;
  const auto v = run.verified();
  INFO(v.reason);
  CHECK(v.status == Status::passed);
  const std::pair<std::string, std::string> damages[] = {
      {"\"threshold\": 1.5,\n    \"input", "\"threshold\": 1.25,\n    \"input"},
      {"_multiplier\": ", "_multiplier\": 1"}};
  for (const auto& [from, to] : damages) {
    ServedAutoencoder damaged;
    damaged.damage("model.json", from, to);
    const auto found = damaged.verified();
    INFO(from << ": " << found.reason);
    CHECK(found.status == Status::failed);
    CHECK((found.reason.find("another threshold") != std::string::npos ||
           found.reason.find("otherwise than the device") != std::string::npos));
  }
}

TEST_CASE("another model in the folder fails") {
  Served run;
  auto other = run.student.program->instructions;
  std::get<integer::FullyConnected>(other.back()).bias[0] += 4000;
  auto program = *run.student.program;
  program.instructions = other;
  const auto bytes = exporting::onnx::write_quantized(program, {"", run.options.labels, ""});
  write_atomically(run.folder.server() / "model.onnx", bytes);
  const auto v = run.verified();
  CHECK(v.status == Status::failed);
  CHECK(v.reason.find("the file is not the program") != std::string::npos);
}

}  // namespace espalier::deployment
