#include "reporting/report.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "reporting/metrics_log.h"
#include "reporting/summary.h"

// Embedded by scripts/cmake/EspalierReportPage.cmake.
extern "C" {
extern const char espalier_page_document[], espalier_page_document_end[];
extern const char espalier_page_style[], espalier_page_style_end[];
extern const char espalier_page_library[], espalier_page_library_end[];
extern const char espalier_page_scripts[], espalier_page_scripts_end[];
}

namespace espalier::reporting {
namespace {

namespace fs = std::filesystem;

/// Stage -> column -> values; a value that a line lacks is null.
Json columns_of(const std::vector<Measurement>& measurements) {
  auto stages = Json::map();
  for (const auto& line : measurements) {
    auto& stage = stages[line.stage];
    const auto before = stage.at("step").is_list() ? stage.at("step").items().size() : std::size_t{0};
    const auto add = [&](const std::string& name, Json value) {
      auto& column = stage[name];
      if (!column.is_list()) column = Json::list();
      while (column.items().size() < before) column.push(Json());
      column.push(std::move(value));
    };
    add("step", line.step);
    add("epoch", line.epoch);
    for (const auto& [name, value] : line.values) add(name, value);
  }
  return stages;
}

Json parsed(const fs::path& file) {
  auto json = Json::parse(read_text(file), file.string());
  if (!json.is_map()) mistake(file.string(), "holds no JSON object");
  return json;
}

Json what_compares(const Json& analysis) {
  auto kept = Json::map();
  for (const char* key : {"student", "recipe", "environment"})
    if (analysis.has(key)) kept.set(key, analysis.at(key));
  return kept;
}

Json summary_json(const fs::path& run) {
  if (!fs::is_directory(run)) mistake(run.string(), "is no folder");
  if (!fs::exists(run / "summary.json"))
    mistake(run.string(), "holds no finished run (it has no summary.json); let it end or resume it, or leave it out");
  try {
    // A summary of another version: with this one's keys, and with those that only it has.
    auto json = to_json(read_summary(run));
    const auto written = parsed(run / "summary.json");
    for (const auto& [key, value] : written.entries())
      if (!json.has(key)) json.set(key, value);
    return json;
  } catch (const Error& error) {
    if (error.code() == Exit::mistake) throw;
    mistake((run / "summary.json").string(), concat("is no summary: ", error.problems()[0].text));
  }
}

Json run_of(const fs::path& run, const fs::path& beside, bool alone) {
  auto json = Json::map();
  json.set("folder", run.lexically_normal().generic_string()).set("summary", summary_json(run));
  if (fs::exists(run / "analysis.json")) {
    auto analysis = parsed(run / "analysis.json");
    json.set("analysis", alone ? std::move(analysis) : what_compares(analysis));
  }
  if (alone) {
    if (fs::exists(run / "server_load.json")) json.set("server_load", parsed(run / "server_load.json"));
    json.set("metrics", columns_of(read_metrics(run / "metrics.jsonl")));
    if (fs::exists(run / "recipe.yaml")) json.set("recipe", read_text(run / "recipe.yaml"));
  } else if (fs::exists(run / "report.html")) {
    const auto link =
        fs::absolute(run / "report.html").lexically_relative(fs::absolute(beside / "").lexically_normal());
    json.set("report", link.generic_string());
  }
  return json;
}

/// `<` cannot end the element that holds the data then.
std::string inside_script(const Json& data) {
  std::string text;
  for (const char c : data.dump()) text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return text;
}

std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

}  // namespace

Json report_of(const std::vector<fs::path>& runs, const fs::path& beside) {
  std::vector<Problem> problems;
  auto all = Json::list();
  for (const auto& run : runs) {
    try {
      all.push(run_of(run, beside, runs.size() == 1));
    } catch (const Error& error) {
      if (error.code() != Exit::mistake) throw;
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  refuse(problems);
  return Json::map().set("runs", std::move(all));
}

std::string page_of(const Json& report) {
  const std::pair<std::string_view, std::string> parts[] = {
      {"{{style}}", std::string(between(espalier_page_style, espalier_page_style_end))},
      {"{{library}}", std::string(between(espalier_page_library, espalier_page_library_end))},
      {"{{data}}", inside_script(report)},
      {"{{scripts}}", std::string(between(espalier_page_scripts, espalier_page_scripts_end))}};
  // In the document's order, each looked for behind the one before: what was put in is never searched.
  std::string page;
  auto rest = between(espalier_page_document, espalier_page_document_end);
  for (const auto& [mark, text] : parts) {
    const auto at = rest.find(mark);
    if (at == std::string_view::npos) fail(concat("the report's page has no ", mark));
    page.append(rest.substr(0, at)).append(text);
    rest.remove_prefix(at + mark.size());
  }
  return page.append(rest);
}

void write_report(const std::vector<fs::path>& runs, const fs::path& page) {
  const auto folder = page.has_parent_path() ? page.parent_path() : fs::path(".");
  write_atomically(page, page_of(report_of(runs, folder)));
}

std::vector<fs::path> runs_among(const std::vector<fs::path>& paths, std::vector<fs::path>& left_out) {
  std::vector<fs::path> runs;
  for (const auto& path : paths) {
    const bool begun = fs::exists(path / "recipe.yaml") || fs::exists(path / "summary.json");
    (begun || !fs::exists(path) || paths.size() == 1 ? runs : left_out).push_back(path);
  }
  return runs;
}

fs::path usual_page(const std::vector<fs::path>& runs) {
  if (runs.size() == 1) return runs[0] / "report.html";
  const auto parent = [](const fs::path& run) {
    return fs::absolute(run / "").lexically_normal().parent_path().parent_path();
  };
  const bool together = !runs.empty() && std::all_of(runs.begin(), runs.end(), [&](const fs::path& run) {
    return parent(run) == parent(runs[0]);
  });
  return (together ? parent(runs[0]) : fs::path(".")) / "report.html";
}

}  // namespace espalier::reporting
