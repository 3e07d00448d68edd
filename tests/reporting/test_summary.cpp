#include "reporting/summary.h"

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "catch.h"
#include "scratch_folder.h"

using namespace espalier;
using namespace espalier::reporting;

namespace {

Summary full() {
  Summary s;
  s.name = "kws_distill", s.directory = "runs/kws_distill", s.seed = 1,
  s.data = "synthetic speech, a stand-in for recordings";
  s.test_samples = 479;
  s.accuracy = {0.8413, 0.8402, 0.8392, {{"tflm", 0.8392}, {"ort_f32_even", 0.8401}}};
  s.interval = {{0.804, 0.869}};
  s.agreement = 0.9937;
  s.baseline = {"ds_cnn_s", 0.8210, 22604, 2730000};
  s.scores.set("integer", Json::map().set("accuracy", 0.8392));
  s.chosen.set("threshold", 0.5).set("on_test", Json::map().set("true_positives", 0.9));
  s.teacher = {"ds_cnn_l", 0.8520, 420000, 28000000};
  s.parameters = 11234, s.nonzero_parameters = 9000, s.sparsity = 0.199, s.macs = 1230000;
  s.flash_bytes = 24678, s.arena_bytes = 12288, s.target = "stm32f746";
  s.artifacts = {
      {"tflite", "export/model.tflite", 24678, std::string(64, 'a'), {{"tflm", {}, 20000, 4678, 12000, 288, {}}}},
      {"torchscript", "export/model.pt", 99999, std::string(64, 'b'), {}}};
  s.artifacts[0].twin = "tflm";
  s.verification = {
      {"export/model.tflite", Level::readback, "espalier", "", Status::passed, "", 479, 0.0},
      {"export/model.tflite", Level::judge, "tflite-micro", "0.1", Status::not_run, "not installed", 0, {}},
      {"export/model.pt", Level::judge, "libtorch", "2.13.0", Status::failed, "3 outputs differ", 100, 2.0}};
  s.budget = {{"flash", Budget::Unit::bytes, 65536, 24678.0},
              {"accuracy_drop", Budget::Unit::points, 1.0, 1.3},
              {"latency", Budget::Unit::milliseconds, 10, {}}};
  s.seconds = {{"teacher", 200}, {"train", 310.5}};
  s.versions = {{"espalier", "0.1.0"}, {"libtorch", "2.13.0"}};
  s.notes = {"the test split was scored once"};
  return s;
}

}  // namespace

TEST_CASE("what is written is read back") {
  ScratchFolder folder;
  write_summary(folder.path(), full());
  const auto back = read_summary(folder.path());
  CHECK(to_json(back).dump() == to_json(full()).dump());
  CHECK(back.verification.at(2).status == Status::failed);
  CHECK(back.budget.at(2).actual == std::nullopt);
}

TEST_CASE("the page says in which arithmetic the device computes, and over what a score was taken") {
  auto s = full();
  CHECK(table(s).find("integer, by ort_f32_even") != std::string::npos);
  s.arithmetic = "ort_f32_even";
  s.test_recordings = 32;
  const auto text = table(s);
  CHECK(text.find("83.92 %  by ort_f32_even, 95 %: ") != std::string::npos);
  CHECK(text.find("integer, by tflm") != std::string::npos);
  CHECK(text.find("Accuracy on 32 test recordings (479 windows)") != std::string::npos);
  s.metric = "mAP50";
  CHECK(table(s).find("  mAP50 on 32 test recordings") != std::string::npos);
  CHECK(summary_of(to_json(s)).arithmetic == "ort_f32_even");
  CHECK(summary_of(to_json(s)).test_recordings == 32);
  CHECK_FALSE(to_json(full()).has("test_recordings"));
}

TEST_CASE("summary.json holds the fields that scripts rely on") {
  const auto json = to_json(full());
  CHECK(json.at("accuracy").at("float").number() == 0.8413);
  CHECK(json.at("accuracy").at("fake_quant").number() == 0.8402);
  CHECK(json.at("accuracy").at("integer").number() == 0.8392);
  CHECK(json.at("arithmetics").at("ort_f32_even").number() == 0.8401);
  CHECK(json.at("artifacts").items()[0].at("twin").text() == "tflm");
  CHECK(json.at("artifacts").items()[1].at("twin").is_null());
  CHECK(json.at("baseline").at("accuracy").number() == 0.8210);
  CHECK(json.at("teacher").at("accuracy").number() == 0.8520);
  for (const char* key : {"parameters", "nonzero_parameters", "macs", "flash_bytes", "arena_bytes", "seed"})
    CHECK(json.at(key).integer() > 0);
  CHECK(json.at("sparsity").number() == 0.199);
  const auto& artifact = json.at("artifacts").items().at(0);
  CHECK(artifact.at("path").text() == "export/model.tflite");
  CHECK(artifact.at("bytes").integer() == 24678);
  CHECK(artifact.at("sha256").text().size() == 64);
  const auto& runtime = artifact.at("runtimes").items().at(0);
  CHECK(runtime.at("flash").at("total").integer() == 24678);
  CHECK(runtime.at("flash").at("code").is_null());
  CHECK(runtime.at("arena").at("total").integer() == 12288);
  const auto& check = json.at("verification").items().at(1);
  CHECK(check.at("status").text() == "not_run");
  CHECK(check.at("level").text() == "judge");
  CHECK(check.at("max_lsb_difference").is_null());
  CHECK(json.at("seconds").at("train").number() == 310.5);
  CHECK(json.at("versions").at("libtorch").text() == "2.13.0");
}

