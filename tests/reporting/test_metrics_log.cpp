#include "reporting/metrics_log.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "full_disk.h"
#include "scratch_folder.h"

using namespace espalier;
using namespace espalier::reporting;

namespace {

Measurement at_step(const std::string& stage, std::int64_t step) {
  return {
      stage, step, static_cast<double>(step) / 10, {{"loss", 1.0 / static_cast<double>(step + 1)}, {"accuracy", 0.5}}};
}

std::vector<std::int64_t> steps_of(const std::filesystem::path& path, const std::string& stage) {
  std::vector<std::int64_t> steps;
  for (const auto& line : read_metrics(path))
    if (line.stage == stage) steps.push_back(line.step);
  return steps;
}

}  // namespace

TEST_CASE("a line is one JSON object with the values in the order given") {
  ScratchFolder folder;
  MetricsLog(folder / "run/metrics.jsonl").write({"train", 500, 1.25, {{"loss", 0.5}, {"accuracy", 0.75}}});
  CHECK(read_text(folder / "run/metrics.jsonl") ==
        R"({"stage":"train","step":500,"epoch":1.25,"loss":0.5,"accuracy":0.75})"
        "\n");
}

TEST_CASE("what was written is read back, NaN too") {
  ScratchFolder folder;
  const auto path = folder / "metrics.jsonl";
  MetricsLog log(path);
  log.write({"train", 1, 0.1, {{"loss", std::numeric_limits<double>::quiet_NaN()}, {"accuracy", 0.1}}});
  const auto lines = read_metrics(path);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].stage == "train");
  CHECK(lines[0].epoch == 0.1);
  CHECK(std::isnan(lines[0].value("loss")));
  CHECK(lines[0].value("accuracy") == 0.1);
  CHECK(std::isnan(lines[0].value("absent")));
  CHECK(read_metrics(folder / "nowhere.jsonl").empty());
}

TEST_CASE("a torn last line is skipped by the reader and removed by the next writer") {
  ScratchFolder folder;
  const auto path = folder / "metrics.jsonl";
  MetricsLog(path).write(at_step("train", 1));
  write_atomically(path, read_text(path) + R"({"stage":"train","st)");
  CHECK(steps_of(path, "train") == std::vector<std::int64_t>{1});
  MetricsLog(path).write(at_step("train", 2));
  CHECK(steps_of(path, "train") == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("damage in the middle names file and line") {
  ScratchFolder folder;
  const auto path = folder / "metrics.jsonl";
  write_atomically(path, std::string("{\"stage\":\"train\",\"step\":1}\n{\"sta\n"));
  try {
    read_metrics(path);
    FAIL("read a damaged line");
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    CHECK(error.problems().at(0).origin.find("metrics.jsonl:2") != std::string::npos);
  }
}

TEST_CASE("a resumed run leaves the same file as one that was never interrupted") {
  ScratchFolder folder;
  MetricsLog whole(folder / "whole.jsonl"), resumed(folder / "resumed.jsonl");
  for (auto* log : {&whole, &resumed}) {
    for (int step : {0, 10, 20}) log->write(at_step("teacher", step));
    for (int step = 0; step <= 50; step += 10) log->write(at_step("train", step));
  }
  resumed.truncate_after("train", 20);
  CHECK(steps_of(folder / "resumed.jsonl", "train") == std::vector<std::int64_t>{0, 10, 20});
  CHECK(steps_of(folder / "resumed.jsonl", "teacher").size() == 3);
  for (int step = 30; step <= 50; step += 10) resumed.write(at_step("train", step));
  CHECK(read_text(folder / "resumed.jsonl") == read_text(folder / "whole.jsonl"));
}

TEST_CASE("truncating an earlier stage drops the later ones, since they will run again") {
  ScratchFolder folder;
  const auto path = folder / "metrics.jsonl";
  MetricsLog log(path);
  for (int step : {0, 10, 20}) log.write(at_step("teacher", step));
  log.write(at_step("train", 0));
  log.truncate_after("teacher", 10);
  CHECK(steps_of(path, "teacher") == std::vector<std::int64_t>{0, 10});
  CHECK(steps_of(path, "train").empty());
  log.truncate_after("teacher", -1);
  CHECK(read_text(path).empty());
  log.truncate_after("absent", 0);
}

TEST_CASE("a full disk leaves whole lines only") {
  ScratchFolder folder;
  const auto path = folder / "metrics.jsonl";
  const auto line = [] { return at_step("train", 1000); };
  const int code = on_full_disk(500, [&] {
    MetricsLog log(path);
    try {
      for (int i = 0; i < 100; ++i) log.write(line());
    } catch (const Error& error) {
      return error.code() == Exit::failed && std::string(error.what()).find("metrics.jsonl") != std::string::npos ? 7
                                                                                                                  : 8;
    }
    return 9;
  });
  CHECK(code == 7);
  const auto text = read_text(path);
  REQUIRE(!text.empty());
  CHECK(text.size() <= 500);
  CHECK(text.back() == '\n');
  CHECK(read_metrics(path).size() >= 3);
}
