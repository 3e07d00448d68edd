#include "reporting/report.h"

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "reporting/summary.h"
#include "scratch_folder.h"

using namespace espalier;
using namespace espalier::reporting;

namespace {

namespace fs = std::filesystem;

fs::path finished_run(const fs::path& folder, const std::string& name = "tiny") {
  Summary summary;
  summary.name = name;
  summary.accuracy = {0.9, 0.9, 0.875};
  summary.macs = 1000;
  write_summary(folder, summary);
  return folder;
}

/// What the page's program will parse.
Json data_in(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="report">)", end = "</script>";
  const auto from = page.find(begin);
  REQUIRE(from != std::string::npos);
  const auto start = from + begin.size();
  return Json::parse(page.substr(start, page.find(end, start) - start), "page");
}

std::vector<Problem> problems_of(const std::vector<fs::path>& runs) {
  try {
    report_of(runs, ".");
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    return error.problems();
  }
  return {};
}

}  // namespace

TEST_CASE("a run's page holds its summary, measurements by column, and recipe") {
  ScratchFolder scratch;
  const auto run = finished_run(scratch.path() / "run");
  write_atomically(run / "metrics.jsonl", std::string(R"({"stage":"train","step":1,"epoch":1,"loss":2.5}
{"stage":"train","step":2,"epoch":2,"loss":2,"accuracy":0.5}
{"stage":"teacher","step":1,"epoch":1,"loss":null}
)"));
  write_atomically(run / "recipe.yaml", std::string("name: tiny\n"));
  const auto report = report_of({run}, run);
  REQUIRE(report.at("runs").items().size() == 1);
  const auto& shown = report.at("runs").items()[0];
  CHECK(shown.at("summary").at("accuracy").at("integer").number() == 0.875);
  CHECK(shown.at("metrics").at("train").at("loss").dump() == "[2.5,2]");
  CHECK(shown.at("metrics").at("train").at("accuracy").dump() == "[null,0.5]");
  CHECK(shown.at("metrics").at("teacher").at("loss").dump() == "[null]");
  CHECK(shown.at("recipe").text() == "name: tiny\n");
  CHECK_FALSE(shown.has("analysis"));
}

TEST_CASE("of several runs the page holds what compares, and links to their own") {
  ScratchFolder scratch;
  const auto one = finished_run(scratch.path() / "one"), two = finished_run(scratch.path() / "two");
  write_atomically(one / "analysis.json", std::string(R"({"layers":[1,2],"recipe":{"seed":"1"}})"));
  write_atomically(one / "report.html", std::string("page"));
  const auto report = report_of({one, two}, scratch.path());
  const auto& first = report.at("runs").items()[0];
  CHECK(first.at("analysis").dump() == R"({"recipe":{"seed":"1"}})");
  CHECK(first.at("report").text() == "one/report.html");
  CHECK_FALSE(report.at("runs").items()[1].has("report"));
}

TEST_CASE("the page is whole: data that cannot end their element, a library, and nothing from outside") {
  ScratchFolder scratch;
  const auto run = finished_run(scratch.path() / "run", "</script><b>{{scripts}} \"quoted\"");
  const auto report = report_of({run}, run);
  const auto page = page_of(report);
  CHECK(data_in(page).dump() == report.dump());
  CHECK(page.find("</script><b>") == std::string::npos);
  CHECK(page.find("Content-Security-Policy\" content=\"default-src 'none'") != std::string::npos);
  CHECK(page.find("Released under the MIT License") != std::string::npos);
  for (const char* outside : {"<link rel=\"stylesheet", "<script src", "@import", "url(http", "fetch("})
    CHECK(page.find(outside) == std::string::npos);
  write_report({run}, run / "report.html");
  CHECK(read_text(run / "report.html") == page);
}

TEST_CASE("every folder that holds no run and every damaged file is named") {
  ScratchFolder scratch;
  const auto empty = scratch.path() / "empty", damaged = finished_run(scratch.path() / "damaged"),
             strange = scratch.path() / "strange", torn = finished_run(scratch.path() / "torn");
  fs::create_directories(empty);
  write_atomically(damaged / "analysis.json", std::string("{\"layers\": ["));
  write_atomically(strange / "summary.json", std::string(R"({"accuracy": {"float": "high"}})"));
  write_atomically(torn / "metrics.jsonl", std::string("{\"no\": 1}\n"));
  const auto problems = problems_of({empty, scratch.path() / "absent", damaged, strange});
  REQUIRE(problems.size() == 4);
  CHECK(problems[0].text.find("no finished run") != std::string::npos);
  CHECK(problems[1].text.find("is no folder") != std::string::npos);
  CHECK(problems[2].origin.find("analysis.json") != std::string::npos);
  CHECK(problems[3].origin.find("summary.json") != std::string::npos);
  const auto alone = problems_of({torn});
  REQUIRE(alone.size() == 1);
  CHECK(alone[0].origin.find("metrics.jsonl:1") != std::string::npos);
}

TEST_CASE("pages and shared stages beside runs are left out, what was begun and what is absent are not") {
  ScratchFolder scratch;
  const auto done = finished_run(scratch.path() / "done"), begun = scratch.path() / "begun",
             stages = scratch.path() / "stages", page = scratch.path() / "report.html",
             absent = scratch.path() / "gone";
  write_atomically(begun / "recipe.yaml", std::string("name: x\n"));
  write_atomically(page, std::string("page"));
  fs::create_directories(stages);
  std::vector<fs::path> left_out;
  CHECK(runs_among({done, begun, page, stages, absent}, left_out) == std::vector<fs::path>{done, begun, absent});
  CHECK(left_out == std::vector<fs::path>{page, stages});
  CHECK(runs_among({stages}, left_out) == std::vector<fs::path>{stages});
}

TEST_CASE("a page that nobody named lies beside what it shows") {
  CHECK(usual_page({"runs/a"}) == fs::path("runs/a/report.html"));
  CHECK(usual_page({"/x/runs/a", "/x/runs/b/"}) == fs::path("/x/runs/report.html"));
  CHECK(usual_page({"/x/runs/a", "/x/other/b"}) == fs::path("./report.html"));
}