TEST_CASE("what was not measured is null in the file and said in the table") {
  Summary s;
  s.name = "bare";
  const auto json = to_json(s);
  CHECK(json.at("accuracy").at("integer").is_null());
  CHECK(json.at("baseline").at("accuracy").is_null());
  CHECK(json.at("flash_bytes").is_null());
  CHECK(to_json(summary_of(json)).dump() == json.dump());
  const auto page = table(s);
  CHECK(page.find("not measured") != std::string::npos);
  CHECK(page.find("teacher") == std::string::npos);  // a recipe without one
  CHECK(page.find("baseline") == std::string::npos);
  CHECK(page.find("NOT RUN  nothing was verified") != std::string::npos);
  CHECK(page.find("passed") == std::string::npos);
}

TEST_CASE("unmet names budgets that are exceeded or unmeasured and checks that failed, not those that did not run") {
  const auto reasons = unmet(full());
  REQUIRE(reasons.size() == 3);
  CHECK(reasons[0] == "budget accuracy_drop: 1.30 points, allowed 1.00 points, 0.30 points more");
  CHECK(reasons[1] == "budget latency: not measured, allowed 10.00 ms");
  CHECK(reasons[2] == "export/model.pt: libtorch disagrees: 3 outputs differ");
}

TEST_CASE("the table fits 80 columns and tells passed, failed and not run apart") {
  const auto page = table(full());
  for (const auto& line : split(page, '\n')) {
    CHECK(line.size() <= 80);
    CHECK((line.empty() || line.back() != ' '));
  }
  const auto line_with = [&](const std::string& what) {
    for (const auto& line : split(page, '\n'))
      if (line.find(what) != std::string::npos) return line;
    return std::string();
  };
  CHECK(starts_with(trim(line_with("readback")), "passed"));
  CHECK(line_with("readback").find("bit-equal") != std::string::npos);
  CHECK(starts_with(trim(line_with("tflite-micro")), "NOT RUN"));
  CHECK(line_with("tflite-micro").find("not installed") != std::string::npos);
  CHECK(starts_with(trim(line_with("libtorch")), "FAILED"));
  CHECK(starts_with(trim(line_with("accuracy_drop")), "NOT MET"));
  CHECK(starts_with(trim(line_with("latency")), "NOT MET"));
  CHECK(line_with("multiply-accumulates").find("45.1 % of 2,730,000") != std::string::npos);
  CHECK(line_with("on tflm: flash 24.1 KiB + code").size() > 0);
  CHECK(line_with("baseline").find("+1.82 points") != std::string::npos);
  CHECK(line_with("did not run").find("1 check") != std::string::npos);
}

TEST_CASE("classes are listed where the metric weighs them") {
  auto s = full();
  s.classes = Json::list_of(std::vector<Json>{Json::map().set("label", "V").set("AP50", 0.25)});
  CHECK(table(s).find("Classes") == std::string::npos);
  s.metric = "mAP50";
  CHECK(table(s).find("\n  mAP50 on 479 test samples\n") != std::string::npos);
  CHECK(table(s).find("\n  Classes, integer\n    class    AP50\n    V      25.0 %\n") != std::string::npos);
  CHECK(summary_of(to_json(s)).classes.dump() == s.classes.dump());
}

TEST_CASE("a damaged summary is refused") {
  ScratchFolder folder;
  CHECK_THROWS_AS(read_summary(folder.path()), Error);
  write_atomically(folder / "summary.json", std::string("{\"parameters\": \"many\"}"));
  CHECK_THROWS_AS(read_summary(folder.path()), Error);
  write_atomically(folder / "summary.json",
                   std::string("{\"verification\": [{\"level\": \"judge\", \"status\": \"maybe\"}]}"));
  CHECK_THROWS_AS(read_summary(folder.path()), Error);
}
